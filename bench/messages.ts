// Messages: how many are sent durably a second, and what a page of a long history costs.
import { parse } from 'graphql'
import type { OutboxRow } from '#platform/mongo.ts'
import { newId } from '#schema/ids.ts'
import { messaging } from '#subgraphs/messaging/main.ts'
import type { ConversationRow, MemberRow, MessageRow } from '#subgraphs/messaging/model.ts'
import { type Figure, type Measurement, percentile } from './figure.ts'
import { scaled } from './size.ts'
import { type OpenSubgraph, openSubgraph } from './subgraph.ts'

const conversationCount = 64
const perConversation = 25
const total = conversationCount * perConversation

const send = parse(`mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id sequence text sentAt sender { id } } userErrors { code } } }`)
const readPage = parse(`query ($id: ID!) { conversation(id: $id) {
  messages(last: 50) { nodes { id sequence text sentAt sender { id } } pageInfo { startCursor } } } }`)

/** A conversation of two who have accepted it. */
export function conversationRow(userIds: readonly string[], lastSequence = 0): ConversationRow {
  const now = new Date()
  const member = (userId: string): MemberRow => ({
    userId,
    role: 'MEMBER',
    folder: 'PRIMARY',
    declinedAt: null,
    readSequence: 0,
    readMessageId: null,
    deliveredSequence: lastSequence,
    sentUnread: 0,
  })
  return {
    _id: newId('conversation'),
    kind: 'DIRECT',
    directKey: [...userIds].sort().join(':'),
    title: null,
    members: userIds.map(member),
    lastSequence,
    lastMessageId: null,
    lastActivityAt: now,
    createdAt: now,
  }
}

function messageRow(conversationId: string, sequence: number, senderId: string): MessageRow {
  const _id = newId('message')
  return {
    _id,
    conversationId,
    sequence,
    senderId,
    clientMessageId: _id,
    text: `Message ${sequence} of a long conversation`,
    sharedPostId: null,
    draftHash: 'x'.repeat(43),
    sentAt: new Date(),
  }
}

/** So many pairs of new accounts. */
async function pairs({ accounts }: OpenSubgraph, count: number): Promise<[string, string][]> {
  const ids = await accounts(count * 2)
  return Array.from({ length: count }, (_, i) => [ids[i * 2] ?? '', ids[i * 2 + 1] ?? ''])
}

/** Messages a second, of senders who write at once, one message after the other. */
async function rate(work: (conversation: number, message: number) => Promise<void>): Promise<Measurement> {
  const started = performance.now()
  await Promise.all(
    Array.from({ length: conversationCount }, async (_, conversation) => {
      for (let i = 1; i <= perConversation; i++) await work(conversation, i)
    }),
  )
  return { rate: (total * 1_000) / (performance.now() - started) }
}

/** Opens the figure of sending. */
export async function messagesDurable(stack: AsyncDisposableStack): Promise<Figure> {
  const opened = await openSubgraph(stack, messaging)
  const { platform, execute } = opened
  const people = await pairs(opened, conversationCount)
  const db = platform.db('messaging')
  const conversations = db.collection<ConversationRow>('conversations')

  const product = async () => {
    const rows = people.map((pair) => ({ ...conversationRow(pair), directKey: newId('conversation') }))
    await conversations.insertMany(rows)
    return rate(async (c, i) => {
      const input = { conversationId: rows[c]?._id, text: `Message ${i}`, clientMessageId: newId('message') }
      await execute(people[c]?.[0] ?? '', send, { input })
    })
  }
  // The same documents under other names, without anyone who listens.
  const raw = {
    conversations: db.collection<ConversationRow>('rawConversations'),
    messages: db.collection<MessageRow>('rawMessages'),
    outbox: db.collection<OutboxRow>('rawOutbox'),
  }
  await raw.messages.createIndexes(await db.collection('messages').indexes())
  const baseline = async () => {
    const rows = people.map((pair) => ({ ...conversationRow(pair), directKey: newId('conversation') }))
    await raw.conversations.insertMany(rows)
    return rate(async (c) => {
      const [senderId = '', otherId = ''] = people[c] ?? []
      const conversationId = rows[c]?._id ?? ''
      await platform.mongo.withSession((session) =>
        session.withTransaction(async () => {
          const row = await raw.conversations.findOneAndUpdate(
            { _id: conversationId, 'members.userId': senderId },
            { $inc: { lastSequence: 1, 'members.$.sentUnread': 1 }, $set: { lastActivityAt: new Date() } },
            { session, returnDocument: 'after' },
          )
          const message = messageRow(conversationId, row?.lastSequence ?? 0, senderId)
          await raw.messages.insertOne(message, { session })
          const { sequence, _id: messageId } = message
          const payload = { messageId, conversationId, senderId, sequence, memberIds: [senderId, otherId] }
          const event: OutboxRow = {
            _id: newId('event'),
            name: 'message.sent',
            payload,
            at: new Date(),
            sentAt: null,
          }
          await raw.outbox.insertOne(event, { session })
        }),
      )
    })
  }
  await product()
  await baseline()
  return {
    name: 'messages-durable',
    what: `${total} messages in ${conversationCount} conversations of two at once, each acknowledged when a majority's journals have it.`,
    units: { rate: 'messages/s' },
    better: 'more',
    product: {
      name: '`sendMessage` at the subgraph: policy, exactly once, transaction, and the relay that publishes meanwhile',
      measure: product,
    },
    baseline: { name: 'the driver alone: the same three documents in one transaction', measure: baseline },
    aim: 0.6,
  }
}

const longHistory = scaled(1_000_000, 10_000)
const shortHistory = 1_000
/** Pages of one measurement: short ones in turn, so that whatever else the machine does meets both alike. */
const pages = scaled(250, 20)

/** Opens the figure of reading. */
export async function messageHistory(stack: AsyncDisposableStack): Promise<Figure> {
  const opened = await openSubgraph(stack, messaging)
  const { platform, execute } = opened
  const db = platform.db('messaging')
  const [[reader, other] = ['', '']] = await pairs(opened, 1)
  const fill = async (count: number) => {
    const row = { ...conversationRow([reader, other], count), directKey: newId('conversation') }
    await db.collection<ConversationRow>('conversations').insertOne(row)
    const messages = db.collection<MessageRow>('messages')
    for (let from = 1; from <= count; from += 10_000) {
      const size = Math.min(10_000, count - from + 1)
      const rows = Array.from({ length: size }, (_, i) =>
        messageRow(row._id, from + i, (from + i) % 2 ? reader : other),
      )
      await messages.insertMany(rows, { ordered: false, writeConcern: { w: 1 } })
    }
    return row._id
  }
  const [long, short] = [await fill(longHistory), await fill(shortHistory)]
  const measure = async (id: string): Promise<Measurement> => {
    const times: number[] = []
    for (let i = 0; i < pages; i++) {
      const started = performance.now()
      await execute(reader, readPage, { id })
      times.push(performance.now() - started)
    }
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
  }
  await measure(long)
  await measure(short)
  return {
    name: 'message-history',
    what: 'The newest 50 messages of a conversation, one request after the other.',
    units: { p50: 'ms', p99: 'ms' },
    better: 'less',
    product: {
      name: `of a conversation of ${longHistory.toLocaleString('en-US')} messages`,
      measure: () => measure(long),
    },
    baseline: {
      name: `of one of ${shortHistory.toLocaleString('en-US')}`,
      measure: () => measure(short),
    },
    aim: 0.83,
    rounds: 8,
  }
}
