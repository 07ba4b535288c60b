// The shadow checker: feeds are read while posts are published and deleted, people follow, leave, mute and hide, and Redis loses
// everything; each walk is compared with brute force over MongoDB.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobRow } from '#platform/queue.ts'
import { startWorker } from '#platform/worker.ts'
import { newId } from '#schema/ids.ts'
import { hidePost } from '#subgraphs/feed/domain/hide.ts'
import { cleanTimeline } from '#subgraphs/feed/domain/timeline.ts'
import { createRandom, feedDeps, type TestFeed, testFeed, walkFeed } from '#subgraphs/feed/fixtures.ts'
import { size } from '../../tests/size.ts'
import { fanout } from './main.ts'

let { platform, stack, store, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
  await startWorker(platform, fanout, stack)
})
afterAll(() => stack.disposeAsync())

const enqueue = (
  ...[name, payload]:
    | ['fanout.backfill', { viewerId: string; authorId: string }]
    | ['fanout.deliverPost', { postId: string; authorId: string; afterFollowerId: null }]
) =>
  name === 'fanout.backfill'
    ? platform.jobs.enqueue(name, newId('event'), payload)
    : platform.jobs.enqueue(name, newId('event'), payload)
const atRest = () =>
  expect
    .poll(() => platform.db('feed').collection<JobRow>('jobs').countDocuments({ finishedAt: null }), {
      timeout: 50_000,
    })
    .toBe(0)

/** What a round does at once: who turns to or from whom, which posts end or are hidden meanwhile, and which are new. */
interface Round {
  turned: Map<string, string>
  gone: Set<string>
  fresh: Set<string>
}

test('under a mixed load no walk shows what it must not, misses what it must show, or shows it twice (F1–F6, F8, F11–F13)', async () => {
  const random = createRandom(77)
  const people = await Promise.all(Array.from({ length: size(100, 8) }, () => world.account()))
  const any = () => people[random(people.length)] as string
  const follows = new Set<string>()
  const hidden = new Map(people.map((id) => [id, new Set<string>()]))
  const posts: { id: string; authorId: string }[] = []
  const truth = async (viewer: string) =>
    (await world.expectedFeed(viewer)).filter((id) => !hidden.get(viewer)?.has(id))
  const publish = async ({ fresh }: Pick<Round, 'fresh'> = { fresh: new Set() }) => {
    const [authorId, publishedAt] = [any(), Date.now()]
    const id = await world.post(authorId, publishedAt)
    posts.push({ id, authorId })
    fresh.add(id)
    await enqueue('fanout.deliverPost', { postId: id, authorId, afterFollowerId: null })
  }
  /** As the events of a follow and of its end are handled. */
  const turn = async (viewerId: string, authorId: string) => {
    const key = `${viewerId}:${authorId}`
    if (viewerId === authorId) return
    if (follows.delete(key)) {
      await world.follow(viewerId, authorId, 'NONE')
      const deps = { ...feedDeps(platform, viewerId), store }
      if (await cleanTimeline(deps, viewerId, authorId))
        await enqueue('fanout.backfill', { viewerId, authorId })
    } else {
      follows.add(key)
      await world.follow(viewerId, authorId)
      await enqueue('fanout.backfill', { viewerId, authorId })
    }
  }
  const act = async ({ turned, gone, fresh }: Round) => {
    const choice = random(10)
    const [viewer, other, post] = [any(), any(), posts[random(Math.max(1, posts.length))]]
    if (choice < 5 || !post) return publish({ fresh })
    if (choice < 8) {
      if (turned.has(viewer)) return
      turned.set(viewer, other)
      return turn(viewer, other)
    }
    if (choice === 8) {
      gone.add(post.id)
      return world.deletePost(post.id)
    }
    if (post.authorId === viewer || hidden.get(viewer)?.has(post.id)) return
    gone.add(post.id)
    const deps = { ...feedDeps(platform, viewer), transact: platform.transact('feed') }
    const done = await hidePost(deps, viewer, post.id).catch(() => null)
    if (done) hidden.get(viewer)?.add(post.id)
  }
  for (let i = 0; i < 40; i++) await publish()
  for (const viewer of people) for (let i = 0; i < 3; i++) await turn(viewer, any())
  await atRest()

  for (let round = 0; round < size(60, 3); round++) {
    const viewers = [any(), any(), any()]
    const before = await Promise.all(viewers.map(truth))
    const current: Round = { turned: new Map(), gone: new Set(), fresh: new Set() }
    const wipe = async () => {
      const keys = await platform.cache.keys(`${platform.config.namespace}:*`)
      if (keys.length > 0) await platform.cache.del(keys)
    }
    const [walks] = await Promise.all([
      Promise.all(
        viewers.map((viewer, i) =>
          walkFeed(
            platform,
            viewer,
            () => 1 + random(20),
            undefined,
            i === 0 ? 'RANKED' : 'CHRONOLOGICAL',
          ).catch((error: { code?: string }) => {
            // A ranked walk whose order was lost has to start again, and says so.
            if (error.code !== 'BAD_CURSOR') throw error
            return null
          }),
        ),
      ),
      ...Array.from({ length: 12 }, () => act(current)),
      ...(round % 3 === 1 ? [wipe()] : []),
    ])
    const after = await Promise.all(viewers.map(truth))
    for (const [i, walked] of walks.entries()) {
      if (!walked) continue
      // A post of someone he began to follow may be seen until it is deleted or hidden, a new one of someone he follows until he does
      // no longer: neither end of the round has it.
      const passing = posts.filter(
        ({ id, authorId }) =>
          (current.gone.has(id) || current.fresh.has(id)) &&
          current.turned.get(viewers[i] as string) === authorId,
      )
      const allowed = new Set([...(before[i] ?? []), ...(after[i] ?? []), ...passing.map((post) => post.id)])
      const due = (before[i] ?? []).filter((id) => after[i]?.includes(id))
      expect(new Set(walked).size, 'none twice').toBe(walked.length)
      expect(
        walked.filter((id) => !allowed.has(id)),
        'nothing that is not his',
      ).toEqual([])
      expect(
        due.filter((id) => !walked.includes(id)),
        'nothing missed',
      ).toEqual([])
    }
    await atRest()
    for (const viewer of viewers) {
      expect(await walkFeed(platform, viewer, () => 1 + random(20))).toEqual(await truth(viewer))
    }
  }
})
