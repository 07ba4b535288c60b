declare module 'heic-decode' {
  type Decoded = { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> }
  type Listed = { width: number; height: number; decode(): Promise<Decoded> }
  /** Pictures of a HEIF file, with their sizes before they are decoded; upright. */
  const heic: { all(options: { buffer: Uint8Array }): Promise<Listed[] & { dispose(): void }> }
  export = heic
}

declare module 'sharp-phash' {
  import type { SharpOptions } from 'sharp'

  /** 64 characters `0` and `1`. */
  function perceptualHash(image: Buffer, options?: SharpOptions): Promise<string>
  export = perceptualHash
}
