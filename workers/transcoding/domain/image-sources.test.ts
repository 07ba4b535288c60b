// Pictures of every kind that people send: each becomes upright sRGB renditions of the right size and colours, judged by decoding
// their pixels (M2, M3).
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { expect, test } from 'vitest'
import { applyFilter, filterNames } from './filters.ts'
import {
  binaries,
  CANARY,
  type Corner,
  cornersOf,
  phoneJpeg,
  quarters,
  quartersGraph,
  scratch,
  UPRIGHT,
} from './fixtures.ts'
import { heic } from './heic-fixture.ts'
import type { ImageEdit } from './image-edit.ts'
import { cropArea } from './image-edit.ts'
import type { MediaManifest } from './manifest.ts'
import { renderMedia } from './media.ts'

async function render(
  bytes: Buffer,
  contentType: string,
  check: (manifest: MediaManifest, outDir: string) => Promise<void>,
  edit?: ImageEdit,
): Promise<void> {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  const outDir = join(dir.path, 'out')
  await writeFile(inputPath, bytes)
  await check(
    await renderMedia(inputPath, outDir, { contentType, binaries, ...(edit ? { edit } : {}) }),
    outDir,
  )
}

/** `png()` first: what the formats make of a picture then does not depend on how it was composed. */
const flat = async (width: number, height: number): Promise<Sharp> =>
  sharp(await quarters(width, height).png().toBuffer())
const seeThrough = async () =>
  sharp({ create: { width: 400, height: 300, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } })

type Source = [name: string, type: string, make: () => Promise<Buffer>, width: number, height: number]
const sources: Source[] = [
  [
    'baseline JPEG',
    'image/jpeg',
    async () => (await flat(400, 300)).jpeg({ quality: 95 }).toBuffer(),
    400,
    300,
  ],
  [
    'progressive JPEG without subsampling',
    'image/jpeg',
    async () => (await flat(400, 300)).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    ...([400, 300] as const),
  ],
  [
    'JPEG with the colours of a wide display',
    'image/jpeg',
    async () => (await flat(400, 300)).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(),
    ...([400, 300] as const),
  ],
  ...[2, 3, 4, 5, 6, 7, 8].map(
    (orientation): Source => [
      `JPEG of a phone held in way ${orientation}`,
      'image/jpeg',
      () => phoneJpeg(orientation),
      ...([400, 300] as const),
    ],
  ),
  ['PNG', 'image/png', async () => (await flat(400, 300)).png().toBuffer(), 400, 300],
  [
    'PNG with a palette',
    'image/png',
    async () => (await flat(400, 300)).png({ palette: true }).toBuffer(),
    400,
    300,
  ],
  [
    'interlaced PNG',
    'image/png',
    async () => (await flat(400, 300)).png({ progressive: true }).toBuffer(),
    400,
    300,
  ],
  [
    'PNG of 16 bits',
    'image/png',
    async () => (await flat(400, 300)).toColourspace('rgb16').png().toBuffer(),
    ...([400, 300] as const),
  ],
  ['WebP', 'image/webp', async () => (await flat(400, 300)).webp({ quality: 95 }).toBuffer(), 400, 300],
  [
    'lossless WebP',
    'image/webp',
    async () => (await flat(400, 300)).webp({ lossless: true }).toBuffer(),
    400,
    300,
  ],
  ['GIF', 'image/gif', async () => (await flat(400, 300)).gif().toBuffer(), 400, 300],
  [
    'AVIF',
    'image/avif',
    async () => (await flat(400, 300)).avif({ quality: 90, effort: 1 }).toBuffer(),
    400,
    300,
  ],
  ['HEIC', 'image/heic', () => heic(quartersGraph(640, 480), 640, 480), 640, 480],
  ['portrait', 'image/jpeg', async () => (await flat(300, 900)).jpeg({ quality: 95 }).toBuffer(), 300, 900],
  ['square', 'image/jpeg', async () => (await flat(500, 500)).jpeg({ quality: 95 }).toBuffer(), 500, 500],
  ['odd sizes', 'image/png', async () => (await flat(402, 302)).resize(401, 301).png().toBuffer(), 401, 301],
  ['a strip', 'image/png', async () => (await flat(3_000, 20)).png().toBuffer(), 3_000, 20],
  ['12 megapixels', 'image/jpeg', async () => (await flat(4_000, 3_000)).jpeg().toBuffer(), 4_000, 3_000],
]

test.each(sources)('%s', async (_, contentType, make, width, height) => {
  await render(await make(), contentType, async (manifest, outDir) => {
    expect(manifest).toMatchObject({ kind: 'IMAGE', width, height })
    for (const { path, contentType: type, ...size } of manifest.renditions) {
      const found = await sharp(join(outDir, path)).metadata()
      expect(found).toMatchObject(size)
      expect(`image/${found.format}`).toBe(type)
      expect([found.exif, found.xmp, found.icc, found.orientation]).toEqual(Array(4).fill(undefined))
      // No upscaling, and the shape stays (the first two are the square).
      expect(size.width).toBeLessThanOrEqual(width)
      if (!path.startsWith('square')) {
        expect(Math.abs(size.height - (size.width * height) / width)).toBeLessThanOrEqual(1)
      }
    }
    const largest = manifest.renditions.filter((one) => !one.path.startsWith('square')).slice(-2)
    for (const { path } of largest) expect(await cornersOf(join(outDir, path)), path).toEqual(UPRIGHT)
    expect(await cornersOf(join(outDir, manifest.original?.path ?? ''))).toEqual(UPRIGHT)
    expect(Buffer.from(manifest.placeholder ?? '', 'base64').length).toBeGreaterThan(4)
    expect(manifest.perceptualHash).toMatch(/^[0-9a-f]{16}$/)
  })
})

test('a picture for print comes as near as its inks allow', async () => {
  const print = await (await flat(400, 300)).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()
  expect((await sharp(print).metadata()).space).toBe('cmyk')
  await render(print, 'image/jpeg', async (manifest, outDir) => {
    const path = join(outDir, manifest.renditions.at(-1)?.path ?? '')
    const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true })
    expect(info.channels).toBe(3)
    const strongest = [0.25, 0.75].flatMap((y) =>
      [0.25, 0.75].map((x) => {
        const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 3
        const values = [...data.subarray(at, at + 3)]
        return Math.min(...values) > 230 ? 'white' : values.indexOf(Math.max(...values))
      }),
    )
    expect(strongest).toEqual([0, 1, 2, 'white'])
  })
})

test('a grey picture stays grey, one pixel stays one', async () => {
  const grey = await sharp(await quarters(400, 300).png().toBuffer())
    .greyscale()
    .jpeg()
    .toBuffer()
  await render(grey, 'image/jpeg', async (manifest, outDir) => {
    const { channels } = await sharp(join(outDir, manifest.renditions.at(-1)?.path ?? '')).stats()
    const means = channels.map((channel) => channel.mean)
    expect(Math.max(...means) - Math.min(...means)).toBeLessThan(2)
  })
  const pixel = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#0000ff' } })
    .png()
    .toBuffer()
  await render(pixel, 'image/png', async (manifest) => {
    expect(manifest).toMatchObject({ width: 1, height: 1, dominantColor: '#0808f8' })
  })
})

test('what is half transparent stays so in WebP and lies on white in JPEG', async () => {
  for (const [bytes, type] of [
    [await (await seeThrough()).png().toBuffer(), 'image/png'],
    [await (await seeThrough()).webp().toBuffer(), 'image/webp'],
    [await (await seeThrough()).avif({ effort: 0 }).toBuffer(), 'image/avif'],
  ] as const) {
    await render(bytes, type, async (manifest, outDir) => {
      const of = (format: string) =>
        join(outDir, manifest.renditions.findLast((one) => one.contentType === format)?.path ?? '')
      const webp = await sharp(of('image/webp')).stats()
      expect(webp.isOpaque).toBe(false)
      expect(Math.abs((webp.channels[3]?.mean ?? 0) - 128)).toBeLessThan(3)
      const [red, green] = (await sharp(of('image/jpeg')).stats()).channels
      expect(red?.mean).toBeGreaterThan(250)
      expect(Math.abs((green?.mean ?? 0) - 128)).toBeLessThan(6)
    })
  }
})

test('of moving pictures the first frame is taken', async () => {
  const pages = await Promise.all(
    ['#ff0000', '#00ff00'].map((background) =>
      sharp({ create: { width: 40, height: 30, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  )
  const animated = sharp(pages, { join: { animated: true } })
  for (const [bytes, type] of [
    [await animated.clone().gif().toBuffer(), 'image/gif'],
    [await animated.clone().webp().toBuffer(), 'image/webp'],
  ] as const) {
    await render(bytes, type, async (manifest, outDir) => {
      expect(manifest).toMatchObject({ width: 40, height: 30 })
      const red: Corner[] = ['red', 'red', 'red', 'red']
      expect(await cornersOf(join(outDir, manifest.original?.path ?? ''))).toEqual(red)
    })
  }
})

test('a HEIC that is to be turned is turned once', async () => {
  await render(await heic(quartersGraph(640, 480), 640, 480, 1), 'image/heic', async (manifest, outDir) => {
    expect(manifest).toMatchObject({ width: 480, height: 640 })
    const turned: Corner[] = ['lime', 'white', 'red', 'blue']
    expect(await cornersOf(join(outDir, manifest.original?.path ?? ''))).toEqual(turned)
  })
})

test('a crop shows that part alone, within the limits of shape; the original stays whole and without metadata', async () => {
  const edit: ImageEdit = { filter: 'ORIGINAL', crop: { x: 0, y: 0, width: 0.5, height: 0.5 } }
  await render(
    await phoneJpeg(6, 800, 600),
    'image/jpeg',
    async (manifest, outDir) => {
      expect(manifest).toMatchObject({ width: 400, height: 300, source: { width: 800, height: 600 } })
      const { path = '' } = manifest.renditions.at(-1) ?? {}
      expect(await cornersOf(join(outDir, path))).toEqual(['red', 'red', 'red', 'red'])
      const original = join(outDir, manifest.original?.path ?? '')
      expect(await cornersOf(original)).toEqual(UPRIGHT)
      expect((await sharp(original).toBuffer()).includes(CANARY)).toBe(false)
    },
    edit,
  )
  const wide = cropArea({ width: 1_000, height: 1_000 }, { x: 0, y: 0, width: 1, height: 0.25 })
  expect(wide.width / wide.height).toBeCloseTo(1.91, 1)
  const tall = cropArea({ width: 1_000, height: 1_000 }, { x: 0.5, y: 0, width: 0.1, height: 1 })
  expect(tall.width / tall.height).toBeCloseTo(0.8, 2)
})

test('there are more than twenty looks, each its own, none of which changes the original or the opacity', async () => {
  expect(filterNames.length).toBeGreaterThanOrEqual(21)
  const ramp = Uint8Array.from({ length: 4 * 64 }, (_, at) => (at % 4 === 3 ? 77 : (at * 37) % 256))
  const drawn = filterNames.map((filter) => {
    const pixels = Uint8Array.from(ramp)
    applyFilter(pixels, 4, filter)
    for (let at = 3; at < pixels.length; at += 4) expect(pixels[at]).toBe(77)
    return Buffer.from(pixels).toString('hex')
  })
  expect(new Set(drawn).size).toBe(filterNames.length)
  expect(drawn[filterNames.indexOf('ORIGINAL')]).toBe(Buffer.from(ramp).toString('hex'))

  const picture = await quarters(400, 300).png().toBuffer()
  await render(
    picture,
    'image/png',
    async (manifest, outDir) => {
      const { channels } = await sharp(join(outDir, manifest.renditions.at(-1)?.path ?? '')).stats()
      const means = channels.map((channel) => channel.mean)
      expect(Math.max(...means) - Math.min(...means)).toBeLessThan(2)
      expect(await cornersOf(join(outDir, manifest.original?.path ?? ''))).toEqual(UPRIGHT)
    },
    { filter: 'INK', crop: null },
  )
})

test('the perceptual hash knows a picture again in another size and quality, and no other picture', async () => {
  const hashes: bigint[] = []
  const detailed = (seed: number) =>
    sharp(
      Buffer.from(
        Array.from(
          { length: 300 * 400 },
          (_, at) => 127 + 127 * Math.sin((at % 400) / (9 + seed)) * Math.cos(at / 400 / (17 - seed)),
        ),
      ),
      { raw: { width: 400, height: 300, channels: 1 } },
    ).toColourspace('srgb')
  for (const bytes of [
    await detailed(1).png().toBuffer(),
    await detailed(1).resize(200).jpeg({ quality: 40 }).toBuffer(),
    await detailed(9).png().toBuffer(),
  ]) {
    const type = bytes[0] === 0x89 ? 'image/png' : 'image/jpeg'
    await render(bytes, type, async ({ perceptualHash }) => {
      hashes.push(BigInt(`0x${perceptualHash}`))
    })
  }
  const distance = (a = 0n, b = 0n) => (a ^ b).toString(2).replaceAll('0', '').length
  expect(distance(hashes[0], hashes[1])).toBeLessThanOrEqual(8)
  expect(distance(hashes[0], hashes[2])).toBeGreaterThan(12)
})
