// Pictures in messages: those who are written to see them, nobody else does, and they stay as long as a message shows them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from './person.ts'
import { phonePhotograph } from './pictures.ts'
import { type System, startSystem } from './system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
}, 180_000)
afterAll(() => system?.[Symbol.asyncDispose]())

interface Shown {
  id: string
  renditions: { url: string }[]
}
const mediaFields = 'media { id renditions { url } }'
const history = `query ($id: ID!) { conversation(id: $id) { messages(last: 10) { nodes { id ${mediaFields} } } } }`
const byId = `query ($id: ID!) { node(id: $id) { ... on Media { id renditions { url } } } }`

async function calls(person: Person, mutation: string, input: Record<string, unknown>, fields = '') {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`
  const { data, errors } = await person.asks<
    Record<string, { message?: { id: string }; userErrors: { code: string }[] }>,
    { input: Record<string, unknown> }
  >(
    `mutation ($input: ${type}) { ${mutation}(input: $input) { ${fields} userErrors { code message field } } }`,
    { input },
  )
  expect(errors).toEqual([])
  return data?.[mutation]
}

const sees = async (person: Person, id: string): Promise<Shown | null> =>
  (await person.asks<{ node: Shown | null }, { id: string }>(byId, { id })).data?.node ?? null

async function statusOf(url: string | undefined): Promise<number> {
  const answer = await fetch(url ?? '')
  await answer.arrayBuffer()
  return answer.status
}

test('a picture in a message is seen and fetched by its recipient, by no stranger, until it is unsent (D1, D5, V16)', async () => {
  const [alice, bob, eve] = await Promise.all(['alice', 'bob', 'eve'].map((name) => system.signsUp(name)))
  if (!alice || !bob || !eve) throw new Error('nobody there')
  const photo = await alice.uploads(await phonePhotograph(), 'image/jpeg')
  await system.settle()
  expect(await sees(bob, photo)).toBeNull()

  const conversation = await alice.opensConversation(bob)
  const input = { conversationId: conversation.id, mediaId: photo, clientMessageId: crypto.randomUUID() }
  const sent = (await calls(alice, 'sendMessage', input, 'message { id }'))?.message
  const { data } = await bob.asks<
    { conversation: { messages: { nodes: { id: string; media: Shown | null }[] } } },
    { id: string }
  >(history, { id: conversation.id })
  const [message] = data?.conversation.messages.nodes ?? []
  expect(message).toMatchObject({ id: sent?.id, media: { id: photo } })
  const url = message?.media?.renditions.at(-1)?.url
  expect(await statusOf(url)).toBe(200)
  // Not without the signature.
  expect(await statusOf(url?.split('?')[0])).toBe(403)
  expect((await sees(bob, photo))?.renditions.length).toBeGreaterThan(0)
  expect(await sees(eve, photo)).toBeNull()
  const strange = await eve.asks<{ conversation: unknown }, { id: string }>(history, { id: conversation.id })
  expect(strange.data?.conversation ?? null).toBeNull()

  // Neither its owner's word nor the end of a post that shows it takes it out of the conversation.
  expect((await calls(alice, 'deleteMedia', { mediaId: photo }))?.userErrors).toMatchObject([
    { code: 'CONFLICT', field: ['input', 'mediaId'] },
  ])
  const post = await alice.posts([photo])
  expect((await calls(alice, 'deletePost', { postId: post.id }))?.userErrors).toEqual([])
  await system.settle()
  expect(await statusOf((await sees(bob, photo))?.renditions.at(-1)?.url)).toBe(200)

  expect((await calls(alice, 'unsendMessage', { messageId: sent?.id }))?.userErrors).toEqual([])
  expect(await sees(bob, photo)).toBeNull()
  expect((await calls(alice, 'deleteMedia', { mediaId: photo }))?.userErrors).toEqual([])
  await system.settle()
  expect(await sees(alice, photo)).toBeNull()
})
