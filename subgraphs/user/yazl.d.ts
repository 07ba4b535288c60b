/** The part of yazl that is used; it ships no types. */
declare module 'yazl' {
  import type { Readable } from 'node:stream'

  interface EntryOptions {
    mtime?: Date
    compress?: boolean
  }

  export class ZipFile {
    readonly outputStream: Readable
    addBuffer(buffer: Buffer, path: string, options?: EntryOptions): void
    /** `open` is called when the entry's turn comes. */
    addReadStreamLazy(
      path: string,
      options: EntryOptions,
      open: (done: (error: Error | null, stream?: Readable) => void) => void,
    ): void
    end(): void
  }
}
