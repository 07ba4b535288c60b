// A worker's process that is killed in the middle of a long video: what it had finished is not made again.
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobRun } from '#platform/queue.ts'
import { type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import { workPrefix } from '#subgraphs/content/model.ts'
import { drawnFilm } from '../../tests/pictures.ts'
import { testEnvironment } from '../../tests/platform.ts'
import { startProcess } from '../../tests/system.ts'
import { noting, wholePieces } from './fixtures.ts'
import { createJobs } from './jobs.ts'
import { clearDeadFolders } from './work-folder.ts'

let content: RunningContent

beforeAll(async () => {
  content = await startContent()
})
afterAll(() => content.stack.disposeAsync())

test('a worker is killed among its pieces; the next one makes those alone that were not whole, and nothing stays (X1)', async () => {
  const { platform } = content
  const film = await drawnFilm(17)
  const worker = await startProcess(
    'workers/transcoding/main.ts',
    testEnvironment({ NAMESPACE: platform.config.namespace }),
  )
  const alice = await content.account()
  const mediaId = await content.uploads(alice, film, 'video/mp4')
  const kept = async () => wholePieces(await platform.storage.listAll(workPrefix(mediaId)))
  try {
    await expect
      .poll(async () => (await kept()).length, { timeout: 120_000, interval: 20 })
      .toBeGreaterThan(1)
  } finally {
    await worker.kill()
  }
  const before = await kept()

  const written: string[] = []
  await createJobs(noting(platform, written))['transcoding.processMedia']({
    ...{ id: 'job', payload: { mediaId }, attempt: 2, lastAttempt: false },
    signal: new AbortController().signal,
  } satisfies JobRun<'transcoding.processMedia'>)
  const after = wholePieces(written)
  expect(after.length).toBeGreaterThan(0)
  expect(after.filter((name) => before.includes(name))).toEqual([])
  // 17 s are two pieces of the lowest rung, two of all others, and the sound.
  expect([...before, ...after]).toHaveLength(5)

  expect(await content.row(mediaId)).toMatchObject({ status: 'READY', unfinished: false, height: 720 })
  const length = (await content.row(mediaId))?.durationMs ?? 0
  expect(Math.abs(length - 17_000)).toBeLessThan(500)
  expect(await platform.storage.listAll(workPrefix(mediaId))).toEqual([])
  // Nor does the dead one's folder, once any worker starts.
  await clearDeadFolders()
  const folders = (await readdir(tmpdir())).filter((name) =>
    name.startsWith(`heliograph-work-${worker.process.pid}-`),
  )
  expect(folders).toEqual([])
}, 300_000)
