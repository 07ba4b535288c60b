// Pieces of videos in the object store, where another worker finds those that are done.
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Storage } from '#platform/storage.ts'
import type { PieceStore } from './domain/pieces.ts'
import { download } from './objects.ts'

/** The last object of a piece: without it the piece is not whole. */
const doneName = 'done'
const object = (byteSize: number) => ({ contentType: 'application/octet-stream', byteSize })

/** Pieces under a prefix, `<prefix><piece>/<file>`. */
export function createPieceStore(
  storage: Pick<Storage, 'read' | 'write' | 'listAll'>,
  prefix: string,
  signal: AbortSignal,
): PieceStore {
  return {
    async list() {
      const keys = await storage.listAll(prefix)
      const paths = keys.map((key) => key.slice(prefix.length).split('/'))
      return new Set(paths.flatMap(([name, file]) => (name && file === doneName ? [name] : [])))
    },
    async fetch(name, dir) {
      const folder = `${prefix}${name}/`
      for (const key of await storage.listAll(folder)) {
        const path = key.slice(folder.length)
        if (path === doneName) continue
        await mkdir(join(dir, dirname(path)), { recursive: true })
        await download(storage, key, join(dir, path), signal)
      }
    },
    async save(name, dir) {
      const entries = await readdir(dir, { recursive: true, withFileTypes: true })
      for (const entry of entries) {
        if (!entry.isFile()) continue
        signal.throwIfAborted()
        const path = join(entry.parentPath, entry.name)
        const bytes = await readFile(path)
        await storage.write(
          `${prefix}${name}/${relative(dir, path).split(sep).join('/')}`,
          bytes,
          object(bytes.length),
        )
      }
      await storage.write(`${prefix}${name}/${doneName}`, Buffer.alloc(0), object(0))
    },
  }
}
