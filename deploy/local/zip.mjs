import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

/** Enough of the ZIP format (APPNOTE.TXT 4.3) to read a Python wheel: stored and deflated entries, no ZIP64. */

const END = 0x06054b50
const CENTRAL = 0x02014b50

/** The entries of the archive: name, sizes in bytes, method (0 stored, 8 deflated), offset of the local header. */
export async function listZip(file) {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const tail = Buffer.alloc(Math.min(size, 65_557))
    await handle.read(tail, 0, tail.length, size - tail.length)
    let end = tail.length - 22
    while (end >= 0 && tail.readUInt32LE(end) !== END) end--
    if (end < 0) throw new Error(`${file} is not a zip archive`)
    const directory = Buffer.alloc(tail.readUInt32LE(end + 12))
    await handle.read(directory, 0, directory.length, tail.readUInt32LE(end + 16))
    return parseDirectory(directory)
  } finally {
    await handle.close()
  }
}

function parseDirectory(directory) {
  const entries = []
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === CENTRAL; ) {
    const nameLength = directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      packed: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

/** Writes one entry of the archive to `target`. */
export async function extractEntry(file, entry, target) {
  const handle = await open(file)
  const header = Buffer.alloc(30)
  await handle.read(header, 0, 30, entry.offset)
  await handle.close()
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const output = createWriteStream(target)
  if (entry.packed === 0) {
    output.end()
    await once(output, 'close')
    return
  }
  const input = createReadStream(file, {
    start,
    end: start + entry.packed - 1,
    highWaterMark: 1 << 20,
  })
  if (entry.method === 8) await pipeline(input, createInflateRaw({ chunkSize: 1 << 18 }), output)
  else await pipeline(input, output)
}
