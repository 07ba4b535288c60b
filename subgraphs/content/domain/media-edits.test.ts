import { expect, test } from 'vitest'
import { feedCropOf, fittingRendition } from './media-edits.ts'

test.each([
  ['a square', 1_000, 1_000, [0, 0, 1, 1]],
  ['4:5', 800, 1_000, [0, 0, 1, 1]],
  ['1.91:1', 1_910, 1_000, [0, 0, 1, 1]],
  ['a phone held upright, 3:4', 3_000, 4_000, [0, 0.03125, 1, 0.9375]],
  ['a whole screen, 9:16', 900, 1_600, [0, 0.1484375, 1, 0.703125]],
  ['a panorama, 4:1', 4_000, 1_000, [0.26125, 0, 0.4775, 1]],
])('a feed shows of %s its middle within 4:5 and 1.91:1', (_, width, height, expected) => {
  const { x, y, width: across, height: down } = feedCropOf({ width, height })
  for (const [at, value] of [x, y, across, down].entries()) expect(value).toBeCloseTo(expected[at] ?? 0, 9)
  const aspect = (across * width) / (down * height)
  expect(aspect).toBeGreaterThanOrEqual(0.8 - 1e-9)
  expect(aspect).toBeLessThanOrEqual(1.91 + 1e-9)
})

test.each([
  [100, 150],
  [150, 150],
  [151, 320],
  [640, 1080],
  [4_096, 1080],
  [1, 150],
])('of a picture that is shown %i pixels wide the WebP of %i is given', (wanted, expected) => {
  const renditions = ['image/webp', 'image/jpeg'].flatMap((contentType) =>
    [150, 320, 1080].map((width) => ({ width, contentType })),
  )
  expect(fittingRendition(renditions, wanted)).toEqual({ width: expected, contentType: 'image/webp' })
})

test.each([0, -1, 4_097])('nobody asks for a picture %i pixels wide', (wanted) => {
  expect(() => fittingRendition([], wanted)).toThrow('from 1 to 4096')
})

test('what has no pictures has none of any width', () => {
  expect(fittingRendition([], 320)).toBeNull()
})
