// What the composer shows of a look before the server has drawn it.
import { expect, test } from 'vitest'
import { drawingOf, filterNames as shown } from '../web/src/composer/looks.ts'
import { applyFilter, filterNames } from '../workers/transcoding/domain/filters.ts'

/** What a browser does with the filter of a look, in shares of the range. */
function preview(pixel: readonly number[], filter: (typeof shown)[number]): number[] {
  const { matrix, lines, fade } = drawingOf(filter)
  const values = matrix.split(' ').map(Number)
  const clamp = (value: number) => Math.min(1, Math.max(0, value))
  return [0, 1, 2].map((channel) => {
    const mixed = clamp(pixel.reduce((sum, value, at) => sum + value * (values[channel * 5 + at] ?? 0), 0))
    const { slope, intercept } = lines[channel] ?? { slope: 1, intercept: 0 }
    return fade + clamp(mixed * slope + intercept) * (1 - fade)
  })
}

test('the preview of each look has the colours that the server draws', () => {
  expect(shown).toEqual(filterNames)
  const samples = [0, 60, 128, 200, 255]
  for (const filter of filterNames) {
    for (const r of samples) {
      for (const g of samples) {
        for (const b of samples) {
          const drawn = new Uint8Array([r, g, b])
          applyFilter(drawn, 3, filter)
          const expected = preview([r / 255, g / 255, b / 255], filter).map((value) => value * 255)
          for (const [at, value] of expected.entries()) {
            expect(Math.abs(value - (drawn[at] ?? 0)), `${filter} of ${r},${g},${b}`).toBeLessThan(3)
          }
        }
      }
    }
  }
})
