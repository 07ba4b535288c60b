import { expect, test } from 'vitest'
import { avatarRenditions, fittingRendition } from './avatar.ts'

const rendition = (width: number, height: number, contentType = 'image/webp') => ({
  key: `${width}`,
  width,
  height,
  contentType,
})

test('a profile picture is made of the WebP renditions up to 640, ascending', () => {
  const chosen = avatarRenditions([
    rendition(1080, 720),
    rendition(640, 427),
    rendition(150, 150),
    rendition(320, 213, 'image/jpeg'),
    rendition(320, 213),
  ])
  expect(chosen.map(({ width }) => width)).toEqual([150, 320, 640])
})

test.each([
  [1, 150],
  [150, 150],
  [151, 320],
  [320, 320],
  [640, 640],
  [5_000, 640],
])('for %i pixels the rendition of %i is given', (wanted, width) => {
  const renditions = [rendition(150, 150), rendition(320, 213), rendition(640, 427)]
  expect(fittingRendition(renditions, wanted)?.width).toBe(width)
})

test('no picture has no rendition', () => {
  expect(fittingRendition([], 150)).toBeNull()
})
