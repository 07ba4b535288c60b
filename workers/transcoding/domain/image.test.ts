import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { thumbHashToRGBA } from 'thumbhash'
import { expect, test, vi } from 'vitest'
import {
  CANARY,
  cornersOf,
  differenceOf,
  phoneJpeg,
  quarters,
  realMedia,
  scratch,
  UPRIGHT,
} from './fixtures.ts'
import { renderImage } from './image.ts'
import type { DrawnImage } from './image-render.ts'
import { renditionSizes, WIDTHS } from './image-sizes.ts'

vi.setConfig({ testTimeout: 60_000 })

test.each([
  [4000, 3000, ['320x240', '640x480', '1080x810', '1440x1080']],
  [1440, 1440, ['320x320', '640x640', '1080x1080', '1440x1440']],
  [600, 400, ['320x213', '600x400']],
  [320, 200, ['320x200']],
  [100, 50, ['100x50']],
  [1, 5000, ['1x5000']],
])('sizes of %ix%i', (width, height, sizes) => {
  const chosen = renditionSizes({ width, height }, WIDTHS.IMAGE)
  expect(chosen.map((size) => `${size.width}x${size.height}`)).toEqual(sizes)
})

/** Reads every output back: stated size, type, and no trace of metadata. */
async function checkOutputs(outDir: string, drawn: DrawnImage): Promise<void> {
  for (const rendition of [...drawn.renditions, ...(drawn.original ? [drawn.original] : [])]) {
    const bytes = await readFile(join(outDir, rendition.path))
    const metadata = await sharp(bytes).metadata()
    expect(metadata).toMatchObject({ width: rendition.width, height: rendition.height })
    expect(`image/${metadata.format}`).toBe(rendition.contentType)
    for (const kind of ['exif', 'xmp', 'iptc', 'icc', 'orientation'] as const)
      expect(metadata[kind]).toBeUndefined()
    for (const trace of [CANARY, 'Exif', 'GPS', 'xmpmeta', 'Photoshop'])
      expect(bytes.includes(trace)).toBe(false)
    expect(rendition.width).toBeLessThanOrEqual(drawn.width)
    expect(rendition.height).toBeLessThanOrEqual(drawn.height)
  }
}

async function render(bytes: Buffer, check: (drawn: DrawnImage, outDir: string) => unknown): Promise<void> {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  const outDir = join(dir.path, 'out')
  await writeFile(inputPath, bytes)
  const drawn = await renderImage(inputPath, outDir)
  await checkOutputs(outDir, drawn)
  await check(drawn, outDir)
}

const pixelOf = async (path: string) => [...(await sharp(path).removeAlpha().raw().toBuffer()).subarray(0, 3)]

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'orientation %i comes out upright and bare (M2, M3)',
  async (orientation) => {
    await render(await phoneJpeg(orientation), async (drawn, outDir) => {
      expect(drawn).toMatchObject({ width: 400, height: 300 })
      expect(drawn.renditions.map((one) => one.path)).toEqual([
        ...['square.webp', 'square.jpg', 'w320.webp', 'w320.jpg', 'w400.webp', 'w400.jpg'],
      ])
      expect(drawn.original).toMatchObject({ path: 'original.jpg', width: 400, height: 300 })
      for (const { path } of drawn.renditions) expect(await cornersOf(join(outDir, path))).toEqual(UPRIGHT)
      expect(await cornersOf(join(outDir, 'original.jpg'))).toEqual(UPRIGHT)
    })
  },
)

test('the source of these tests does carry what must not come out', async () => {
  const bytes = await phoneJpeg(6)
  expect(await sharp(bytes).metadata()).toMatchObject({ orientation: 6, width: 300, height: 400 })
  expect(bytes.includes(CANARY)).toBe(true)
  expect((await sharp(bytes).metadata()).xmp).toBeDefined()
})

test('progress rises to 100', async () => {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  await writeFile(inputPath, await phoneJpeg(1))
  const seen: number[] = []
  await renderImage(inputPath, join(dir.path, 'out'), (percent) => seen.push(percent))
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect(seen.at(-1)).toBe(100)
})

test('the placeholder decodes to the picture’s shape, the dominant colour is one of it (M3)', async () => {
  const bytes = await quarters(600, 200).png().toBuffer()
  await render(bytes, (drawn) => {
    const { w, h } = thumbHashToRGBA(Buffer.from(drawn.placeholder, 'base64'))
    expect(w / h).toBeGreaterThan(2)
    expect(drawn.dominantColor).toMatch(/^#[0-9a-f]{6}$/)
  })
})

test.each([
  ['png', (picture: Sharp) => picture.png()],
  ['palette png', (picture: Sharp) => picture.png({ palette: true })],
  ['webp', (picture: Sharp) => picture.webp()],
  ['avif', (picture: Sharp) => picture.avif({ effort: 0 })],
  ['16-bit png', (picture: Sharp) => picture.toColourspace('rgb16').png()],
  ['progressive jpeg', (picture: Sharp) => picture.jpeg({ progressive: true })],
])('draws %s', async (_, encode) => {
  await render(await encode(quarters(400, 300)).toBuffer(), async (drawn, outDir) => {
    expect(drawn).toMatchObject({ width: 400, height: 300, original: { path: 'original.jpg' } })
    expect(await cornersOf(join(outDir, 'w400.webp'))).toEqual(UPRIGHT)
    expect(await cornersOf(join(outDir, 'original.jpg'))).toEqual(UPRIGHT)
  })
})

test('CMYK becomes sRGB', async () => {
  const paint = sharp({ create: { width: 64, height: 64, channels: 3, background: '#a07850' } })
  const bytes = await paint.toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()
  expect((await sharp(bytes).metadata()).space).toBe('cmyk')
  await render(bytes, async (_, outDir) => {
    const [r = 0, g = 0, b = 0] = await pixelOf(join(outDir, 'original.jpg'))
    expect(Math.abs(r - 0xa0) + Math.abs(g - 0x78) + Math.abs(b - 0x50)).toBeLessThan(30)
  })
})

test('a wide-gamut profile is converted, not dropped', async () => {
  const plain = sharp({ create: { width: 64, height: 64, channels: 3, background: '#c86432' } })
  const bytes = await plain.withIccProfile('p3').png().toBuffer()
  const [storedRed = 0] = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer()
  expect(storedRed).toBeLessThan(196)
  await render(bytes, async (_, outDir) => {
    const [r = 0, g = 0, b = 0] = await pixelOf(join(outDir, 'w64.webp'))
    expect(Math.abs(r - 0xc8) + Math.abs(g - 0x64) + Math.abs(b - 0x32)).toBeLessThan(16)
  })
})

test.each(['gif', 'webp'] as const)('of an animated %s the first frame is drawn', async (format) => {
  const frame = (red: number, blue: number) =>
    Buffer.from(Array.from({ length: 64 * 64 }, () => [red, 0, blue]).flat())
  const pages = Buffer.concat([frame(255, 0), frame(0, 255)])
  const raw = { width: 64, height: 128, channels: 3, pageHeight: 64 } as const
  await render(await sharp(pages, { raw }).toFormat(format).toBuffer(), async (drawn, outDir) => {
    expect(drawn).toMatchObject({ width: 64, height: 64 })
    expect(await cornersOf(join(outDir, 'w64.jpg'))).toEqual(['red', 'red', 'red', 'red'])
  })
})

test('transparency stays in WebP and turns white in JPEG', async () => {
  const clear = { r: 255, g: 0, b: 0, alpha: 0 }
  const bytes = await sharp({ create: { width: 200, height: 200, channels: 4, background: clear } })
    .png()
    .toBuffer()
  await render(bytes, async (drawn, outDir) => {
    expect(drawn.original?.path).toBe('original.webp')
    expect((await sharp(join(outDir, 'w200.webp')).metadata()).hasAlpha).toBe(true)
    expect(await cornersOf(join(outDir, 'w200.jpg'))).toEqual(['white', 'white', 'white', 'white'])
  })
})

test.each([
  [1, 1],
  [3, 700],
  [9000, 40],
])('extreme shape %ix%i', async (width, height) => {
  const bytes = await sharp({ create: { width, height, channels: 3, background: '#336699' } })
    .png()
    .toBuffer()
  await render(bytes, (drawn) => {
    expect(drawn).toMatchObject({ width, height })
    expect(Math.max(drawn.original?.width ?? 0, drawn.original?.height ?? 0)).toBeLessThanOrEqual(4096)
    expect(drawn.renditions.length).toBeGreaterThanOrEqual(4)
  })
})

test('a picture that takes too long ends TIMED_OUT', async () => {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  await writeFile(inputPath, await phoneJpeg(1))
  const late = renderImage(inputPath, join(dir.path, 'out'), undefined, { timeoutMs: 1 })
  await expect(late).rejects.toMatchObject({ code: 'TIMED_OUT' })
})

const real = ['astronaut', 'chelsea', 'coffee', 'hubble_deep_field', 'rocket'] as const
test.each(real.filter((name) => realMedia(`${name}.jpg`)))(
  'a real photograph comes out whole: %s (M2, M3)',
  async (name) => {
    const path = realMedia(`${name}.jpg`) ?? ''
    const source = sharp(path)
    const { width, height } = await source.metadata()
    /** The picture's colours in a grid of its own shape, coarse enough for what the formats lose. */
    const gridOf = (picture: Sharp) =>
      picture.removeAlpha().toColourspace('srgb').resize(48, 32, { fit: 'fill' }).raw().toBuffer()
    const straight = await gridOf(source)
    await render(await readFile(path), async (drawn, outDir) => {
      expect(drawn).toMatchObject({ width, height })
      const kept = drawn.original ? [drawn.original] : []
      const whole = [...drawn.renditions, ...kept].filter((one) => !one.path.startsWith('square'))
      expect(whole.length).toBeGreaterThan(2)
      for (const one of whole) {
        const ours = await gridOf(sharp(join(outDir, one.path)))
        expect(differenceOf(straight, ours), one.path).toBeLessThan(6)
      }
    })
  },
)

const phone = realMedia('coffee-exif-orientation6-gps.jpg')
test.runIf(phone)('a real photograph from a phone', async () => {
  await render(await readFile(phone ?? ''), async (drawn, outDir) => {
    expect(drawn).toMatchObject({ width: 600, height: 400 })
    const straight = await sharp(realMedia('coffee.jpg') ?? '')
      .resize(60, 40)
      .raw()
      .toBuffer()
    const ours = await sharp(join(outDir, 'w600.jpg')).resize(60, 40).raw().toBuffer()
    expect(differenceOf(straight, ours)).toBeLessThan(6)
  })
})
