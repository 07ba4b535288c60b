import { expect, test } from 'vitest'
import { clampRatio, pickRendition, type Rendition, srcSet } from './renditions.ts'

/** The renditions of a picture of 1200 × 800, as the worker makes them. */
const landscape: Rendition[] = ['webp', 'jpeg'].flatMap((type) =>
  [
    [150, 150],
    [320, 213],
    [640, 427],
    [1080, 720],
  ].map(([width = 0, height = 0]) => ({
    url: `/${width}.${type}`,
    width,
    height,
    contentType: `image/${type}`,
  })),
)

test('srcset holds one type, by width, without the cropped square', () => {
  expect(srcSet(landscape, 'image/webp', 1.5)).toBe('/320.webp 320w, /640.webp 640w, /1080.webp 1080w')
  expect(srcSet(landscape, 'image/jpeg', 1.5)).toBe('/320.jpeg 320w, /640.jpeg 640w, /1080.jpeg 1080w')
  expect(srcSet([], 'image/webp', 1)).toBe('')
})

test('a square picture keeps its square', () => {
  const square = landscape.filter(({ width }) => width === 150)
  expect(srcSet(square, 'image/webp', 1)).toBe('/150.webp 150w')
})

test.each([
  [100, '/320.jpeg'],
  [320, '/320.jpeg'],
  [321, '/640.jpeg'],
  [5000, '/1080.jpeg'],
])('for %d pixels the smallest JPEG that is not smaller', (width, url) => {
  expect(pickRendition(landscape, width, 1.5)?.url).toBe(url)
})

test('WebP alone will do, and nothing gives nothing', () => {
  const webp = landscape.filter(({ contentType }) => contentType === 'image/webp')
  expect(pickRendition(webp, 300, 1.5)?.url).toBe('/320.webp')
  expect(pickRendition([], 300, 1.5)).toBeUndefined()
})

test.each([
  [1000, 1000, 1],
  [900, 1600, 0.8],
  [3000, 1000, 1.91],
  [1200, 800, 1.5],
  [null, null, 1],
])('%s × %s is shown at %d', (width, height, ratio) => {
  expect(clampRatio(width, height)).toBe(ratio)
})
