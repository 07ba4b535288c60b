// The delivery service of encrypted conversations: key packages, commits, welcomes; and what the server does not see.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { bytes, type RunningMessaging, startMessaging } from './fixtures.ts'
import type { MessageReportRow } from './model.ts'

let m: RunningMessaging

beforeAll(async () => {
  m = await startMessaging()
})
afterAll(() => m?.stack.disposeAsync())

const claimFields = 'keyPackages { user { id } deviceId keyPackage isLastResort }'
const claim = async (userId: string, userIds: string[]) =>
  (await m.mutate(userId, 'claimKeyPackages', { userIds }, claimFields)).keyPackages as {
    user: { id: string }
    deviceId: string
    keyPackage: string
    isLastResort: boolean
  }[]
const commitTo = (conversationId: string, epoch: number, more: object = {}) => ({
  conversationId,
  epoch,
  commit: bytes(`commit after ${epoch}`),
  ...more,
})
/** People with a device each, and an encrypted conversation of theirs. */
const encrypted = async (count: number) => {
  const people = await m.people(count)
  await Promise.all(people.map((userId) => m.publish(userId, 'phone')))
  const [first = '', ...others] = people
  return { people, id: await m.converse(first, others) }
}
const state = async (userId: string, id: string) => {
  const query = `query ($id: ID!) { conversation(id: $id) { isEncrypted epoch groupInfo unreadCount
    messages(last: 50) { nodes { kind text ciphertext epoch sequence } } } }`
  return (await m.ask(userId, query, { id })).data.conversation
}

test('every package is handed out once, in parallel too, and the one of last resort stays (E5)', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const names = Array.from({ length: 10 }, (_, i) => `package ${i}`)
  await m.publish(bob, 'phone', names)
  await m.publish(bob, 'laptop', ['one'])
  const claims = await Promise.all(Array.from({ length: 12 }, (_, i) => claim(i % 2 ? alice : carol, [bob])))
  const ofPhone = claims.flat().filter(({ deviceId }) => deviceId === 'phone')
  const single = ofPhone.filter(({ isLastResort }) => !isLastResort).map(({ keyPackage }) => keyPackage)
  expect(single.toSorted()).toEqual(names.map(bytes).toSorted())
  const last = ofPhone.filter(({ isLastResort }) => isLastResort)
  expect(last.map(({ keyPackage }) => keyPackage)).toEqual(Array(2).fill(bytes(`${bob} last resort`)))
  expect(claims.flat().filter(({ deviceId }) => deviceId === 'laptop')).toHaveLength(12)
  const own = await m.ask(bob, '{ messagingDevices { id keyPackageCount } }')
  expect(own.data.messagingDevices).toEqual([
    { id: 'phone', keyPackageCount: 0 },
    { id: 'laptop', keyPackageCount: 0 },
  ])
})

test('claims are limited, hidden people have none, and a removed device gives nothing more (E2, E5)', async () => {
  const limited = await startMessaging({ RATE_LIMITS: 'on' })
  const [alice = '', bob = ''] = await limited.people(2)
  const device = { deviceId: 'phone', lastResort: bytes('last') }
  await limited.mutate(bob, 'publishKeyPackages', device, 'device { id }')
  const answers: unknown[] = []
  for (let i = 0; i < 22; i++)
    answers.push(await limited.refusal(alice, 'claimKeyPackages', { userIds: [bob] }))
  expect(answers.filter((answer) => answer === null)).toHaveLength(20)
  expect(answers.at(-1)).toBe('RATE_LIMITED')
  await limited.stack.disposeAsync()

  const [carol = '', dave = ''] = await m.people(2)
  await m.publish(dave, 'phone')
  expect(await claim(carol, [dave])).toHaveLength(1)
  await m.mutate(dave, 'removeMessagingDevice', { deviceId: 'phone' }, 'deviceId')
  expect(await claim(carol, [dave])).toEqual([])
  expect(await m.refusal(dave, 'removeMessagingDevice', { deviceId: 'phone' })).toBe('NOT_FOUND')
  await m.publish(dave, 'phone')
  await m.block(dave, carol)
  expect(await m.refusal(carol, 'claimKeyPackages', { userIds: [dave] })).toBe('NOT_FOUND')
})

test('what a device publishes is bounded', async () => {
  const alice = await m.account()
  const lastResort = bytes('last')
  const refused = (input: object) => m.refusal(alice, 'publishKeyPackages', { deviceId: 'phone', ...input })
  expect(await refused({})).toBe('INVALID')
  expect(await refused({ lastResort, deviceId: 'no spaces' })).toBe('INVALID')
  expect(await refused({ lastResort, keyPackages: ['not base64!'] })).toBe('INVALID')
  expect(await refused({ lastResort, keyPackages: ['AAAA'.repeat(5_000)] })).toBe('TOO_LONG')
  expect(await refused({ lastResort, keyPackages: Array(101).fill('AAAA') })).toBe('TOO_MANY')
  for (let i = 0; i < 10; i++) expect(await refused({ lastResort, deviceId: `device${i}` })).toBeNull()
  expect(await refused({ lastResort })).toBe('TOO_MANY')
  const some = { deviceId: 'device0', keyPackages: Array(60).fill('AAAA') }
  expect([await refused(some), await refused(some)]).toEqual([null, 'TOO_MANY'])
})

test('of commits that race for an epoch one wins, and all meet them in one order (E4)', async () => {
  const { people, id } = await encrypted(3)
  const second = await m.start()
  for (let epoch = 0; epoch < 4; epoch++) {
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const input = commitTo(id, epoch, {
          commit: bytes(`${epoch} ${i}`),
          groupInfo: bytes(`info ${epoch} ${i}`),
        })
        const subgraph = i % 2 ? second : undefined
        const payload = await m.mutate(
          String(people[i % 3]),
          'sendGroupCommit',
          input,
          'conversation { epoch groupInfo }',
          subgraph,
        )
        return { i, payload }
      }),
    )
    const winners = answers.filter(({ payload }) => payload.userErrors.length === 0)
    expect(winners).toHaveLength(1)
    const rest = answers.filter(({ payload }) => payload.userErrors.length > 0)
    for (const { payload } of rest) expect(payload.userErrors[0]).toMatchObject({ code: 'CONFLICT' })
    const seen = await state(String(people[2]), id)
    expect(seen).toMatchObject({ epoch: epoch + 1, unreadCount: 0 })
    expect(seen.groupInfo).toBe(bytes(`info ${epoch} ${winners[0]?.i}`))
    expect(seen.messages.nodes.at(-1)).toMatchObject({
      kind: 'COMMIT',
      epoch: epoch + 1,
      ciphertext: bytes(`${epoch} ${winners[0]?.i}`),
    })
  }
})

test('a welcome waits for its devices, and for each until it has taken it', async () => {
  const { people, id } = await encrypted(3)
  const [alice = '', bob = '', carol = ''] = people
  await m.publish(bob, 'laptop')
  const welcomeTo = [
    { userId: bob, deviceId: 'phone' },
    { userId: bob, deviceId: 'laptop' },
    { userId: carol, deviceId: 'phone' },
  ]
  const input = commitTo(id, 0, { welcome: bytes('welcome'), welcomeTo })
  await m.mutate(alice, 'sendGroupCommit', input, 'conversation { epoch }')
  const query =
    'query ($deviceId: ID!) { pendingWelcomes(deviceId: $deviceId) { id conversationId epoch welcome } }'
  const pending = async (userId: string, deviceId: string) =>
    (await m.ask(userId, query, { deviceId })).data.pendingWelcomes
  const [welcome] = await pending(bob, 'phone')
  expect(welcome).toMatchObject({ conversationId: id, epoch: 1, welcome: bytes('welcome') })
  expect(await pending(alice, 'phone')).toEqual([])
  // Another's welcome is not one's own to take.
  const taking = { deviceId: 'phone', welcomeIds: [welcome.id] }
  for (const userId of [alice, bob]) await m.mutate(userId, 'takeWelcomes', taking, 'takenCount')
  expect(await pending(bob, 'phone')).toEqual([])
  expect(await pending(bob, 'laptop')).toHaveLength(1)
  expect(await pending(carol, 'phone')).toHaveLength(1)
  const stranger = { welcome: bytes('w'), welcomeTo: [{ userId: await m.account(), deviceId: 'phone' }] }
  expect(await m.refusal(alice, 'sendGroupCommit', commitTo(id, 1, stranger))).toBe('NOT_FOUND')
  expect(await m.refusal(alice, 'sendGroupCommit', commitTo(id, 1, { welcome: bytes('w') }))).toBe('INVALID')
  expect(await m.refusal(await m.account(), 'sendGroupCommit', commitTo(id, 1))).toBe('NOT_FOUND')
})

test('conversations are encrypted when everyone can, and then take ciphertext alone (E1)', async () => {
  const { people, id } = await encrypted(2)
  const [alice = '', bob = ''] = people
  const canary = 'canary in a coal mine'
  expect(await state(alice, id)).toMatchObject({ isEncrypted: true, epoch: 0 })
  const sending = (input: object) => ({ conversationId: id, clientMessageId: newId('message'), ...input })
  const postId = await m.post({ authorId: bob })
  const { message } = await m.mutate(
    alice,
    'sendMessage',
    sending({ ciphertext: bytes('sealed') }),
    'message { id kind text ciphertext }',
  )
  expect(message).toMatchObject({ kind: 'ENCRYPTED', text: null, ciphertext: bytes('sealed') })
  expect(await state(bob, id)).toMatchObject({ unreadCount: 1 })
  for (const input of [
    { text: canary },
    { text: canary, ciphertext: bytes('sealed') },
    { sharedPostId: postId },
    { mediaId: await m.media(alice) },
    { replyToId: message.id, ciphertext: bytes('sealed') },
  ]) {
    expect(await m.refusal(alice, 'sendMessage', sending(input)), JSON.stringify(input)).toBe('INVALID')
  }
  const attachment = await m.media(alice, 'READY', 'CIPHERTEXT')
  const attached = sending({ mediaId: attachment, ciphertext: bytes('sealed') })
  expect(await m.refusal(alice, 'sendMessage', attached)).toBeNull()
  expect(await m.refusal(alice, 'editMessage', { messageId: message.id, text: canary })).toBe('INVALID')
  expect(
    await m.refusal(alice, 'editMessage', { messageId: message.id, ciphertext: bytes('again') }),
  ).toBeNull()
  expect(await m.refusal(bob, 'reactToMessage', { messageId: message.id, emoji: '😀' })).toBe('INVALID')
  const third = await m.account()
  expect(
    await m.refusal(alice, 'createConversation', { memberIds: [bob, third], encrypted: true, title: canary }),
  ).toBe('INVALID')
  await m.publish(third, 'phone')
  const group = await m.converse(alice, [bob, third])
  expect(await m.refusal(alice, 'updateConversation', { conversationId: group, title: canary })).toBe(
    'INVALID',
  )
  for (const { name } of await m.platform.db('messaging').listCollections().toArray()) {
    const kept = await m.platform.db('messaging').collection(name).find().toArray()
    expect(JSON.stringify(kept), name).not.toContain(canary)
  }
  const named = await m.mutate(
    alice,
    'createConversation',
    { memberIds: [bob, third], title: 'Plain' },
    'conversation { isEncrypted epoch }',
  )
  expect(named.conversation).toEqual({ isEncrypted: false, epoch: null })
  const plain = await m.converse(alice, [await m.account()])
  expect(await state(alice, plain)).toMatchObject({ isEncrypted: false })
  const sealed = { conversationId: plain, clientMessageId: 'x', ciphertext: bytes('sealed') }
  expect(await m.refusal(alice, 'sendMessage', sealed)).toBe('INVALID')
  expect(await m.refusal(alice, 'sendGroupCommit', commitTo(plain, 0))).toBe('CONFLICT')
  await m.mutate(alice, 'unsendMessage', { messageId: message.id }, 'message { id }')
  expect((await state(bob, id)).messages.nodes[0]).toMatchObject({ kind: 'UNSENT', ciphertext: null })
})

test('what changes another message is unread for nobody, sent and taken back (D3)', async () => {
  const { people, id } = await encrypted(3)
  const [alice = '', bob = '', carol = ''] = people
  const sends = async (input: object) => {
    const sealed = { conversationId: id, clientMessageId: newId('message'), ciphertext: bytes('sealed') }
    const { message } = await m.mutate(alice, 'sendMessage', { ...sealed, ...input }, 'message { id }')
    return message.id as string
  }
  const unread = async () => {
    const states = await Promise.all([alice, bob, carol].map((userId) => state(userId, id)))
    return states.map(({ unreadCount }) => unreadCount)
  }
  const first = await sends({})
  const change = await sends({ isChange: true })
  expect(await unread()).toEqual([0, 1, 1])
  await m.mutate(alice, 'unsendMessage', { messageId: change }, 'message { id }')
  expect(await unread()).toEqual([0, 1, 1])
  await m.mutate(alice, 'unsendMessage', { messageId: first }, 'message { id }')
  expect(await unread()).toEqual([0, 0, 0])
})

test('a report opens each message once, and what explains it goes with the account that said it (A9)', async () => {
  const { people, id } = await encrypted(3)
  const [alice = '', bob = '', carol = ''] = people
  const key = Buffer.alloc(32, 7)
  const sends = async (userId: string, content: string) => {
    const commitment = createHmac('sha256', key).update(content).digest('base64')
    const sealed = { ciphertext: bytes('sealed'), commitment }
    const input = { conversationId: id, clientMessageId: newId('message'), ...sealed }
    const { message } = await m.mutate(userId, 'sendMessage', input, 'message { id }')
    return { messageId: message.id as string, content: bytes(content), key: key.toString('base64') }
  }
  const vile = await sends(alice, 'something vile')
  const answer = await sends(carol, 'leave him alone')
  const report = { messageId: vile.messageId, openings: [vile, answer] }
  const repeated = { ...report, openings: [vile, answer, vile] }
  expect(await m.refusal(bob, 'reportMessage', repeated)).toBe('INVALID')
  expect(await m.mutate(bob, 'reportMessage', report, 'evidenceCount')).toMatchObject({ evidenceCount: 2 })

  const rows = m.platform.db('messaging').collection<MessageReportRow>('messageReports')
  const proven = async () => (await rows.findOne({ reporterId: bob }))?.evidence.map((one) => one.senderId)
  expect(await proven()).toEqual([alice, carol])
  await m.erases(carol)
  expect(await proven()).toEqual([alice])
})

test('a backup is its owner’s alone', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  await m.mutate(alice, 'saveKeyBackup', { backup: bytes('first') }, 'updatedAt')
  await m.mutate(alice, 'saveKeyBackup', { backup: bytes('second') }, 'updatedAt')
  expect((await m.ask(alice, '{ keyBackup }')).data.keyBackup).toBe(bytes('second'))
  expect((await m.ask(bob, '{ keyBackup }')).data.keyBackup).toBeNull()
  expect((await m.ask(null, '{ keyBackup }')).codes).toEqual(['UNAUTHENTICATED'])
  expect(await m.refusal(alice, 'saveKeyBackup', { backup: 'x' })).toBe('INVALID')
})
