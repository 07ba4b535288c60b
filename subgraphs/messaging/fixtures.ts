// Messaging for its tests, on real MongoDB, Redis and NATS: people, how they stand to each other, and what they say.
import { parse } from 'graphql'
import { expect } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import type { StoryFactsRow } from '#platform/stories.ts'
import { createRequest, type RunningSubgraph, startSubgraph } from '#platform/subgraph.ts'
import type { DomainEvent, EventName } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { testEnvironment, testPlatform } from '../../tests/platform.ts'
import { accountRow, postRow, storyRow } from '../../tests/rows.ts'
import { messaging } from './main.ts'
import { createAccountPart } from './store/account-part.ts'

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: what a document selects is known by its test alone
  data: any
  codes: unknown[]
}

const viewerOf = (userId: string | null) => ({
  userId,
  sessionId: userId && 'session_1',
  ip: '',
  userAgent: null,
  appId: null,
  scopes: null,
})

/** What clients send as bytes, in base64. */
export const bytes = (text: string) => Buffer.from(text).toString('base64')

const messageFields = `id sequence kind text sender { id } sharedPost { id } media { id } replyTo { id text }
  reactions { emoji user { id } } editedAt unsentAt`

/** A running Messaging; dispose `stack` when the file is done. `env` overrides the environment. */
export async function startMessaging(env: Record<string, string> = {}) {
  const { platform, stack } = await testPlatform({}, testEnvironment(env))
  const start = () => startSubgraph(platform, messaging, stack)
  const first = await start()
  const documents = new Map<string, ReturnType<typeof parse>>()

  const account = async (change: Partial<AccountRow> = {}): Promise<string> => {
    const row = accountRow(change)
    await platform.db('user').collection<AccountRow>('users').insertOne(row)
    return row._id
  }
  const shadowBan = (userId: string, shadowBanned = true) =>
    platform.facts.accounts.changing([userId], () =>
      platform
        .db('user')
        .collection<AccountRow>('users')
        .updateOne({ _id: userId }, { $set: { shadowBanned }, $inc: { version: 1 } }),
    )
  const people = (count: number) => Promise.all(Array.from({ length: count }, () => account()))

  const post = async (change: Partial<PostFactsRow> & { authorId: string }) => {
    const row = postRow(change)
    await platform.db('content').collection<PostFactsRow>('posts').insertOne(row)
    return row._id
  }
  const story = async (change: Partial<StoryFactsRow> & { authorId: string }) => {
    const row = storyRow(change)
    await platform.db('content').collection<StoryFactsRow>('stories').insertOne(row)
    return row._id
  }
  const media = async (ownerId: string, status = 'READY', kind = 'IMAGE') => {
    const row = { _id: newId('media'), ownerId, status, kind, renditions: [] }
    await platform.db('content').collection<typeof row>('media').insertOne(row)
    return row._id
  }

  const relate = async (viewerId: string, otherId: string, change: Partial<RelationRow>) => {
    const _id = relationKey(viewerId, otherId)
    const none = { followAt: null, followedByAt: null, blocksAt: null, blockedByAt: null, mutesAt: null }
    const stranger = { ...none, _id, viewerId, otherId, follow: 'NONE', followedBy: 'NONE', mutesUntil: null }
    const rows = platform.db('graph').collection<RelationRow>('relations')
    const known = await rows.findOne({ _id })
    const row = { ...stranger, ...known, ...change, version: (known?.version ?? 0) + 1 } as RelationRow
    await platform.facts.relations.changing([_id], () => rows.replaceOne({ _id }, row, { upsert: true }))
  }
  const follow = async (viewerId: string, otherId: string) => {
    await relate(viewerId, otherId, { follow: 'FOLLOWING' })
    await relate(otherId, viewerId, { followedBy: 'FOLLOWING' })
  }
  const block = async (viewerId: string, otherId: string) => {
    await relate(viewerId, otherId, { blocksAt: new Date() })
    await relate(otherId, viewerId, { blockedByAt: new Date() })
  }

  const ask = async (
    userId: string | null,
    query: string,
    variables: Record<string, unknown> = {},
    rootValue?: object,
    subgraph: RunningSubgraph = first,
  ): Promise<Answer> => {
    const document = documents.get(query) ?? parse(query)
    documents.set(query, document)
    const context = subgraph.contextFor(createRequest(platform, viewerOf(userId)))
    const { data, errors } = await subgraph.execute({ document, variables, context, rootValue })
    return { data, codes: (errors ?? []).map((error) => subgraph.format(error).extensions.code) }
  }

  /** The answer to a mutation. */
  const call = (userId: string, name: string, input: object, fields: string, subgraph = first) => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`
    const query = `mutation ($input: ${type}) { ${name}(input: $input) { ${fields} userErrors { code field } } }`
    return ask(userId, query, { input }, undefined, subgraph)
  }
  /** The payload of a mutation that has no errors at the top. */
  const mutate = async (userId: string, name: string, input: object, fields: string, subgraph = first) => {
    const { data, codes } = await call(userId, name, input, fields, subgraph)
    expect(codes).toEqual([])
    return data[name]
  }
  /** The code with which a mutation is refused, in its payload or at the top; null when it is not. */
  const refusal = async (userId: string, name: string, input: object) => {
    const { data, codes } = await call(userId, name, input, '__typename')
    return codes[0] ?? data?.[name]?.userErrors[0]?.code ?? null
  }

  /** Has someone take part in encrypted conversations with a device. */
  const publish = (
    userId: string,
    deviceId = 'phone',
    keyPackages: string[] = [],
    lastResort = 'last resort',
  ) =>
    mutate(
      userId,
      'publishKeyPackages',
      { deviceId, keyPackages: keyPackages.map(bytes), lastResort: bytes(`${userId} ${lastResort}`) },
      'device { id keyPackageCount }',
    )

  const converse = async (userId: string, memberIds: string[], title?: string) =>
    (await mutate(userId, 'createConversation', { memberIds, title }, 'conversation { id }')).conversation
      .id as string
  const send = (
    userId: string,
    conversationId: string,
    text: string | null,
    more: object = {},
    subgraph: RunningSubgraph = first,
  ) =>
    mutate(
      userId,
      'sendMessage',
      { conversationId, text, clientMessageId: newId('message'), ...more },
      `message { ${messageFields} }`,
      subgraph,
    )
  const conversation = async (userId: string | null, id: string) => {
    const query = `query ($id: ID!) { conversation(id: $id) { id folder unreadCount title kind
      lastMessage { id text } members { user { id } role lastReadMessageId }
      messages(last: 100) { nodes { ${messageFields} } } } }`
    return (await ask(userId, query, { id })).data.conversation
  }
  const folder = async (userId: string, name: string) => {
    const query =
      'query ($folder: ConversationFolder) { conversations(first: 50, folder: $folder) { nodes { id } } }'
    const { data } = await ask(userId, query, { folder: name })
    return data.conversations.nodes.map((node: { id: string }) => node.id) as string[]
  }
  const part = createAccountPart({
    db: platform.db('messaging'),
    transact: platform.transact('messaging'),
    facts: platform.facts,
  })
  /** A section of the copy that someone gets of his data. */
  const copyOf = async (userId: string, section: 'conversations' | 'messages') => {
    const rows: object[] = []
    for await (const row of part.sections[section]?.(userId) ?? []) rows.push(row)
    return rows
  }
  /** Erases Messaging's part of an account, as its deletion has it done (A9). */
  const erases = async (userId: string) => {
    for (const step of part.erase) while (await step(userId));
  }
  /** The events of a name that were committed for a conversation, oldest first. */
  const emitted = (name: EventName, conversationId: string) =>
    platform
      .db('messaging')
      .collection<{ name: EventName; payload: Record<string, unknown> }>('outbox')
      .find({ name, 'payload.conversationId': conversationId })
      .sort({ _id: 1 })
      .toArray()
  /** What a subscription brings a viewer of an event. */
  const hear = (
    userId: string | null,
    query: string,
    event: { name: EventName; payload: object },
    args = {},
  ) => ask(userId, query, args, { cursor: '1', event: event as unknown as DomainEvent })

  return {
    platform,
    stack,
    start,
    account,
    shadowBan,
    people,
    post,
    story,
    media,
    relate,
    follow,
    block,
    ask,
    call,
    mutate,
    refusal,
    publish,
    converse,
    send,
    conversation,
    folder,
    copyOf,
    erases,
    emitted,
    hear,
  }
}

export type RunningMessaging = Awaited<ReturnType<typeof startMessaging>>
