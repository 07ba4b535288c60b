import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import type { Viewer } from '#platform/viewer.ts'
import type { StreamRow } from '#schema/streams.ts'
import { collectGarbage } from '../tests/heap.ts'
import { testPlatform } from '../tests/platform.ts'
import { type AccessWatch, createAccessWatch } from './access-watch.ts'
import { createExecutor, type Executor, type GraphQLAnswer } from './executor/executor.ts'
import { compose, type FixtureContext, localSources, subgraphs } from './executor/fixture.ts'
import { publishEvent, query } from './live-fixture.ts'
import { sourcesOf } from './place.ts'
import { Subscriber } from './subscriber.ts'
import { createSubscriptions, type Subscriptions, type SubscriptionsOptions } from './subscriptions.ts'
import { createTriggers, type Sharing } from './triggers.ts'

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
    sources: localSources(subgraphs),
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

function open(
  row: Partial<StreamRow> = {},
  options: Partial<SubscriptionsOptions<FixtureContext>> = {},
): Subscriptions<FixtureContext> {
  const { live, cursors } = platform
  return createSubscriptions({
    executor,
    live,
    cursors,
    scope: ({ userId }) => ({ calls, banned: denied.has(userId ?? '') ? new Set(['u1']) : banned }),
    streamOf: () => ({ owner: 'engagement', topics: () => [topic], about: () => 'p1', ...row }),
    ownerOf: async () => author,
    access,
    onError: (error) => {
      throw error
    },
    ...options,
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

test('what fails for all who share an execution is not executed once more for each of them', async () => {
  const subscriptions = open({ alike })
  const all = await Promise.all(['u1', 'u2', 'u3'].map((userId) => listen(subscriptions, userId)))
  calls.clear()
  const next = all.map((answers) => answers.next())
  // Its author cannot be had, whoever asks.
  await publish('p6')
  for (const answer of await Promise.all(next)) {
    expect(answer.value).toMatchObject({
      data: { postAdded: { post: { id: 'p6', author: { name: null } } } },
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    })
  }
  expect(calls.get('accounts')).toBe(1)
  await Promise.all(all.map((each) => each.return()))
})

test('whoever was asked again whether he may listen leaves nothing behind', async () => {
  const { live, cursors } = platform
  const scope = () => ({ calls, banned })
  const triggers = createTriggers(executor, scope)
  /** Members of triggers who have not left. */
  const members = new Set<object>()
  const counted: typeof triggers = {
    join(...wanted) {
      const trigger = triggers.join(...wanted)
      members.add(trigger)
      const leave = () => {
        members.delete(trigger)
        trigger.leave()
      }
      return { ask: (occasion, asker) => trigger.ask(occasion, asker), leave }
    },
  }
  const subscriber = (sharing: Sharing) =>
    new Subscriber(
      {
        executor,
        scope,
        live,
        cursors,
        access,
        triggers: counted,
        open: new Set<Subscriber<FixtureContext>>(),
        onError: () => {},
      },
      {
        ...{ prepared: executor.prepare(query), variables: {}, viewer: viewer(null), sharing },
        ...{ responseName: 'postAdded', subjectId: 'p1', ownerId: author, sources: sourcesOf([topic]) },
        ...{ list: { list: 'postAdded', viewerId: null }, isLatest: false },
      },
    )
  const all = (['session', 'session', 'alike', 'alike', 'none'] as const).map(subscriber)
  for (let change = 0; change < 3; change++) {
    const wave = {}
    // One after the other: from the second on the answer is there at once.
    for (const one of all) expect(await one.recheck(wave)).toBe(true)
  }
  expect(members.size).toBeLessThanOrEqual(2 * all.length)
  await Promise.all(all.map((one) => one.return()))
  expect(members.size).toBe(0)
  // Nor does he come back to be asked.
  expect(await all[2]?.recheck({})).toBe(true)
  expect(members.size).toBe(0)
})

test('who hears nothing more keeps no answer', async () => {
  const answers: WeakRef<GraphQLAnswer>[] = []
  const onEvent: typeof executor.onEvent = async (...event) => {
    const answer = await executor.onEvent(...event)
    answers.push(new WeakRef(answer))
    return answer
  }
  const subscriptions = open({ alike }, { executor: { ...executor, onEvent } })
  const kept = () => {
    collectGarbage()
    return answers.filter((answer) => answer.deref() !== undefined).length
  }
  /** Takes the next answer and lets go of it. */
  const hear = async (stream: Awaited<ReturnType<typeof listen>>) => idOf((await stream.next()).value)

  // The author shares with nobody.
  const alone = await listen(subscriptions, author)
  const heard = hear(alone)
  await publish('p0')
  expect(await heard).toBe('p0')
  await expect.poll(kept, { timeout: 10_000 }).toBe(0)
  await alone.return()

  const two = await Promise.all(['u1', 'u2'].map((userId) => listen(subscriptions, userId)))
  const both = Promise.all(two.map(hear))
  await publish('p1')
  expect(await both).toEqual(['p1', 'p1'])
  // Somebody hears of something else.
  const elsewhere = 'events.engagement.post.liked.p2'
  const other = open({ topics: () => [elsewhere] })
  const third = await listen(other)
  const news = hear(third)
  await publish('p2', 'post.liked', elsewhere)
  expect(await news).toBe('p2')
  await expect.poll(kept, { timeout: 10_000 }).toBe(0)
  await Promise.all([...two, third].map((each) => each.return()))
})

test('when what was lost on the way cannot be read, the listener starts over and the log says why', async () => {
  const lost = new Error('connect ECONNREFUSED mongo-0.internal')
  const logged: unknown[] = []
  let gap: (() => void) | undefined
  const live: typeof platform.live = {
    ...platform.live,
    attach(topics, onEvent, onGap) {
      gap = onGap
      return platform.live.attach(topics, onEvent, onGap)
    },
    recall: () => Promise.reject(lost),
  }
  const subscriptions = open({}, { live, onError: (error) => logged.push(error) })
  const answers = await listen(subscriptions)
  const next = answers.next()
  gap?.()
  expect((await next).value).toMatchObject({ errors: [{ extensions: { code: 'RESYNC' } }] })
  expect((await answers.next()).done).toBe(true)
  expect(logged).toEqual([lost])
  expect(subscriptions.open).toBe(0)
})

test('what was lost on the way is not read any more for who goes meanwhile', async () => {
  let gap: (() => void) | undefined
  const asked = Promise.withResolvers<() => boolean>()
  const live: typeof platform.live = {
    ...platform.live,
    attach(topics, onEvent, onGap) {
      gap = onGap
      return platform.live.attach(topics, onEvent, onGap)
    },
    recall(_topics, _since, _afterId, isWanted = () => true) {
      asked.resolve(isWanted)
      return new Promise(() => {})
    },
  }
  const answers = await listen(open({}, { live }))
  const next = answers.next()
  gap?.()
  const isWanted = await asked.promise
  expect(isWanted()).toBe(true)
  await answers.return()
  expect(isWanted()).toBe(false)
  expect((await next).done).toBe(true)
})

test('who could not hear all of his topics hears none of them', async () => {
  /** How often topics were attached and detached. */
  const seen = { attached: 0, detached: 0 }
  const live: typeof platform.live = {
    ...platform.live,
    async attach(topics, onEvent, onGap) {
      if (topics[0]?.startsWith('events.content.')) throw new Error('no stream')
      // Resolves long after the other has failed.
      const { detach } = await platform.live.attach(topics, onEvent, onGap)
      seen.attached += 1
      return {
        detach() {
          seen.detached += 1
          detach()
        },
      }
    },
  }
  const topics = () => [topic, 'events.content.post.deleted.p1']
  const subscriptions = open({ topics }, { live })
  await expect(listen(subscriptions)).rejects.toThrow('no stream')
  await expect.poll(() => seen).toEqual({ attached: 1, detached: 1 })
  expect(subscriptions.open).toBe(0)
})
