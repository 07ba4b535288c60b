// Reports of encrypted messages: proven by the commitment that the server stamped, whoever says what.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createReportables } from '#platform/reportables.ts'
import { newId } from '#schema/ids.ts'
import { setRole } from '#subgraphs/user/set-role.ts'
import { toBase64, utf8 } from '../../web/src/messages/encryption/bytes.ts'
import { sealContent } from '../../web/src/messages/encryption/content.ts'
import { Refused, type Request } from '../../web/src/messages/encryption/delivery.ts'
import * as op from '../../web/src/operations.gen.ts'
import { picture } from '../pictures.ts'
import { type System, startSystem } from '../system.ts'
import { deviceOf, encryptedConversation, messageIds, type TestDevice, texts } from './devices.ts'

let system: System
let alice: TestDevice
let bob: TestDevice
let id: string

beforeAll(async () => {
  system = await startSystem()
  const [first, second] = [await system.signsUp('alice'), await system.signsUp('bob.b')]
  alice = await deviceOf(first)
  bob = await deviceOf(second)
  id = await encryptedConversation(first, second)
}, 180_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof Refused ? error.code : error),
  )
const reports = () => system.platform.db('messaging').collection('messageReports').find().toArray()

test('whoever reports an encrypted message proves what its sender wrote', async () => {
  await alice.send(id, { text: 'something kind' })
  await alice.send(id, { text: 'something vile' })
  await texts(bob, id)
  const [kind = '', vile = ''] = await messageIds(bob.person, id)
  const { reportMessage } = await bob.report(vile, { details: 'He threatens me.', reason: 'HARASSMENT' }, [
    kind,
  ])
  expect(reportMessage.evidenceCount).toBe(2)
  const [report] = await reports()
  expect(report).toMatchObject({
    reporterId: bob.person.id,
    senderId: alice.person.id,
    details: 'He threatens me.',
  })
  const content = ({ content }: { content: string }) => JSON.parse(content).text
  expect(report?.evidence.map(content).toSorted()).toEqual(['something kind', 'something vile'])
  // Again changes nothing, and nobody reports himself.
  await bob.report(vile, { details: 'once more' })
  expect(await reports()).toHaveLength(1)
  expect(await codeOf(alice.report(vile))).toBe('FORBIDDEN')
})

test('moderators find it in their queue, with what is proven of it and nothing else', async () => {
  const [kind = '', vile = ''] = await messageIds(bob.person, id)
  const moderator = await system.signsUp('judy')
  const query = `{ reviewQueue(first: 10) { nodes { subjectId subjectKind ownerId text reportCount
    reasons { reason count } evidence { messageId senderId text content } } } }`
  const queue = () => moderator.asks<{ reviewQueue: { nodes: object[] } }, object>(query, {})
  expect((await queue()).errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
  await setRole(system.platform, 'judy', 'MODERATOR')
  await system.settle()
  const senderId = alice.person.id
  expect((await queue()).data?.reviewQueue.nodes).toEqual([
    {
      ...{ subjectId: vile, subjectKind: 'MESSAGE', ownerId: senderId, text: 'something vile' },
      ...{ reportCount: 1, reasons: [{ reason: 'HARASSMENT', count: 1 }] },
      evidence: [
        [kind, 'something kind'],
        [vile, 'something vile'],
      ].map(([messageId, text]) => ({ messageId, senderId, text, content: JSON.stringify({ text }) })),
    },
  ])
})

test('nobody can accuse another of what he did not write', async () => {
  const [messageId = ''] = await messageIds(bob.person, id)
  const body = utf8(JSON.stringify({ text: 'something much worse' }))
  const report = async (opening: { content: string; key: string }) => {
    const input = { messageId, openings: [{ messageId, ...opening }] }
    const { reportMessage } = (await bob.person.asks(op.ReportMessageDocument, { input })).data ?? {}
    return reportMessage?.userErrors[0]?.code
  }
  for (let i = 0; i < 20; i++) {
    const forged = await sealContent({ text: `something much worse ${i}` })
    expect(await report({ content: toBase64(forged.body), key: toBase64(forged.key) })).toBe('INVALID')
  }
  expect(await report({ content: toBase64(body), key: toBase64(new Uint8Array(16)) })).toBe('INVALID')
  const unopened = { input: { messageId } }
  const { data } = await bob.person.asks(op.ReportMessageDocument, unopened)
  expect(data?.reportMessage.userErrors[0]?.code).toBe('INVALID')
  expect(await reports()).toHaveLength(1)
})

test('of many long reports as much is read as one can look at, each message once', async () => {
  const messageId = newId('message')
  const explaining = Array.from({ length: 19 }, () => newId('message'))
  const senderId = alice.person.id
  const long = 'x'.repeat(40_000)
  const proven = (id: string, minute: number, content = long) => ({
    ...{ messageId: id, senderId, sentAt: new Date(Date.UTC(2026, 2, 1, 12, minute)), text: null, content },
  })
  const rows = system.platform.db('messaging').collection<{ _id: string }>('messageReports')
  const told = (i: number, evidence: object[]) => ({
    ...{ _id: `user_${i}:${messageId}`, reporterId: `user_${i}`, messageId, senderId, reason: 'HATE' },
    ...{ details: null, evidence, createdAt: new Date(Date.UTC(2026, 2, 2, 12, 0, i)) },
  })
  // The first three tell of the same messages, the others of ones that nobody else tells of: 24 MB.
  await rows.insertMany(
    Array.from({ length: 30 }, (_, i) => {
      const others = i < 3 ? explaining : explaining.map(() => newId('message'))
      return told(i, [proven(messageId, 30), ...others.map((id, j) => proven(id, j))])
    }),
  )
  const reportables = createReportables(system.platform.mongo, system.platform.config.namespace)
  const evidence = (await reportables.evidence([messageId, newId('message')])).get(messageId) ?? []
  expect(evidence).toHaveLength(100)
  expect(new Set(evidence.map((one) => one.messageId)).size).toBe(100)
  expect(evidence.map((one) => one.messageId)).toEqual(expect.arrayContaining([...explaining, messageId]))
  expect(evidence.at(-1)?.messageId).toBe(messageId)

  const longer = newId('message')
  await rows.insertMany(
    Array.from({ length: 10 }, (_, i) => {
      const others = Array.from({ length: 9 }, () => newId('message'))
      const all = [longer, ...others].map((id, j) => proven(id, j, 'x'.repeat(90_000)))
      return { ...told(i, all), _id: `user_${i}:${longer}`, messageId: longer }
    }),
  )
  const some = (await reportables.evidence([longer])).get(longer) ?? []
  expect(some.length).toBe(44)
  await rows.deleteMany({ messageId: { $in: [messageId, longer] } } as object)
})

test('a message whose commitment does not open is shown to nobody', async () => {
  // A client that commits to something else, so that nobody could prove what it sent.
  const elsewhere = await sealContent({ text: 'something kind' })
  const between =
    (request: Request): Request =>
    (document, variables) => {
      const { input } = variables as { input?: { ciphertext?: string; commitment?: string } }
      if (!input?.ciphertext) return request(document, variables)
      return request(document, { input: { ...input, commitment: elsewhere.commitment } } as typeof variables)
    }
  const cheat = await deviceOf(alice.person, 'cheating', { between })
  await cheat.send(id, { text: 'something deniable' })
  expect((await texts(bob, id)).at(-1)).toBe('<TAMPERED>')
  await alice.send(id, { text: 'it goes on' })
  expect((await texts(bob, id)).at(-1)).toBe('it goes on')
})

test('a plain message is its own evidence', async () => {
  const input = { memberIds: [bob.person.id], encrypted: false }
  const third = await system.signsUp('carol.c')
  const { createConversation } = await third.does(op.CreateConversationDocument, { input })
  const said = await third.says({ id: createConversation.conversation?.id ?? '' }, 'said in the clear')
  const { reportMessage } = await bob.person.does(op.ReportMessageDocument, {
    input: { messageId: said?.id ?? '' },
  })
  expect(reportMessage.evidenceCount).toBe(1)
  expect(JSON.stringify(await reports())).toContain('said in the clear')
  const stranger = await system.signsUp('dan.d')
  const { data } = await stranger.asks(op.ReportMessageDocument, { input: { messageId: said?.id ?? '' } })
  expect(data?.reportMessage.userErrors[0]?.code).toBe('NOT_FOUND')
})

test('an answer to a story is encrypted, and opened and proven as any other message', async () => {
  const mediaId = await alice.person.uploads(await picture('#336699'), 'image/jpeg')
  const { createStory } = await alice.person.does(op.CreateStoryDocument, { input: { mediaId } })
  const storyId = createStory.story?.id
  await system.settle()
  const answer = await bob.send(id, { text: 'where is this?' }, crypto.randomUUID(), storyId)
  const said = `query ($id: ID!) { node(id: $id) { ... on Message { kind text story { id } } } }`
  const { data } = await alice.person.asks<{ node: object }, { id: string }>(said, { id: answer ?? '' })
  expect(data?.node).toEqual({ kind: 'ENCRYPTED', text: null, story: { id: storyId } })
  expect((await texts(alice, id)).at(-1)).toBe('where is this?')
  expect((await alice.report(answer ?? '')).reportMessage.evidenceCount).toBe(1)
})
