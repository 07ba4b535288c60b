import { expect, test } from 'vitest'
import { cropOf, shapes, wholePicture } from './crop.ts'

test('a framing lies within the picture and has the shape that was chosen', () => {
  expect(cropOf(wholePicture, 4000, 3000)).toBeNull()
  for (const shape of ['SQUARE', 'PORTRAIT', 'LANDSCAPE'] as const) {
    for (const [width, height] of [
      [4000, 3000],
      [1000, 3000],
      [500, 500],
    ] as const) {
      for (const [zoom, x, y] of [
        [1, 0, 0],
        [1, 1, 1],
        [2.5, 0.5, 1],
      ] as const) {
        const part = cropOf({ shape, zoom, x, y }, width, height)
        if (!part) throw new Error('no part')
        expect(part.x).toBeGreaterThanOrEqual(0)
        expect(part.y).toBeGreaterThanOrEqual(0)
        expect(part.x + part.width).toBeLessThanOrEqual(1 + 1e-9)
        expect(part.y + part.height).toBeLessThanOrEqual(1 + 1e-9)
        expect((part.width * width) / (part.height * height)).toBeCloseTo(shapes[shape], 6)
      }
    }
  }
})
