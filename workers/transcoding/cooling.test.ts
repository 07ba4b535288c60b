// Originals go to cheaper storage when nobody has needed them for long, and come back when they are copied.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobRun } from '#platform/queue.ts'
import { settleExposure } from '#subgraphs/content/domain/media-exposure.ts'
import { type Asker, type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { phoneJpeg } from './domain/fixtures.ts'
import { createJobs } from './jobs.ts'
import { cool } from './sweep.ts'

const cold = { storageClass: 'STANDARD_IA', afterDays: 30 }
let content: RunningContent
let alice: Asker
beforeAll(async () => {
  content = await startContent({ cold })
  alice = await content.account()
})
afterAll(() => content.stack.disposeAsync())

const row = async (id: string) => (await content.row(id)) as MediaRow
const draw = (mediaId: string) =>
  createJobs(content.platform)['transcoding.processMedia']({
    ...{
      id: 'job',
      payload: { mediaId },
      attempt: 1,
      lastAttempt: true,
      signal: new AbortController().signal,
    },
  } satisfies JobRun<'transcoding.processMedia'>)
const drawn = async () => {
  const id = await content.uploads(alice, await phoneJpeg(1), 'image/jpeg')
  await draw(id)
  return id
}
const in_ = (days: number) => () => new Date(Date.now() + days * 86_400_000)
const classOf = async (key: string | null | undefined) =>
  (await content.platform.storage.head(key ?? ''))?.storageClass

test('the original alone changes its class, once, when it is old enough; its bytes stay', async () => {
  const { storage } = content.platform
  const id = await drawn()
  const before = await row(id)
  const size = (await storage.head(before.originalKey ?? ''))?.byteSize
  await cool(content.platform, in_(29))
  expect(await classOf(before.originalKey)).toBe('STANDARD')
  await Promise.all([cool(content.platform, in_(31)), cool(content.platform, in_(31))])
  expect(await storage.head(before.originalKey ?? '')).toEqual({
    ...{ byteSize: size, contentType: 'image/jpeg', storageClass: 'STANDARD_IA' },
  })
  for (const { key } of before.renditions) expect(await classOf(key)).toBe('STANDARD')
  expect((await row(id)).isWarm).toBe(false)
  expect(await content.store.listWarmOriginals(in_(31)(), 10)).toEqual([])
})

test('a picture whose original is cold is drawn anew and moved as any other, and is warm again', async () => {
  const id = await drawn()
  await cool(content.platform, in_(31))
  const { post } = await alice.does(
    'createPost',
    { mediaIds: [id], edits: [{ mediaId: id, filter: 'INK' }] },
    'post { status }',
  )
  expect(post.status).toBe('PROCESSING')
  await draw(id)
  const again = await row(id)
  expect([again.status, again.isWarm, await classOf(again.originalKey)]).toEqual(['READY', true, 'STANDARD'])

  await cool(content.platform, in_(31))
  await content.settles()
  const users = content.platform.db('user').collection<{ _id: string }>('users')
  await users.updateOne({ _id: alice.id }, { $set: { isPrivate: true }, $inc: { version: 1 } })
  const { accounts } = content.platform.facts
  await accounts.refresh([alice.id])
  const deps = { ...content.store, accounts, storage: content.platform.storage, now: () => new Date() }
  await settleExposure(deps, id, new AbortController().signal)
  const moved = await row(id)
  // Stores differ in which class a copy has, so it is looked at again.
  expect([moved.exposure, moved.isWarm]).toEqual(['private', true])
  await cool(content.platform, in_(31))
  expect([(await row(id)).isWarm, await classOf(moved.originalKey)]).toEqual([false, 'STANDARD_IA'])
})

test('without a class to go to, originals stay', async () => {
  const id = await drawn()
  const { platform } = content
  await cool({ ...platform, config: { ...platform.config, cold: null } }, in_(365))
  expect(await classOf((await row(id)).originalKey)).toBe('STANDARD')
})
