// A HEIC file as a phone writes it, put together by hand: no tool at hand writes one. Boxes by ISO 14496-12 and 23008-12.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { binaries } from './fixtures.ts'

const execute = promisify(execFile)

const u8 = (...values: number[]) => Buffer.from(values)
const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const box = (type: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body])
}
const full = (type: string, version: number, flags: number, ...parts: Buffer[]) =>
  box(type, u32((version << 24) | flags), ...parts)

/** NAL units of an Annex B stream. */
function unitsOf(stream: Buffer): Buffer[] {
  const starts: number[] = []
  for (let at = 0; at + 3 <= stream.length; at++) {
    if (stream[at] === 0 && stream[at + 1] === 0 && stream[at + 2] === 1) starts.push(at + 3)
  }
  return starts.map((start, i) => {
    const next = starts[i + 1]
    let end = next === undefined ? stream.length : next - 3
    while (end > start && stream[end - 1] === 0) end--
    return stream.subarray(start, end)
  })
}

const typeOf = (unit: Buffer) => ((unit[0] ?? 0) >> 1) & 63

/**
 * One HEVC picture of a lavfi graph, in a HEIF container.
 * @param turns quarter turns counter-clockwise that a viewer has to make (`irot`)
 */
export async function heic(graph: string, width: number, height: number, turns = 0): Promise<Buffer> {
  const encode = ['-v', 'error', '-f', 'lavfi', '-i', graph, '-frames:v', '1', '-pix_fmt', 'yuv420p']
  const codec = ['-c:v', 'libx265', '-x265-params', 'log-level=none:keyint=1', '-f', 'hevc', 'pipe:1']
  const { stdout } = await execute(binaries.ffmpeg, [...encode, ...codec], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 ** 2,
  })
  const units = unitsOf(stdout)
  const parameterSets = [32, 33, 34].map((type) => units.filter((unit) => typeOf(unit) === type))
  const picture = Buffer.concat(
    units.filter((unit) => typeOf(unit) < 32).flatMap((unit) => [u32(unit.length), unit]),
  )
  const arrays = parameterSets.map((sets, i) =>
    Buffer.concat([u8(0x80 | (32 + i)), u16(sets.length), ...sets.flatMap((set) => [u16(set.length), set])]),
  )
  // Profile and level as in the sequence parameter set, whose third byte on says them.
  const profile = parameterSets[1]?.[0]?.subarray(3, 15) ?? Buffer.alloc(12)
  const hvcC = box(
    'hvcC',
    ...[u8(1), profile, u16(0xf000), u8(0xfc, 0xfd, 0xf8, 0xf8), u16(0), u8(0x0f, arrays.length), ...arrays],
  )
  const ispe = full('ispe', 0, 0, u32(width), u32(height))
  const properties = [hvcC, ispe, ...(turns > 0 ? [box('irot', u8(turns))] : [])]
  const links = properties.map((_, i) => (i === 0 ? 0x80 : 0) | (i + 1))
  const iprp = box(
    'iprp',
    box('ipco', ...properties),
    full('ipma', 0, 0, u32(1), u16(1), u8(links.length, ...links)),
  )
  const ftyp = box('ftyp', Buffer.from('heic'), u32(0), Buffer.from('mif1heic'))
  const metaAt = (offset: number) =>
    full(
      'meta',
      0,
      0,
      full('hdlr', 0, 0, u32(0), Buffer.from('pict'), Buffer.alloc(13)),
      full('pitm', 0, 0, u16(1)),
      full('iloc', 0, 0, u8(0x44, 0), u16(1), u16(1), u16(0), u16(1), u32(offset), u32(picture.length)),
      full('iinf', 0, 0, u16(1), full('infe', 2, 0, u16(1), u16(0), Buffer.from('hvc1'), u8(0))),
      iprp,
    )
  const offset = ftyp.length + metaAt(0).length + 8
  return Buffer.concat([ftyp, metaAt(offset), box('mdat', picture)])
}
