/** Pictures and videos that the tests draw themselves. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import type { Binaries } from './probe.ts'

const execute = promisify(execFile)

/** Text that stands in the metadata of every source here and must stand in no output. */
export const CANARY = 'METADATACANARY'

export const binaries: Binaries = {
  // biome-ignore lint/style/noProcessEnv: the tests' set-up says where the programs are
  ffmpeg: process.env.FFMPEG_PATH ?? 'ffmpeg',
  // biome-ignore lint/style/noProcessEnv: as above
  ffprobe: process.env.FFPROBE_PATH ?? 'ffprobe',
}

/** The folder of real pictures and a real video beside the checkout, or null. */
export function realMedia(name: string): string | null {
  const path = join(process.cwd(), '../shared/media', name)
  return existsSync(path) ? path : null
}

/** A scratch folder that is gone after `await using`. */
export async function scratch(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'heliograph-media-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export type Corner = 'red' | 'lime' | 'blue' | 'white' | 'other'

const nameColour = ([r = 0, g = 0, b = 0]: Uint8Array | Buffer): Corner => {
  const bits = [r, g, b].map((value) => (value > 160 ? '1' : value < 95 ? '0' : '?')).join('')
  return ({ '100': 'red', '010': 'lime', '001': 'blue', '111': 'white' } as const)[bits] ?? 'other'
}

/** The colours in the middle of the four quarters: top left, top right, bottom left, bottom right. */
export async function cornersOf(path: string | Buffer): Promise<Corner[]> {
  const { data, info } = await sharp(path)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return [0.25, 0.75].flatMap((y) =>
    [0.25, 0.75].map((x) => {
      const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
      return nameColour(data.subarray(at, at + 3))
    }),
  )
}

export const UPRIGHT: Corner[] = ['red', 'lime', 'blue', 'white']

/** Four quarters: red and lime above blue and white. */
export function quarters(width: number, height: number): Sharp {
  const tile = (colour: string) => ({
    input: { create: { width: width / 2, height: height / 2, channels: 3 as const, background: colour } },
  })
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } }).composite([
    { ...tile('#ff0000'), left: 0, top: 0 },
    { ...tile('#00ff00'), left: width / 2, top: 0 },
    { ...tile('#0000ff'), left: 0, top: height / 2 },
  ])
}

/** How upright pixels are stored under each EXIF orientation (1 to 8). */
const STORED: readonly ((picture: Sharp) => Sharp)[] = [
  (picture) => picture,
  (picture) => picture.flop(),
  (picture) => picture.rotate(180),
  (picture) => picture.flip(),
  (picture) => picture.rotate(90),
  (picture) => picture.rotate(270),
  (picture) => picture.rotate(90),
  (picture) => picture.rotate(90),
]

/** A JPEG as a phone stores it: quarters that are upright only by its orientation tag, with camera, GPS and XMP. */
export async function phoneJpeg(orientation: number, width = 400, height = 300): Promise<Buffer> {
  const upright = await quarters(width, height).png().toBuffer()
  let stored = await (STORED[orientation - 1]?.(sharp(upright)) ?? sharp(upright)).png().toBuffer()
  // Transposed and transversed: a quarter turn and then a mirror.
  if (orientation === 5) stored = await sharp(stored).flop().png().toBuffer()
  if (orientation === 7) stored = await sharp(stored).flip().png().toBuffer()
  return await sharp(stored)
    .withExif({
      IFD0: { Make: CANARY, Model: CANARY },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '51/1 30/1 3230/100',
        GPSLongitudeRef: 'W',
        GPSLongitude: '0/1 7/1 0/1',
      },
    })
    .withMetadata({ orientation })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>${CANARY}</rdf:RDF></x:xmpmeta>`)
    .jpeg({ quality: 95 })
    .toBuffer()
}

/** A PNG of one bit a pixel and one colour: a few bytes for a great many pixels. */
export function pixelBomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1
  const rows = deflateSync(Buffer.alloc((side / 8 + 1) * side), { level: 9 })
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Runs ffmpeg on generated input. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await execute(binaries.ffmpeg, ['-v', 'error', '-y', '-nostdin', ...args])
}

/** ffprobe's JSON of a file or playlist; `show` names sections such as `streams` or `packets`. */
export async function ffprobe(
  path: string,
  ...show: string[]
): Promise<Record<string, Record<string, unknown>[]>> {
  const sections = show.map((name) => `-show_${name}`)
  const { stdout } = await execute(binaries.ffprobe, ['-v', 'error', ...sections, '-of', 'json', path], {
    maxBuffer: 64 * 1024 ** 2,
  })
  return JSON.parse(stdout) as Record<string, Record<string, unknown>[]>
}

/** Lavfi graph of the four quarters in motionless video. */
export function quartersGraph(width: number, height: number): string {
  const tile = (colour: string, label: string) =>
    `color=${colour}:s=${width / 2}x${height / 2}:r=30[${label}]`
  const tiles = [tile('red', 'a'), tile('lime', 'b'), tile('blue', 'c'), tile('white', 'd')].join(';')
  return `${tiles};[a][b]hstack[t];[c][d]hstack[u];[t][u]vstack`
}

/** How far two pictures' values lie apart on average. */
export function differenceOf(one: Buffer, other: Buffer): number {
  return one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length
}

/** Cosine and sine of no turn, a quarter, a half and three quarters. */
const turns = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const

/** Overwrites a video track's display matrix with quarter turns clockwise: one as a phone held upright writes it (ISO 14496-12 §8.3.2). */
export async function turnClockwise(path: string, quarterTurns: 1 | 2 | 3 = 1): Promise<void> {
  const file = await readFile(path)
  const matrix = file.indexOf('tkhd', 0, 'latin1') + 44
  const [cosine, sine] = turns[quarterTurns].map((value) => value * 0x10000) as [number, number]
  const turn = [cosine, sine, 0, -sine, cosine, 0, 0, 0, 0x40000000]
  for (const [at, value] of turn.entries()) file.writeInt32BE(value, matrix + at * 4)
  await writeFile(path, file)
}
