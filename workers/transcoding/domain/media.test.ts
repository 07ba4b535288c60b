import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { MediaFailure } from './failure.ts'
import { binaries, phoneJpeg, pixelBomb, scratch } from './fixtures.ts'
import { renderMedia } from './media.ts'

vi.setConfig({ testTimeout: 60_000 })

async function outcome(bytes: Buffer | string, contentType = 'image/jpeg'): Promise<string> {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload.jpg')
  await writeFile(inputPath, bytes)
  try {
    const manifest = await renderMedia(inputPath, join(dir.path, 'out'), { contentType, binaries })
    return manifest.kind
  } catch (error) {
    return error instanceof MediaFailure ? error.code : `not a media failure: ${String(error)}`
  }
}

test('a picture becomes a manifest that lists every file', async () => {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  await writeFile(inputPath, await phoneJpeg(6))
  const manifest = await renderMedia(inputPath, join(dir.path, 'out'), {
    contentType: 'image/jpeg',
    binaries,
  })
  expect(manifest).toMatchObject({ kind: 'IMAGE', width: 400, height: 300 })
  expect(manifest).not.toHaveProperty('durationMs')
  const drawn = [...manifest.renditions, ...(manifest.original ? [manifest.original] : [])].map(
    (one) => one.path,
  )
  expect(manifest.files.map((file) => file.path)).toEqual(drawn.sort())
  for (const file of manifest.files) expect(file.byteSize).toBeGreaterThan(0)
})

test('bad input ends with its code (M1)', async () => {
  const bomb = pixelBomb(16_000)
  expect(bomb.length).toBeLessThan(40_000)
  const jpeg = await phoneJpeg(1)
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/"/></svg>'
  expect(await outcome(bomb, 'image/png')).toBe('TOO_MANY_PIXELS')
  expect(await outcome('')).toBe('EMPTY')
  expect(await outcome('just text, renamed')).toBe('UNSUPPORTED_TYPE')
  expect(await outcome(svg, 'image/svg+xml')).toBe('UNSUPPORTED_TYPE')
  expect(await outcome(jpeg, 'video/mp4')).toBe('UNSUPPORTED_TYPE')
  expect(await outcome(jpeg.subarray(0, jpeg.length * 0.6))).toBe('CORRUPT')
  expect(await outcome(Buffer.concat([jpeg, Buffer.from('<script>alert(1)</script>')]))).toBe(
    'UNSUPPORTED_TYPE',
  )
  expect(await outcome(Buffer.from('GIF89a=1;/*a script that begins like a picture*/'), 'image/gif')).toBe(
    'CORRUPT',
  )
})

test('flipped bits end in a picture or in a code (M7)', async () => {
  const jpeg = await phoneJpeg(1)
  let seed = 20
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 8) % below
  }
  for (let round = 0; round < 12; round++) {
    const broken = Buffer.from(jpeg)
    for (let flips = 0; flips < 8; flips++) {
      const at = random(broken.length)
      broken[at] = (broken[at] ?? 0) ^ (1 << random(8))
    }
    expect(['IMAGE', 'CORRUPT', 'UNSUPPORTED_TYPE', 'TOO_MANY_PIXELS']).toContain(await outcome(broken))
  }
})

test('trouble of this machine is INTERNAL and can be retried (M5)', async () => {
  await using dir = await scratch()
  const missing = renderMedia(join(dir.path, 'gone'), dir.path, { contentType: 'image/jpeg', binaries })
  await expect(missing).rejects.toMatchObject({ code: 'INTERNAL', retryable: true })
})
