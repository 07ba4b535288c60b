// A subgraph that dies while it erases an account, or writes its part of a copy: it goes on where it stood when it is back (X1, A9).
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type AccountTask,
  type ExportPart,
  exportPartKey,
  exportPrefix,
} from '#platform/account-lifecycle.ts'
import { encodeEvent } from '#platform/bus.ts'
import type { Platform } from '#platform/service.ts'
import { type EventName, type EventPayload, eventSubject } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { CommentRow } from '#subgraphs/engagement/model.ts'
import { testEnvironment, testPlatform } from './platform.ts'
import { endWaits, settleSubgraph } from './settle.ts'
import { type Child, startProcess } from './system.ts'

let platform: Platform
let stack: AsyncDisposableStack
let engagement: Child
const env = testEnvironment()
const starts = async () => {
  engagement = await startProcess('subgraphs/engagement/main.ts', env)
}
beforeAll(async () => {
  ;({ platform, stack } = await testPlatform({}, env))
  await starts()
}, 120_000)
afterAll(async () => {
  await engagement?.stop()
  await stack?.disposeAsync()
})

const rows = () => platform.db('engagement').collection<CommentRow>('comments')
const tasks = () => platform.db('engagement').collection<AccountTask>('accountTasks')

/** Comments of somebody, under a post of nobody's, as they are when their counters have heard of them. */
async function comments(authorId: string, count: number, text: string): Promise<string[]> {
  const [postId, ownerId] = [newId('post'), newId('user')]
  const made = Array.from({ length: count }, (): CommentRow => {
    const common = { _id: newId('comment'), postId, ownerId, authorId, parentId: null, text }
    return { ...common, createdAt: new Date(), score: 0, deletedAt: null, uncounted: 0 }
  })
  await rows().insertMany(made)
  return made.map(({ _id }) => _id)
}

/** Says what User says. */
async function tells<N extends EventName & ('account.erased' | 'export.requested')>(
  name: N,
  payload: EventPayload<N>,
): Promise<void> {
  const _id = newId('event')
  const subject = `${platform.config.namespace}.${eventSubject(name, payload.userId)}`
  const event = encodeEvent({ _id, name, payload, at: new Date(), sentAt: null })
  await platform.jetstream.publish(subject, event, { msgID: _id })
}

/** The process dies and comes back; its lease ends now, as it would in a minute, and what it had taken comes again. */
async function diesAndReturns(taskId: string): Promise<void> {
  await engagement.kill()
  expect((await tasks().findOne({ _id: taskId }))?.leaseUntil).toBeInstanceOf(Date)
  await tasks().updateOne({ _id: taskId }, { $set: { leaseUntil: new Date() } })
  await endWaits(platform, (durable) => durable.startsWith('engagement-'))
  await starts()
}

test('an erasure that is cut off by a SIGKILL ends whole, and others lose nothing', async () => {
  const [ada, bob] = [newId('user'), newId('user')]
  await comments(ada, 120, 'cormorant')
  const bobs = await comments(bob, 5, 'heron')
  const left = () => rows().countDocuments({ authorId: ada, deletedAt: null })
  await tells('account.erased', { userId: ada })
  await expect.poll(left, { timeout: 120_000, interval: 2 }).toBeLessThan(120)
  const task = `ERASURE:${ada}`
  await diesAndReturns(task)

  await expect
    .poll(async () => (await tasks().findOne({ _id: task }))?.rounds, { timeout: 150_000, interval: 50 })
    .toBe(1)
  await settleSubgraph(platform, 'engagement')
  expect(await rows().countDocuments({ authorId: ada })).toBe(0)
  expect(await rows().distinct('_id', { authorId: bob })).toEqual(bobs.toSorted())
}, 360_000)

test('a copy whose part is cut off by a SIGKILL holds everything once', async () => {
  const ada = newId('user')
  const made = await comments(ada, 8_000, 'cormorant '.repeat(200))
  const exportId = newId('export')
  const of = { userId: ada, exportId }
  await tells('export.requested', of)
  const written = async () => (await platform.storage.listAll(exportPrefix(ada, exportId))).length
  // The first of four objects is there, the others and the word that all are there are not.
  await expect.poll(written, { timeout: 120_000, interval: 2 }).toBeGreaterThan(0)
  await diesAndReturns(`EXPORT:${exportId}`)

  const done = exportPartKey(of, 'engagement')
  await expect.poll(() => platform.storage.head(done), { timeout: 150_000, interval: 50 }).toBeTruthy()
  const part = JSON.parse(await platform.storage.readText(done)) as ExportPart
  const section = part.sections.find(({ name }) => name === 'comments')
  expect(section).toMatchObject({ rows: 8_000 })
  const ids: string[] = []
  for (const key of section?.keys ?? [])
    for await (const line of createInterface({ input: await platform.storage.read(key) }))
      ids.push((JSON.parse(line) as { id: string }).id)
  expect(ids.toSorted()).toEqual(made.toSorted())
  expect(await tasks().countDocuments({ _id: `EXPORT:${exportId}` })).toBe(0)
}, 360_000)
