// Who may no longer see a post hears no more of it, though nothing happens under it (V5, R3).
import { print } from 'graphql'
import { createClient } from 'graphql-sse'
import { createClient as createSocket } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { within } from '#platform/within.ts'
import { setRole } from '#subgraphs/user/set-role.ts'
import * as op from '../web/src/operations.gen.ts'
import { type Listening, type Person, send } from './person.ts'
import { isProof } from './size.ts'
import { type System, startSystem } from './system.ts'

/** A second in the proof; elsewhere the machine may have more to do than this. */
const soonMs = isProof ? 1_000 : 15_000

let system: System
let alice: Person
let bob: Person
let carol: Person
let dave: Person
let post: { id: string }

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
  bob = await system.signsUp('bob')
  carol = await system.signsUp('carol')
  dave = await system.signsUp('dave')
  await carol.follows(alice)
  post = await system.publishes(alice, 'for everybody')
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const hearsLikes = (person: Person, of = post) =>
  person.listens(op.PostLikedDocument, { postId: of.id, after: null })

async function isCutOff(listening: Listening<unknown>): Promise<void> {
  await expect(listening.next(soonMs)).rejects.toMatchObject({ codes: ['FORBIDDEN'] })
  await expect(listening.next(soonMs)).rejects.toThrow('the subscription ended')
}

/** A signed-out listener over Server-Sent Events: its answers, one after the other. */
function overhears(): AsyncIterator<unknown> {
  const client = createClient({ url: `${system.url}/graphql/stream`, retryAttempts: 0 })
  return client.iterate({ query: print(op.PostLikedDocument), variables: { postId: post.id } })
}

test('a block, a privacy flip, an unfollow and a deletion each end the subscriptions that they concern, and no others (V5, R3)', async () => {
  const [bobs, carols, daves, alices] = [bob, carol, dave, alice].map((person) => hearsLikes(person)) as [
    Listening<op.PostLikedSubscription>,
    Listening<op.PostLikedSubscription>,
    Listening<op.PostLikedSubscription>,
    Listening<op.PostLikedSubscription>,
  ]
  await system.hears(4)
  const stranger = overhears()
  const overheard = stranger.next()
  await system.hears(5)

  await alice.blocks(bob)
  await isCutOff(bobs)
  await system.hears(4)
  await dave.likes(post)
  for (const listening of [carols, daves, alices])
    expect((await listening.next()).postLiked).toMatchObject({ liked: true, actor: { id: dave.id } })
  expect((await overheard).value).toMatchObject({ data: { postLiked: { liked: true } } })

  const last = stranger.next()
  await alice.becomesPrivate()
  await isCutOff(daves)
  expect((await last).value).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  expect((await stranger.next()).done).toBe(true)
  await system.hears(2)
  await carol.likes(post)
  for (const listening of [carols, alices])
    expect((await listening.next()).postLiked).toMatchObject({ actor: { id: carol.id } })

  await carol.unfollows(alice)
  await isCutOff(carols)
  await system.hears(1)

  await alice.does(op.DeletePostDocument, { input: { postId: post.id } })
  await isCutOff(alices)
  await system.hears(0)
})

const people = <N extends string>(...names: N[]) => Promise.all(names.map((name) => system.signsUp(name)))

test('a removed follower, and whom a narrower audience leaves out, hear no more of a post (V5, V15)', async () => {
  const [fay, gus, hal] = (await people('fay', 'gus', 'hal')) as [Person, Person, Person]
  for (const one of [gus, hal]) await one.follows(fay)
  const theirs = await system.publishes(fay, 'for those who follow')
  await fay.becomesPrivate()
  const [guss, hals] = [hearsLikes(gus, theirs), hearsLikes(hal, theirs)]
  await system.hears(2)

  await fay.does(op.RemoveFollowerDocument, { input: { userId: gus.id } })
  await isCutOff(guss)
  await system.hears(1)
  await fay.likes(theirs)
  expect((await hals.next()).postLiked).toMatchObject({ actor: { id: fay.id } })

  const { errors } = await fay.asks(
    'mutation ($input: UpdatePostInput!) { updatePost(input: $input) { post { audience } userErrors { code } } }',
    { input: { postId: theirs.id, audience: 'CLOSE_FRIENDS' } },
  )
  expect(errors).toEqual([])
  await isCutOff(hals)
  await system.hears(0)
})

test('a block ends what the two hear of their conversation (V2, V5)', async () => {
  const [ida, jan] = (await people('ida', 'jan')) as [Person, Person]
  const conversation = await ida.opensConversation(jan)
  await ida.says(conversation, 'there?')
  const [idas, jans] = [ida, jan].map((person) =>
    person.listens(op.MessageReceivedDocument, { conversationId: conversation.id, after: null }),
  ) as [Listening<op.MessageReceivedSubscription>, Listening<op.MessageReceivedSubscription>]
  await system.hears(2)
  await ida.says(conversation, 'yes or no')
  for (const listening of [idas, jans])
    expect((await listening.next()).messageReceived?.message?.text).toBe('yes or no')
  await ida.blocks(jan)
  await isCutOff(jans)
  await isCutOff(idas)
  await system.hears(0)
})

test('who is taken out of a group, or leaves it, hears no more of it, and the others do (V5, D1)', async () => {
  const [nat, ole, pia] = (await people('nat', 'ole', 'pia')) as [Person, Person, Person]
  const group = await nat.opensConversation(ole, pia)
  const variables = { conversationId: group.id, after: null }
  const hearsGroup = (person: Person) => [
    person.listens(op.MessageReceivedDocument, variables),
    person.listens(op.ConversationChangedDocument, variables),
  ]
  // The others' comings and goings, and what they got, may come before.
  const last = async (listening: Listening<unknown>) => {
    for (;;) await listening.next(soonMs)
  }
  const [oles, pias] = [hearsGroup(ole), hearsGroup(pia)]
  const nats = nat.listens(op.MessageReceivedDocument, variables)
  await system.hears(5)

  await nat.does(op.RemoveMemberDocument, { input: { conversationId: group.id, userId: ole.id } })
  for (const listening of oles) await expect(last(listening)).rejects.toMatchObject({ codes: ['FORBIDDEN'] })
  await system.hears(3)

  await pia.does(op.LeaveConversationDocument, { input: { conversationId: group.id } })
  for (const listening of pias) await expect(last(listening)).rejects.toMatchObject({ codes: ['FORBIDDEN'] })
  await system.hears(1)

  await nat.says(group, 'nobody left')
  const texts = []
  while (texts.at(-1) !== 'nobody left') texts.push((await nats.next()).messageReceived?.message?.text)
  // Before it came the lines that tell that they went.
  expect(texts).toEqual([null, null, 'nobody left'])
  nats.stop()
  await system.hears(0)
})

test('of whom one mutes the open feed tells nothing more (V9)', async () => {
  const [kim, leo, mia] = (await people('kim', 'leo', 'mia')) as [Person, Person, Person]
  for (const one of [leo, mia]) await kim.follows(one)
  await system.settle()
  await kim.feed()
  const news = kim.listens(op.FeedUpdatedDocument, { after: null })
  await system.hears(1)
  const first = await system.publishes(leo, 'first')
  expect((await news.next()).feedUpdated?.post?.id).toBe(first.id)
  await kim.asks(`mutation { muteUser(input: { userId: "${leo.id}" }) { userErrors { code } } }`)
  await system.publishes(leo, 'unheard')
  const last = await system.publishes(mia, 'last')
  expect((await news.next()).feedUpdated?.post?.id).toBe(last.id)
  expect(news.waiting).toBe(0)
  news.stop()
  await system.hears(0)
})

test('a suspension ends sockets, streams, the access token and the refresh token within a second (V19)', async () => {
  const eve = await system.signsUp('eve')
  const judge = await system.signsUp('judge')
  await setRole(system.platform, 'judge', 'MODERATOR')
  const authorization = `Bearer ${eve.accessToken}`
  const query = 'subscription { notificationReceived { cursor } }'
  const stream = createClient({
    url: `${system.url}/graphql/stream`,
    retryAttempts: 0,
    headers: { authorization },
  }).iterate({ query })
  const last = stream.next()
  const { promise: closed, resolve } = Promise.withResolvers<{ code: number }>()
  const socket = createSocket({
    url: `${system.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization },
    on: { closed: (event) => resolve(event as { code: number }) },
  })
  socket.subscribe({ query }, { next() {}, error() {}, complete() {} })
  await system.hears(2)
  const { data } = await judge.asks<{ setAccountStatus: { userErrors: object[] } }, object>(
    'mutation ($userId: ID!) { setAccountStatus(input: { userId: $userId, status: SUSPENDED, reason: "a test" }) { userErrors { code } } }',
    { userId: eve.id },
  )
  expect(data?.setAccountStatus.userErrors).toEqual([])
  expect((await within(soonMs, last)).value).toMatchObject({
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  })
  expect((await within(soonMs, closed)).code).toBe(4401)
  await system.hears(0)
  // By now nothing that he holds opens anything.
  const { errors } = await eve.asks('{ viewer { id } }')
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['UNAUTHENTICATED'])
  const refreshed = await send<{ refreshSession: { userErrors: object[] } }, object>(
    system.url,
    'mutation ($refreshToken: String!) { refreshSession(input: { refreshToken: $refreshToken }) { session { id } userErrors { code } } }',
    { refreshToken: eve.refreshToken },
  )
  expect(refreshed.data?.refreshSession).toEqual({ session: null, userErrors: [{ code: 'EXPIRED' }] })
  const seen = await alice.asks('{ user(username: "eve") { id } }')
  expect(seen.data).toEqual({ user: null })
  await socket.dispose()
})
