import { expect, test } from 'vitest'
import { ladderFor, levelFor, outputRate } from './ladder.ts'

const at30 = { frames: 30, seconds: 1 }

test.each([
  ['1080p', 1920, 1080, ['426x240', '640x360', '852x480', '1280x720', '1920x1080']],
  ['4K stops at 1080', 3840, 2160, ['426x240', '640x360', '852x480', '1280x720', '1920x1080']],
  ['720p', 1280, 720, ['426x240', '640x360', '852x480', '1280x720']],
  ['portrait', 1080, 1920, ['240x426', '360x640', '480x852', '720x1280', '1080x1920']],
  ['square', 720, 720, ['240x240', '360x360', '480x480', '720x720']],
  ['exactly 240', 320, 240, ['320x240']],
  ['below the lowest rung', 160, 120, ['160x120']],
  ['odd sides are rounded down', 321, 181, ['320x180']],
  ['between rungs: its own size too', 1000, 600, ['400x240', '600x360', '800x480', '1000x600']],
  ['a little above a rung: none of its own', 1366, 768, ['426x240', '640x360', '852x480', '1280x720']],
  ['tiny', 2, 2, ['2x2']],
  ['very wide', 8000, 1100, ['1744x240', '2618x360', '3490x480', '4096x562']],
])('%s', (_, width, height, sizes) => {
  const rungs = ladderFor({ width, height, frameRate: at30 })
  expect(rungs.map((rung) => `${rung.width}x${rung.height}`)).toEqual(sizes)
})

test('every rung is even, within its source and costs more than the one below (M4)', () => {
  for (let width = 2; width <= 4200; width += 131) {
    for (let height = 2; height <= 4200; height += 157) {
      const rungs = ladderFor({ width, height, frameRate: at30 })
      expect(rungs.length).toBeGreaterThan(0)
      expect(new Set(rungs.map((rung) => rung.name)).size).toBe(rungs.length)
      let below = 0
      for (const rung of rungs) {
        expect(rung.width % 2 || rung.height % 2).toBe(0)
        expect(rung.width).toBeLessThanOrEqual(width)
        expect(rung.height).toBeLessThanOrEqual(height)
        expect(Math.min(rung.width, rung.height)).toBeLessThanOrEqual(1080)
        expect(rung.maxRate).toBeGreaterThanOrEqual(below)
        below = rung.maxRate
      }
    }
  }
})

test.each([
  [426, 240, 30, '3.0'],
  [852, 480, 30, '3.1'],
  [1280, 720, 30, '3.1'],
  [1280, 720, 60, '3.2'],
  [1920, 1080, 30, '4.0'],
  [1920, 1080, 60, '4.2'],
  [4096, 1080, 30, '5.0'],
])('level of %ix%i at %i', (width, height, frames, level) => {
  expect(levelFor({ width, height }, { frames, seconds: 1 })).toBe(level)
})

test.each([
  [25, 1, '25/1'],
  [30000, 1001, '30000/1001'],
  [24000, 1001, '24000/1001'],
  [60, 1, '60/1'],
  [120, 1, '60/1'],
  [240, 1, '60/1'],
  [90, 1, '45/1'],
  [1000, 1, '30/1'],
  [0, 1, '30/1'],
  [0, 0, '30/1'],
  [1, 5, '10/1'],
  [299, 10, '30/1'],
])('output rate of %i/%i', (frames, seconds, rate) => {
  const output = outputRate({ frames, seconds })
  expect(`${output.frames}/${output.seconds}`).toBe(rate)
})
