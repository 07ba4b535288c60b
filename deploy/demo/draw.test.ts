// The drawn pictures: the same name gives the same bytes, in the right size, and no two are alike.
import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { drawAvatar, drawPicture } from './draw.ts'
import { formats, type PictureName, pictures } from './pictures.ts'
import { createSketch } from './sketch.ts'
import { drawVideo } from './videos.ts'
import { accounts } from './world.ts'

const svgOf = (name: PictureName) => {
  const { width, height } = formats[pictures[name].format]
  const sketch = createSketch(width, height, name)
  pictures[name].draw(sketch)
  return sketch.svg()
}
const allNames = Object.keys(pictures) as PictureName[]

test('every picture is drawn the same way each time, and unlike the others', () => {
  const hashes = allNames.map((name) => {
    const svg = svgOf(name)
    expect(svg).toBe(svgOf(name))
    // A number that went wrong would leave a hole in the drawing.
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    return createHash('sha256').update(svg).digest('hex')
  })
  expect(new Set(hashes).size).toBe(allNames.length)
  expect(allNames.length).toBeGreaterThanOrEqual(40)
})

test.each(['blue-cup', 'dunes-gold', 'arches'] as const)('%s is a JPEG of its format', async (name) => {
  const first = await drawPicture(name)
  expect(first.equals(await drawPicture(name))).toBe(true)
  expect(await sharp(first).metadata()).toMatchObject({ format: 'jpeg', ...formats[pictures[name].format] })
})

test('every account has a face of its own', async () => {
  const faces: string[] = []
  for (const { username } of accounts) {
    const avatar = await drawAvatar(username)
    expect(await sharp(avatar).metadata()).toMatchObject({ format: 'png', width: 480, height: 480 })
    faces.push(createHash('sha256').update(avatar).digest('hex'))
  }
  expect(new Set(faces).size).toBe(accounts.length)
})

test('a video is an MP4', async () => {
  const video = await drawVideo(
    'slow-ridges',
    process.env.FFMPEG_PATH ?? 'ffmpeg',
    new AbortController().signal,
  )
  expect(video.subarray(4, 8).toString()).toBe('ftyp')
  expect(video.length).toBeGreaterThan(10_000)
})
