// Hostile and damaged files through the whole worker: each comes to an end with a code, nothing is fetched, the worker lives.

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inParallel } from '#platform/parallel.ts'
import { startWorker } from '#platform/worker.ts'
import { type Asker, type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import { isProof, size } from '../../tests/size.ts'
import { mediaFailures } from './domain/failure.ts'
import { phoneJpeg } from './domain/fixtures.ts'
import { type HostileFile, hostileFiles } from './domain/hostile-files.ts'
import { transcoding } from './main.ts'

/** Files with bits flipped, and the rest of the corpus. */
const flips = 500
const patience = { timeout: isProof ? 1_800_000 : 120_000, interval: 200 }
/** What one file may take from its last byte to its end, while three others are worked on, and here also other tests. */
const fileMs = isProof ? 30_000 : patience.timeout
/** What the process may grow by; the decoders are processes of their own. */
const memoryBytes = 512 * 1024 ** 2

let content: RunningContent
let alice: Asker

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
  await startWorker(content.platform, transcoding, content.stack)
})
afterAll(() => content.stack.disposeAsync())

const uploads = ({ contentType, make }: HostileFile) => content.uploads(alice, make(), contentType)

test('each of a corpus of hostile files ends with a code, none is fetched from, and the worker lives (M1, M7)', {
  timeout: 3 * patience.timeout,
}, async () => {
  let connections = 0
  const trap = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/secret`
    const { asking, odd, others } = await hostileFiles(url, flips)
    expect(asking.length + odd.length + others.length).toBeGreaterThanOrEqual(300)
    // Spread over the whole list, so that every sort of harm is met; what would fetch, and each odd codec, is met always.
    const count = size(others.length, 24)
    const step = others.length / count
    const chosen = [
      ...asking,
      ...odd,
      ...Array.from({ length: count }, (_, at) => others[Math.floor(at * step)] as HostileFile),
    ]
    const memory = process.memoryUsage().rss
    const ids = new Map<string, HostileFile>()
    let slowest = { name: '', ms: 0 }
    await inParallel(chosen, 4, async (file) => {
      const id = await uploads(file)
      ids.set(id, file)
      const begun = performance.now()
      const status = async () => (await content.row(id))?.status
      await expect.poll(status, { timeout: fileMs, interval: 200, message: file.name }).not.toBe('PROCESSING')
      const ms = performance.now() - begun
      if (ms > slowest.ms) slowest = { name: file.name, ms }
    })
    const [grown, seconds] = [process.memoryUsage().rss - memory, (slowest.ms / 1_000).toFixed(1)]
    process.stdout.write(
      `${chosen.length} hostile files ended; the slowest after ${seconds} s (${slowest.name}); the process grew by ${Math.round(grown / 1024 ** 2)} MiB\n`,
    )
    for (const [id, file] of ids) {
      const row = await content.row(id)
      if (row?.status === 'READY' && file.verdict === 'ANY') continue
      expect([file.name, row?.status]).toEqual([file.name, 'FAILED'])
      expect(Object.keys(mediaFailures), file.name).toContain(row?.failure?.code)
      expect(row?.failure?.code, file.name).not.toBe('INTERNAL')
      expect(row?.renditions, file.name).toEqual([])
    }
    expect(connections).toBe(0)
    expect(grown).toBeLessThan(memoryBytes)

    const good = await uploads({
      ...{ name: 'a photograph', contentType: 'image/jpeg', verdict: 'ANY' as const },
      make: () => jpeg,
    })
    await expect.poll(async () => (await content.row(good))?.status, patience).toBe('READY')
  } finally {
    trap.close()
  }
})

const jpeg = await phoneJpeg(1)
