// The story tray on real MongoDB and Redis.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storyMs } from '#platform/stories.ts'
import { createVisibility } from '#platform/visibility.ts'
import { newId } from '#schema/ids.ts'
import { feedDeps, type TestFeed, testFeed } from '../fixtures.ts'
import { storyTray } from './story-tray.ts'

let { platform, stack, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, world } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const tray = (
  viewerId: string | null,
  args: { first?: number; after?: string | null } = {},
  now: () => number = Date.now,
) => {
  const { facts } = platform
  const visibility = createVisibility(facts, viewerId, now)
  const deps = { ...feedDeps(platform, viewerId, { now, visibility }), stories: facts.stories }
  return storyTray(deps, viewerId, { first: 100, ...args })
}
const ringsOf = async (viewerId: string, now?: () => number) =>
  (await tray(viewerId, {}, now)).edges.map(({ author, hasUnseen, stories }) => [
    author.id,
    hasUnseen,
    stories.map(({ id }) => id),
  ])
const authorsOf = async (viewerId: string, now?: () => number) =>
  (await tray(viewerId, {}, now)).edges.map(({ author }) => author.id)
const followed = async (viewerId: string) => {
  const author = await world.account()
  await world.follow(viewerId, author)
  return author
}

test('one’s own stand first, then what is unseen, the closer ones before the later ones', async () => {
  const viewer = await world.account()
  const [seen, later, earlier, friend, favorite] = await Promise.all(
    Array.from({ length: 5 }, () => followed(viewer)),
  )
  if (!seen || !later || !earlier || !friend || !favorite) throw new Error('nobody')
  await world.follow(friend, viewer)
  await world.favor(viewer, favorite)
  const ago = (minutes: number) => ({ createdAt: new Date(Date.now() - minutes * 60_000) })
  const ids = {
    favorite: await world.story(favorite, ago(50)),
    friend: await world.story(friend, ago(40)),
    earlier: await world.story(earlier, ago(30)),
    later: await world.story(later, ago(20)),
    seen: await world.story(seen, ago(10)),
    own: await world.story(viewer, ago(60)),
    more: await world.story(friend, ago(5)),
  }
  await world.sees(viewer, ids.seen)
  await world.sees(viewer, ids.friend)
  expect(await ringsOf(viewer)).toEqual([
    [viewer, false, [ids.own]],
    [favorite, true, [ids.favorite]],
    [friend, true, [ids.friend, ids.more]],
    [later, true, [ids.later]],
    [earlier, true, [ids.earlier]],
    [seen, false, [ids.seen]],
  ])
  await world.sees(viewer, ids.more)
  expect((await authorsOf(viewer)).slice(-2)).toEqual([friend, seen])
})

test('at its end a story is gone from the tray with every worker stopped (S1)', async () => {
  const viewer = await world.account()
  const author = await followed(viewer)
  const createdAt = new Date()
  await world.story(author, { createdAt })
  const own = await world.story(viewer, { createdAt: new Date(createdAt.getTime() + 1) })
  const end = createdAt.getTime() + storyMs
  expect(await authorsOf(viewer, () => end - 1)).toEqual([viewer, author])
  expect(await ringsOf(viewer, () => end)).toEqual([[viewer, false, [own]]])
  expect(await ringsOf(viewer, () => end + 1)).toEqual([])
})

test('whom one mutes, or who hides his stories, has no ring; nor strangers, the suspended, or what is not published (V9, V19)', async () => {
  const viewer = await world.account()
  const muted = await followed(viewer)
  const mutedStories = await followed(viewer)
  const mutedOnce = await followed(viewer)
  const hiding = await followed(viewer)
  const suspended = await world.account({ status: 'SUSPENDED' })
  const unready = await followed(viewer)
  const unfollowed = await followed(viewer)
  const stranger = await world.account()
  await world.follow(viewer, suspended)
  await world.mute(viewer, muted)
  await world.muteStories(viewer, mutedStories)
  await world.muteStories(viewer, mutedOnce, new Date(Date.now() - 1))
  await world.hideStories(hiding, viewer)
  await world.follow(viewer, unfollowed, 'NONE')
  for (const author of [muted, mutedStories, mutedOnce, hiding, suspended, unfollowed, stranger])
    await world.story(author)
  await world.story(unready, { status: 'PROCESSING' })
  await world.story(unready, { status: 'DELETED' })
  await world.story(unready, { status: 'REMOVED' })
  expect(await authorsOf(viewer)).toEqual([mutedOnce])
})

test('a story for close friends leaves no ring and no count for others (V17)', async () => {
  const [friend, other] = [await world.account(), await world.account()]
  const author = await world.account()
  const both = await world.account()
  for (const viewer of [friend, other]) for (const one of [author, both]) await world.follow(viewer, one)
  for (const one of [author, both]) await world.closeFriend(one, friend)
  const secret = await world.story(author, { audience: 'CLOSE_FRIENDS' })
  const open = await world.story(both)
  const hidden = await world.story(both, { audience: 'CLOSE_FRIENDS' })
  expect(await ringsOf(friend)).toEqual([
    [both, true, [open, hidden]],
    [author, true, [secret]],
  ])
  expect(await ringsOf(other)).toEqual([[both, true, [open]]])
  await world.sees(other, open)
  expect(await ringsOf(other)).toEqual([[both, false, [open]]])
})

test('the order holds for a walk, whatever is seen and published meanwhile', async () => {
  const viewer = await world.account()
  const authors = await Promise.all(Array.from({ length: 12 }, () => followed(viewer)))
  const stories = await Promise.all(authors.map((author) => world.story(author)))
  await world.story(viewer)
  for (const id of stories.slice(0, 4)) await world.sees(viewer, id)
  // What is seen and made in the walk's first millisecond would count as before it.
  const startedAt = Date.now() + 1
  await expect.poll(() => Date.now()).toBeGreaterThan(startedAt + 1)
  let now = () => startedAt
  const expected = await authorsOf(viewer, now)
  const walked: string[] = []
  let after: string | null = null
  for (let page = 0; ; page++) {
    const { edges, pageInfo } = await tray(viewer, { first: 5, after }, now)
    walked.push(...edges.map(({ author }) => author.id))
    if (!pageInfo.hasNextPage) break
    expect(edges).toHaveLength(5)
    now = Date.now
    await world.sees(viewer, stories[page + 6] as string)
    await world.story(authors[page + 1] as string)
    after = pageInfo.endCursor
  }
  expect(walked).toEqual(expected)

  await expect(tray(viewer, { after: 'made.up' })).rejects.toMatchObject({ code: 'BAD_CURSOR' })
  await expect(tray(await world.account(), { after })).rejects.toMatchObject({ code: 'BAD_CURSOR' })
  await expect(tray(viewer, { first: 0 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  expect((await tray(null)).edges).toEqual([])
})

test('a tray costs the same reads for many followees as for few', async () => {
  const viewer = await world.account()
  const readsFor = async (first: number) => {
    const names = ['user', 'graph', 'content'] as const
    for (const name of names) await platform.db(name).command({ profile: 2 })
    const { edges } = await tray(viewer, { first })
    let reads = 0
    for (const name of names) {
      const db = platform.db(name)
      await db.command({ profile: 0 })
      reads += await db.collection('system.profile').countDocuments({ op: { $in: ['query', 'command'] } })
      await db.collection('system.profile').drop()
    }
    expect(edges).toHaveLength(first)
    return reads
  }
  const people = async (count: number) => {
    for (let i = 0; i < count; i++) await world.story(await followed(viewer))
    // Who has no story costs nothing.
    for (let i = 0; i < count; i++) await world.follow(viewer, newId('user'))
  }
  await people(3)
  const few = await readsFor(3)
  await people(30)
  expect(await readsFor(33)).toBe(few)
})
