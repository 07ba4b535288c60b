/** The part of yauzl that is used; it ships no types. */
declare module 'yauzl' {
  import type { EventEmitter } from 'node:events'
  import type { Readable } from 'node:stream'

  interface Entry {
    fileName: string
  }

  interface Archive extends EventEmitter {
    readEntry(): void
    openReadStream(entry: Entry, done: (error: Error | null, stream: Readable) => void): void
  }

  export function fromBuffer(
    buffer: Buffer,
    options: { lazyEntries: boolean },
    done: (error: Error | null, archive: Archive) => void,
  ): void
}
