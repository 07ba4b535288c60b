import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import type { Viewer } from '#platform/viewer.ts'
import type { StreamRow } from '#schema/streams.ts'
import { testPlatform } from '../tests/platform.ts'
import { type AccessWatch, createAccessWatch } from './access-watch.ts'
import { createExecutor, type Executor, type GraphQLAnswer } from './executor/executor.ts'
import { compose, type FixtureContext, localSubgraph, subgraphs } from './executor/fixture.ts'
import { localSource } from './executor/local-source.ts'
import { publishEvent, query } from './live-fixture.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

const topic = 'events.engagement.post.liked.p1'
const author = 'user_author'

let platform: Platform
let stack: AsyncDisposableStack
let executor: Executor<FixtureContext>
let access: AccessWatch
/** References that subgraphs resolved. */
const calls = new Map<string, number>()
const banned = new Set<string>()
/** Viewers to whom everything is forbidden. */
const denied = new Set<string>()

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  executor = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: new Map(subgraphs.map((part) => [part.name, localSource(localSubgraph(part))])),
  })
  access = await createAccessWatch(platform.live, async () => false)
  stack.defer(() => access.stop())
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  calls.clear()
  banned.clear()
  denied.clear()
})

function open(row: Partial<StreamRow> = {}): Subscriptions<FixtureContext> {
  const { live, cursors } = platform
  return createSubscriptions({
    executor,
    live,
    cursors,
    scope: ({ userId }) => ({ calls, banned: denied.has(userId ?? '') ? new Set(['u1']) : banned }),
    streamOf: () => ({ owner: 'engagement', topics: () => [topic], post: () => 'p1', ...row }),
    authorOf: async () => author,
    access,
  })
}

const viewer = (userId: string | null): Viewer => ({
  userId,
  sessionId: userId,
  appId: null,
  scopes: null,
  ip: '127.0.0.1',
  userAgent: null,
})

async function listen(
  subscriptions: Subscriptions<FixtureContext>,
  userId: string | null = null,
  variables: Record<string, unknown> = {},
) {
  const answers = await subscriptions.subscribe(executor.prepare(query), variables, viewer(userId))
  if (!(Symbol.asyncIterator in answers)) throw new Error(JSON.stringify(answers))
  return answers
}

const publish = (postId: string, name = 'post.liked', subject = topic, payload: object = {}) =>
  publishEvent(platform, subject, name, { postId, userId: 'u0', ...payload })

interface Added {
  postAdded: { cursor: string; post: { id: string } }
}
const added = (answer: unknown) => (answer as { data: Added }).data.postAdded
const idOf = (answer: unknown) => added(answer).post.id

test('an event is executed once for all who are signed out, and apart for everyone else', async () => {
  const subscriptions = open()
  const all = await Promise.all([null, null, null, 'u1', 'u2'].map((userId) => listen(subscriptions, userId)))
  calls.clear()
  const next = all.map((answers) => answers.next())
  await publish('p0')
  const answers = await Promise.all(next)
  expect(answers.map(({ value }) => idOf(value))).toEqual(['p0', 'p0', 'p0', 'p0', 'p0'])
  expect(calls.get('accounts')).toBe(3)
  expect(new Set(answers.slice(0, 3).map(({ value }) => value)).size).toBe(1)
  // Whoever came back with a cursor shares with those who did not.
  const { cursor } = added(answers[0]?.value)
  all.push(await listen(subscriptions, null, { after: cursor }))
  calls.clear()
  const again = all.map((each) => each.next())
  await publish('p1')
  expect((await Promise.all(again)).map(({ value }) => idOf(value))).toEqual(Array(6).fill('p1'))
  expect(calls.get('accounts')).toBe(3)
  await Promise.all(all.map((each) => each.return()))
  expect(subscriptions.open).toBe(0)
})

test('of the events that wait for a slow reader the newest is kept where that will do', async () => {
  const subscriptions = open({ coalesce: 'latest' })
  const slow = await listen(subscriptions)
  const fast = await listen(subscriptions)
  await Promise.all(Array.from({ length: 1_200 }, () => publish('p0')))
  await publish('p0')
  const last = (await platform.streams.streams.info(`${platform.config.namespace}_events_engagement`)).state
    .last_seq
  // Reading what is there already tells that all have come.
  const drain = async (answers: typeof slow) => {
    let read = 0
    for await (const answer of answers) {
      read += 1
      const { cursor } = added(answer)
      const [sequence] = JSON.parse(Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString()) as [
        number,
      ]
      if (sequence === last) break
    }
    return read
  }
  expect(await drain(slow)).toBeLessThanOrEqual(101)
  await fast.return()
  expect(subscriptions.open).toBe(0)
})

test('where nothing may be left out, a reader that is too slow is told to start over', async () => {
  const subscriptions = open()
  const slow = await listen(subscriptions)
  await Promise.all(Array.from({ length: 1_002 }, () => publish('p0')))
  // Heard by somebody who came later, so heard by the slow one too.
  const later = await listen(subscriptions)
  const heard = later.next()
  await publish('p1')
  expect(idOf((await heard).value)).toBe('p1')
  await later.return()
  const answers: GraphQLAnswer[] = []
  for await (const answer of slow) answers.push(answer)
  expect(answers).toHaveLength(1_001)
  expect(answers.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'RESYNC' } }] })
  expect(subscriptions.open).toBe(0)
})

test('R3: who loses access is told without an event, and nothing that waited is sent', async () => {
  const subscriptions = open()
  const [mine, theirs] = [
    await listen(subscriptions, 'user_me', { by: 'u1' }),
    await listen(subscriptions, 'user_they', { by: 'u1' }),
  ]
  const relation = { userId: author, otherId: 'user_me' }
  const changes = () => publish('', 'relation.changed', `events.graph.relation.changed.${author}`, relation)
  // A change that takes nothing away changes nothing.
  await changes()
  const first = mine.next()
  await publish('p0')
  expect(idOf((await first).value)).toBe('p0')

  await publish('p1')
  const next = theirs.next()
  expect(idOf((await next).value)).toBe('p0')
  banned.add('u1')
  await changes()
  await expect.poll(() => subscriptions.open).toBe(1)
  expect((await mine.next()).value).toMatchObject({
    data: { postAdded: null },
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
  expect((await mine.next()).done).toBe(true)

  const gone = theirs.next().then(() => theirs.next())
  await publish('', 'post.deleted', 'events.content.post.deleted.p1', { postId: 'p1', authorId: author })
  await gone
  expect(subscriptions.open).toBe(0)
})

const alike = ['PostAdded.cursor', 'PostAdded.post', 'Post.id', 'Post.author', 'User.name']

test('what is alike for all who may listen is executed once for all of them, but for the author', async () => {
  const subscriptions = open({ alike })
  const people = [null, 'u1', 'u2', 'u3', author]
  const all = await Promise.all(people.map((userId) => listen(subscriptions, userId)))
  calls.clear()
  const next = all.map((answers) => answers.next())
  await publish('p0')
  const answers = await Promise.all(next)
  expect(answers.map(({ value }) => idOf(value))).toEqual(people.map(() => 'p0'))
  expect(calls.get('accounts')).toBe(2)
  // One's cursor is good for another, who may listen to the same.
  const { cursor } = added(answers[1]?.value)
  await publish('p1')
  const other = await listen(subscriptions, 'u9', { after: cursor })
  expect(idOf((await other.next()).value)).toBe('p1')

  // A field that is not named makes it every viewer's own again.
  const apart = open({ alike: alike.slice(1) })
  const two = await Promise.all(['u1', 'u2'].map((userId) => listen(apart, userId)))
  calls.clear()
  const heard = two.map((each) => each.next())
  await publish('p2')
  await Promise.all(heard)
  expect(calls.get('accounts')).toBe(2)
  await Promise.all([...all, ...two, other].map((each) => each.return()))
})

test('of those who share an execution, one who loses access takes nothing from the others (V5)', async () => {
  const subscriptions = open({ alike })
  const [first, second] = [
    await listen(subscriptions, 'user_me', { by: 'u1' }),
    await listen(subscriptions, 'user_they', { by: 'u1' }),
  ]
  denied.add('user_me')
  const [mine, theirs] = [first.next(), second.next()]
  await publish('p0')
  expect((await mine).value).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  expect(idOf((await theirs).value)).toBe('p0')
  expect((await first.next()).done).toBe(true)
  await second.return()
})
