import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, type RunningGraph, startGraph } from './fixtures.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore } from './store.ts'

let running: RunningGraph
let star: Person
let fans: Person[]
beforeAll(async () => {
  running = await startGraph()
  star = await running.person()
  fans = await Promise.all(Array.from({ length: 25 }, () => running.person()))
  for (const fan of fans) await fan.acts('followUser', star)
  await running.counted()
})
afterAll(() => running.stack.disposeAsync())

async function walk(viewer: Person, of: Person, list: string, first: number): Promise<string[][]> {
  const pages: string[][] = []
  let after: string | null = null
  do {
    const seen: Awaited<ReturnType<Person['sees']>> = await viewer.sees(
      of,
      `${list}(first: ${first}, after: ${JSON.stringify(after)}) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } }`,
    )
    const { nodes, pageInfo } = seen[list]
    expect(pageInfo.hasPreviousPage).toBe(after !== null)
    pages.push(nodes.map(({ id }: { id: string }) => id))
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after)
  return pages
}

test('a list is walked newest first, whole, by pages of any size', async () => {
  const expected = fans.map((fan) => fan.id).toReversed()
  for (const size of [1, 4, 24, 25, 100]) {
    const pages = await walk(running.nobody, star, 'followers', size)
    expect(pages.flat()).toEqual(expected)
    expect(pages.slice(0, -1).every((page) => page.length === size)).toBe(true)
  }
  expect((await walk(star, fans[0] as Person, 'following', 10)).flat()).toEqual([star.id])
  expect((await star.sees(star, 'followers(first: 1) { totalCount }')).followers.totalCount).toBe(25)
})

test('V4: who is hidden from the viewer is left out, and the page is filled up; cursors of before go on', async () => {
  const viewer = await running.person()
  const before = await viewer.sees(star, 'followers(first: 5) { pageInfo { endCursor } }')
  const hidden = fans.slice(10, 20)
  for (const [i, fan] of hidden.entries())
    await (i % 2 ? viewer.acts('blockUser', fan) : fan.acts('blockUser', viewer))
  const visible = fans
    .filter((fan) => !hidden.includes(fan))
    .map((fan) => fan.id)
    .toReversed()
  const pages = await walk(viewer, star, 'followers', 4)
  expect(pages.flat()).toEqual(visible)
  expect(pages.slice(0, -1).every((page) => page.length === 4)).toBe(true)
  const after = before.followers.pageInfo.endCursor
  const rest = await viewer.sees(star, `followers(first: 100, after: "${after}") { nodes { id } }`)
  expect(rest.followers.nodes.map(({ id }: { id: string }) => id)).toEqual(visible.slice(5))
  expect((await walk(running.nobody, star, 'followers', 100)).flat()).toHaveLength(25)
})

test('a page has 1–100 items, and a cursor belongs to its list and viewer', async () => {
  for (const first of [0, -1, 101]) {
    expect(await star.sees(star, `followers(first: ${first}) { nodes { id } }`)).toEqual(['BAD_USER_INPUT'])
  }
  const { followers } = await star.sees(star, 'followers(first: 2) { pageInfo { endCursor } }')
  const cursor = followers.pageInfo.endCursor
  const uses = (person: Person, list: string, after: string) =>
    person.sees(star, `${list}(first: 2, after: ${JSON.stringify(after)}) { nodes { id } }`)
  expect(await uses(star, 'following', cursor)).toEqual(['BAD_CURSOR'])
  expect(await uses(fans[0] as Person, 'followers', cursor)).toEqual(['BAD_CURSOR'])
  expect(await uses(star, 'followers', `${cursor}x`)).toEqual(['BAD_CURSOR'])
  expect(await uses(star, 'followers', '')).toEqual(['BAD_CURSOR'])
})

test('mutual followers are those whom the viewer follows, newest first, by pages, hidden ones left out', async () => {
  const viewer = await running.person()
  const known = fans.slice(0, 6)
  for (const fan of known) await viewer.acts('followUser', fan)
  await viewer.acts('followUser', await running.person())
  const expected = known.map((fan) => fan.id).toReversed()
  for (const size of [1, 4, 100]) {
    expect((await walk(viewer, star, 'mutualFollowers', size)).flat()).toEqual(expected)
  }
  const page = 'mutualFollowers(first: 1) { edges { followedAt node { id } } nodes { id } }'
  const { mutualFollowers } = await viewer.sees(star, page)
  const followedAt = (await running.relation(star, known.at(-1) as Person))?.followedByAt
  expect(new Date(mutualFollowers.edges[0].followedAt)).toEqual(followedAt)
  expect(await running.nobody.sees(star, page)).toEqual({ mutualFollowers: null })
  expect((await walk(fans[7] as Person, star, 'mutualFollowers', 5)).flat()).toEqual([])

  await known[5]?.acts('blockUser', viewer)
  await viewer.acts('unfollowUser', known[4] as Person)
  await running.changes(known[3] as Person, { status: 'SUSPENDED' })
  expect((await walk(viewer, star, 'mutualFollowers', 2)).flat()).toEqual(expected.slice(3))
  await running.changes(known[3] as Person, { status: 'ACTIVE' })

  const secret = await running.person({ isPrivate: true })
  expect(await viewer.sees(secret, page)).toEqual({ mutualFollowers: null })
})

test('mutual followers cost as much as the viewer follows, however many follow the account', async () => {
  const db = running.platform.db('graph')
  await db.command({ profile: 2 })
  const ids = fans.slice(0, 3).map(({ id }) => id)
  const found = await createStore(db).listFollowersAmong(star.id, ids, null, 11)
  await db.command({ profile: 0 })
  expect(found).toHaveLength(3)
  const read = await db
    .collection('system.profile')
    .findOne({ 'command.find': 'relations', 'command.limit': 11 })
  expect(read?.docsExamined).toBe(3)
  expect(read?.keysExamined).toBeLessThanOrEqual(7)
})

test('every list is read in the order of its index, without sorting', async () => {
  const db = running.platform.db('graph')
  const store = createStore(db)
  const lists = [
    ...(['followers', 'following', 'followRequests', 'blockedUsers', 'mutedUsers'] as const),
    ...(['mutedStoryUsers', 'storiesHiddenFrom'] as const),
    ...(['restrictedUsers', 'closeFriends', 'favorites'] as const),
  ]
  await db.command({ profile: 2 })
  for (const list of lists) {
    await store.listUsers(list, star.id, { otherId: 'x', at: new Date() }, 10, new Date())
  }
  await db.command({ profile: 0 })
  const finds = await db
    .collection('system.profile')
    .find({ ns: `${db.databaseName}.relations`, 'command.find': 'relations', 'command.limit': 10 })
    .toArray()
  expect(finds).toHaveLength(lists.length)
  for (const { planSummary, hasSortStage } of finds) {
    expect(planSummary).toMatch(/^IXSCAN { viewerId: 1, \w+At: -1, otherId: -1 }$/)
    expect(hasSortStage).toBeUndefined()
  }
})

test('a page of counts costs one round trip, whoever looks', async () => {
  const db = running.platform.db('graph')
  await db.command({ profile: 2 })
  const refs = [star, ...fans].map(({ id }) => ({ __typename: 'User', id }))
  const { data } = await star.asks(
    'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on User { followerCount followingCount viewerFollowState } } }',
    { refs },
  )
  await db.command({ profile: 0 })
  expect(data._entities).toHaveLength(26)
  const reads = await db
    .collection('system.profile')
    .find({ 'command.aggregate': 'counts', op: 'command' })
    .toArray()
  expect(reads).toHaveLength(1)
  // The counts, and by index what is due to the viewer: nothing.
  expect(reads[0]?.docsExamined).toBeLessThanOrEqual(26)
})

test('a copy of one’s relations tells of others what his own lists show: not whose favourite or close friend he is, nor who restricts him (V20, A9)', async () => {
  const [owner, other] = await Promise.all([running.person(), running.person()])
  for (const act of [
    'followUser',
    'muteUser',
    'restrictUser',
    'addCloseFriend',
    'addFavorite',
    'hideStoriesFrom',
  ])
    for (const [one, another] of [[owner, other] as const, [other, owner] as const])
      await one.acts(act, another)
  const theirs = ['favoriteOfAt', 'closeFriendOfAt', 'restrictedByAt', 'storiesHiddenByAt']
  const row = Object.entries((await running.relation(owner, other)) ?? {})
  expect(row.flatMap(([field, value]) => (value ? [field] : []))).toEqual(expect.arrayContaining(theirs))

  const { sections } = createAccountPart({
    db: running.platform.db('graph'),
    transact: running.platform.transact('graph'),
    relations: running.platform.facts.relations,
    settle: async () => {},
  })
  const told = new Map<string, string[]>()
  for (const [name, rows] of Object.entries(sections))
    for await (const given of rows(owner.id)) told.set(name, Object.keys(given).toSorted())
  const his = [
    'follow',
    'favoriteAt',
    'closeFriendAt',
    'restrictsAt',
    'mutesAt',
    'hidesStoriesAt',
    'followedBy',
  ]
  expect([...told.keys()]).toEqual(
    expect.arrayContaining(['followers', 'following', 'favorites', 'close-friends']),
  )
  for (const [name, fields] of told) {
    expect(fields, name).toEqual(expect.arrayContaining(his))
    expect(
      fields.filter((field) => [...theirs, 'blockedByAt', 'viewerId', 'version'].includes(field)),
      name,
    ).toEqual([])
  }
})
