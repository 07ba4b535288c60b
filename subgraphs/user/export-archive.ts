// The archive that an export's parts become: a ZIP file with a page that tells what is in it. It is written to a file of the
// machine first, for the object store wants to know its size; no more of it than a few blocks is ever in memory.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { type ExportFile, type ExportPart, exportPartKey, exportPrefix } from '#platform/account-lifecycle.ts'
import type { Storage } from '#platform/storage.ts'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'
import type { ExportRow } from './model.ts'

type Parts = [SubgraphName, ExportPart][]

/** Makes the archive and answers where it lies; null while a subgraph's part is not there. May be repeated. */
export async function assembleExport(
  storage: Storage,
  row: ExportRow,
): Promise<{ key: string; byteSize: number } | null> {
  const task = { userId: row.userId, exportId: row._id }
  const keys = subgraphNames.map((name) => exportPartKey(task, name))
  const heads = await Promise.all(keys.map((key) => storage.head(key)))
  if (heads.includes(null)) return null
  const parts: Parts = await Promise.all(
    subgraphNames.map(async (name, i) => [
      name,
      JSON.parse(await storage.readText(keys[i] as string)) as ExportPart,
    ]),
  )
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-export-'))
  try {
    const file = join(folder, 'data.zip')
    await writeArchive(storage, parts, row, file)
    const byteSize = (await stat(file)).size
    const key = `${exportPrefix(row.userId, row._id)}data.zip`
    await storage.write(key, createReadStream(file), { contentType: 'application/zip', byteSize })
    await storage.removePrefix(`${exportPrefix(row.userId, row._id)}parts/`)
    return { key, byteSize }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeArchive(storage: Storage, parts: Parts, row: ExportRow, file: string): Promise<void> {
  const zip = new ZipFile()
  const written = pipeline(zip.outputStream, createWriteStream(file))
  // Each entry is opened when its turn comes.
  const add = (path: string, open: () => AsyncIterable<Buffer>, compress: boolean) =>
    zip.addReadStreamLazy(path, { compress, mtime: row.requestedAt }, (done) =>
      done(null, Readable.from(open())),
    )
  for (const [name, { sections }] of parts) {
    for (const section of sections) {
      if (section.keys.length > 0)
        add(`data/${name}/${section.name}.jsonl`, () => readAll(storage, section.keys), true)
    }
  }
  const missing: string[] = []
  const files: string[] = []
  for (const [, part] of parts) {
    for await (const { key, path } of listFiles(storage, part.files)) {
      // Something may have been deleted since its part was written.
      if (await storage.head(key)) {
        add(path, () => readAll(storage, [key]), false)
        files.push(path)
      } else missing.push(path)
    }
  }
  zip.addBuffer(Buffer.from(indexPage(parts, row, files.length, missing)), 'index.html', {
    mtime: row.requestedAt,
  })
  zip.end()
  await written
}

async function* readAll(storage: Storage, keys: readonly string[]): AsyncGenerator<Buffer> {
  for (const key of keys) for await (const block of await storage.read(key)) yield block as Buffer
}

async function* listFiles(storage: Storage, keys: readonly string[]): AsyncGenerator<ExportFile> {
  for (const key of keys) {
    for await (const line of createInterface({ input: await storage.read(key) })) {
      if (line) yield JSON.parse(line) as ExportFile
    }
  }
}

/** What is in the archive, for its owner. Nothing in it comes from people but file names that we made. */
function indexPage(parts: Parts, row: ExportRow, files: number, missing: readonly string[]): string {
  const lines = parts.flatMap(([name, { sections }]) =>
    sections.map((section) =>
      section.keys.length === 0
        ? `<li>${section.name}: nothing</li>`
        : `<li><a href="data/${name}/${section.name}.jsonl">${section.name}</a>: ${section.rows}</li>`,
    ),
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Your data</title>
<h1>Your data</h1>
<p>As of ${row.requestedAt.toISOString()}. Each file holds one JSON object a line; times are UTC. Others are named by their ids alone.</p>
<ul>
${lines.join('\n')}
</ul>
<p>Pictures and sounds: ${files}, in the folder <code>media</code>. Videos are listed in data/content/media.jsonl, with their poster here.</p>
${missing.length > 0 ? `<p>Deleted in the meantime: ${missing.length}.</p>\n` : ''}</html>
`
}
