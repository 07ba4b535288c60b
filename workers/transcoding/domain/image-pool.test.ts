import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { phoneJpeg, scratch } from './fixtures.ts'
import { createImagePool, type ImagePool, type PoolLimits } from './image-pool.ts'
import { type ImageProcess, startImageProcess } from './image-process.ts'

vi.setConfig({ testTimeout: 60_000 })

let pool: ImagePool | undefined
let started: ImageProcess[] = []
afterEach(() => pool?.clear())

const open = (limits: Partial<PoolLimits> = {}): ImagePool => {
  started = []
  pool = createImagePool(limits, () => {
    const process = startImageProcess()
    started.push(process)
    return process
  })
  return pool
}

const isAlive = (pid: number | undefined) => {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}
const gone = (process: ImageProcess | undefined) =>
  expect.poll(() => isAlive(process?.pid), { timeout: 20_000 }).toBe(false)

const good = await phoneJpeg(1)
/** The head of a photograph, and then nothing. */
const broken = good.subarray(0, 400)

const shuttingDown = new Error('shutting down')

/** Draws some bytes in `timeoutMs`; `abort` aborts while it draws. */
async function draw(bytes: Buffer, timeoutMs = 30_000, abort?: AbortController) {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  await writeFile(inputPath, bytes)
  const job = { inputPath, outDir: dir.path, plan: 'IMAGE' as const }
  return await (pool as ImagePool).draw(job, {
    timeoutMs,
    onProgress: () => abort?.abort(shuttingDown),
    signal: abort?.signal,
  })
}

test('one process draws picture after picture, and a fresh one follows when it has drawn its share', async () => {
  open({ pictures: 2 })
  for (let at = 0; at < 3; at++) expect(await draw(good)).toMatchObject({ width: 400, height: 300 })
  expect(started.map((one) => one.drawn)).toEqual([2, 1])
  await gone(started[0])
  expect(isAlive(started[1]?.pid)).toBe(true)
})

test('pictures at once have a process each', async () => {
  open()
  await Promise.all([draw(good), draw(good)])
  expect(started.map((one) => one.drawn)).toEqual([1, 1])
  await Promise.all([draw(good), draw(good)])
  expect(started.map((one) => one.drawn)).toEqual([2, 2])
})

test('a process that has grown too large is not used again', async () => {
  open({ memoryBytes: 1 })
  await draw(good)
  await draw(good)
  expect(started).toHaveLength(2)
  await gone(started[0])
})

test('a file that cannot be read ends its process, after a fresh one has said the same (M1)', async () => {
  open()
  await draw(good)
  await expect(draw(broken)).rejects.toMatchObject({ code: 'CORRUPT' })
  expect(started).toHaveLength(2)
  await Promise.all(started.map(gone))
  expect(await draw(good)).toMatchObject({ width: 400 })
})

test('a process that dies between two pictures is not missed', async () => {
  open()
  await draw(good)
  const [first] = started
  process.kill(first?.pid ?? 0, 'SIGKILL')
  await expect.poll(() => first?.ended, { timeout: 20_000 }).toBe(true)
  expect(await draw(good)).toMatchObject({ width: 400 })
  expect(started).toHaveLength(2)
})

test('a process that dies over a picture is replaced once, and its death is no verdict on the file (M7)', async () => {
  open()
  await draw(good)
  const [first] = started
  const drawing = draw(good)
  process.kill(first?.pid ?? 0, 'SIGKILL')
  expect(await drawing).toMatchObject({ width: 400 })
})

test('time and abort end the process', async () => {
  open()
  await draw(good)
  await expect(draw(good, 1)).rejects.toMatchObject({ code: 'TIMED_OUT' })
  await gone(started[0])
  await expect(draw(good, 30_000, new AbortController())).rejects.toBe(shuttingDown)
  await Promise.all(started.map(gone))
})

test('one that nobody needs ends by itself', async () => {
  open({ idleMs: 1 })
  await draw(good)
  await gone(started[0])
})
