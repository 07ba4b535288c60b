// Encrypted conversations as their devices live them, against the whole system.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKeyFile } from '../../web/node/key-file.ts'
import { fromBase64 } from '../../web/src/messages/encryption/bytes.ts'
import { NotEditable } from '../../web/src/messages/encryption/changes.ts'
import { decodeGroup, open } from '../../web/src/messages/encryption/group.ts'
import {
  type GroupRecord,
  messagePrefix,
  type ReadRecord,
} from '../../web/src/messages/encryption/records.ts'
import * as op from '../../web/src/operations.gen.ts'
import { type System, startSystem } from '../system.ts'
import { deviceOf, encryptedConversation, messageIds, type TestDevice, texts } from './devices.ts'

let system: System
let circles = 0

beforeAll(async () => {
  system = await startSystem()
}, 180_000)
afterAll(() => system?.[Symbol.asyncDispose]())

/** People with a phone each, and the id of their encrypted conversation. */
async function circle<Name extends string>(...names: Name[]) {
  circles += 1
  const devices = await Promise.all(
    names.map(async (name) => deviceOf(await system.signsUp(`${name}${circles}`))),
  )
  const [first, ...others] = devices.map(({ person }) => person)
  if (!first) throw new Error('nobody')
  const id = await encryptedConversation(first, ...others)
  const named = Object.fromEntries(names.map((name, i) => [name, devices[i]]))
  return { ...(named as Record<Name, TestDevice>), devices, id }
}

/** What the keys that a device has make of the newest messages, were it to get hold of them. */
async function readWithKeysOf(device: TestDevice, id: string, count: number): Promise<string[]> {
  const record = await device.store.get<GroupRecord>(`group/${id}`)
  if (!record?.state) throw new Error('it has no keys')
  const group = decodeGroup(record.state)
  const messages = system.platform.db('messaging').collection<{ ciphertext: string }>('messages')
  const rows = await messages.find({ conversationId: id }).sort({ sequence: -1 }).limit(count).toArray()
  const read = rows.map(({ ciphertext }) =>
    open(group, fromBase64(ciphertext)).then(
      () => 'readable',
      () => 'closed',
    ),
  )
  return Promise.all(read)
}

test('what one says the others read, on every device, in one order', async () => {
  const { alice, bob, carol, devices, id } = await circle('alice', 'bob', 'carol')
  await alice.send(id, { text: 'hello' })
  await bob.send(id, { text: 'hello to you' })
  const laptop = await deviceOf(bob.person, 'laptop')
  await carol.send(id, { text: 'now on the laptop too' })
  await laptop.send(id, { text: 'from the laptop' })
  const all = ['hello', 'hello to you', 'now on the laptop too', 'from the laptop']
  for (const device of devices) expect(await texts(device, id)).toEqual(all)
  expect(await texts(laptop, id)).toEqual([undefined, undefined, ...all.slice(2)])
}, 180_000)

test('a message that is sent again under its id is there once', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  const sent = await alice.send(id, { text: 'once' }, 'my own id')
  const input = { conversationId: id, clientMessageId: 'my own id' }
  const { conversation } = await alice.person.does(op.EncryptedMessagesDocument, { id, last: 10 })
  const ciphertext = conversation?.messages.nodes.at(-1)?.ciphertext ?? null
  const again = await alice.person.does(op.SendCiphertextDocument, { input: { ...input, ciphertext } })
  expect(again.sendMessage.message?.id).toBe(sent)
  await alice.send(id, { text: 'twice' })
  expect(await texts(bob, id)).toEqual(['once', 'twice'])
  expect(await messageIds(alice.person, id)).toHaveLength(2)
})

test('devices that write and commit at once: one commit wins each epoch, and nothing is lost (E4)', async () => {
  const { alice, devices, id } = await circle('alice', 'bob', 'carol', 'dan')
  await alice.send(id, { text: 'begin' })
  await Promise.all(devices.map((device) => device.sync(id)))
  await Promise.all(
    devices.flatMap((device, i) => [
      device.reconcile(id, { renew: true }),
      device.send(id, { text: `from ${i}` }),
      device.reconcile(id, { renew: true }),
    ]),
  )
  const histories = []
  for (const device of devices) histories.push(await texts(device, id))
  const [first = []] = histories
  expect(first.toSorted()).toEqual(['begin', 'from 0', 'from 1', 'from 2', 'from 3'])
  for (const history of histories) expect(history).toEqual(first)
  const { conversation } = await alice.person.does(op.EncryptedMessagesDocument, { id, last: 100 })
  const epochs = conversation?.messages.nodes.flatMap(({ kind, epoch }) => (kind === 'COMMIT' ? [epoch] : []))
  // The first brings them all in; each renews his keys twice. In between lies one epoch each, in order.
  expect(epochs).toEqual(Array.from({ length: 1 + 2 * devices.length }, (_, i) => i + 1))
  await alice.send(id, { text: 'end' })
  for (const device of devices) expect((await texts(device, id)).at(-1)).toBe('end')
}, 180_000)

test('a removed device decrypts nothing later (E2)', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  const laptop = await deviceOf(bob.person, 'laptop')
  await alice.send(id, { text: 'to all of them' })
  expect(await texts(laptop, id)).toEqual(['to all of them'])
  // The laptop is stolen: its owner removes it elsewhere, and whoever writes next takes it out.
  const deviceId = (await laptop.device())?.deviceId ?? ''
  await bob.person.does(op.RemoveMessagingDeviceDocument, { input: { deviceId } })
  await alice.send(id, { text: 'not for the laptop' })
  await bob.send(id, { text: 'nor this' })
  expect(await readWithKeysOf(laptop, id, 2)).toEqual(['closed', 'closed'])
  expect((await texts(laptop, id)).slice(1)).not.toContain('not for the laptop')
  expect((await texts(bob, id)).slice(-2)).toEqual(['not for the laptop', 'nor this'])
  await expect(laptop.send(id, { text: 'I am still here' })).rejects.toThrow('removed')
}, 180_000)

test('a removed member decrypts nothing later, whatever he gets hold of (E2)', async () => {
  const { alice, bob, carol, id } = await circle('alice', 'bob', 'carol')
  await alice.send(id, { text: 'to all of them' })
  await carol.sync(id)
  const input = { conversationId: id, userId: carol.person.id }
  await alice.person.does(op.RemoveMemberDocument, { input })
  await bob.send(id, { text: 'not for Carol' })
  await bob.send(id, { text: 'nor this' })
  expect(await readWithKeysOf(carol, id, 2)).toEqual(['closed', 'closed'])
  await expect(carol.sync(id)).rejects.toThrow('not encrypted')
  expect((await texts(alice, id)).slice(-2)).toEqual(['not for Carol', 'nor this'])
})

test('a stolen copy of the keys follows the others, and is out once their owner renews his', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  await alice.send(id, { text: 'begin' })
  await bob.sync(id)
  const stolen = await bob.store.get<GroupRecord>(`group/${id}`)
  const keys = stolen?.state
  if (!keys) throw new Error('he has no keys')
  // The thief sees all that is delivered, and takes each commit that he can.
  const rows = system.platform.db('messaging').collection<{ ciphertext: string }>('messages')
  const readByThief = async () => {
    let group = decodeGroup(keys)
    const since = { conversationId: id, sequence: { $gt: stolen.sequence ?? 0 } }
    const read: string[] = []
    for (const { ciphertext } of await rows.find(since).sort({ sequence: 1 }).toArray()) {
      const opened = await open(group, fromBase64(ciphertext)).catch(() => null)
      read.push(opened?.kind ?? 'closed')
      if (opened) ({ group } = opened)
    }
    return read
  }
  await alice.reconcile(id, { renew: true })
  await alice.send(id, { text: 'the thief still reads' })
  expect(await readByThief()).toEqual(['commit', 'message'])
  await bob.reconcile(id, { renew: true })
  await alice.send(id, { text: 'not for the thief' })
  await alice.reconcile(id, { renew: true })
  await alice.send(id, { text: 'nor this' })
  expect((await readByThief()).slice(2)).toEqual(Array(4).fill('closed'))
  expect((await texts(bob, id)).slice(-2)).toEqual(['not for the thief', 'nor this'])
}, 60_000)

test('a device that has sent a hundred messages renews its keys with the next', async () => {
  const { alice, id } = await circle('alice', 'bob')
  await alice.send(id, { text: 'begin' })
  const epoch = async () => (await alice.person.does(op.GroupInfoDocument, { id })).conversation?.epoch
  const before = (await epoch()) ?? Number.NaN
  // It has sent ninety-nine.
  const record = await alice.store.get<GroupRecord>(`group/${id}`)
  await alice.store.write({ [`group/${id}`]: { ...record, sent: 99 } })
  await alice.send(id, { text: 'the hundredth' })
  expect(await epoch()).toBe(before)
  await alice.send(id, { text: 'the next' })
  expect(await epoch()).toBe(before + 1)
  await alice.send(id, { text: 'one more' })
  expect(await epoch()).toBe(before + 1)
})

test('a message of a past epoch is refused, and encrypted again for those who are in (E2)', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  await alice.send(id, { text: 'begin' })
  const epoch = 1
  await bob.reconcile(id, { renew: true })
  const ciphertext = Buffer.from('of epoch 1').toString('base64')
  const stale = { conversationId: id, clientMessageId: 'stale', ciphertext, epoch }
  const { data } = await alice.person.asks(op.SendCiphertextDocument, { input: stale })
  expect(data?.sendMessage.userErrors[0]?.code).toBe('CONFLICT')
  await alice.send(id, { text: 'again' })
  expect(await texts(bob, id)).toEqual(['begin', 'again'])
})

test('keys come back from a backup under a passphrase, and with them what came since', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  await alice.send(id, { text: 'before the backup' })
  await bob.sync(id)
  await bob.backUp('a long pass phrase')
  await alice.send(id, { text: 'after it' })
  const restored = await deviceOf(bob.person, '', { registers: false })
  await expect(restored.restore('another pass phrase')).rejects.toThrow('passphrase')
  expect(await restored.restore('a long pass phrase')).toBe(true)
  expect(await texts(restored, id)).toEqual(['before the backup', 'after it'])
  await restored.send(id, { text: 'I am back' })
  expect((await texts(alice, id)).at(-1)).toBe('I am back')
}, 120_000)

/** What a device makes of a message: its text as it is now, and who thinks what of it. */
async function seen(device: TestDevice, id: string, messageId: string) {
  await device.sync(id)
  const record = (await device.read([messageId])).get(messageId)
  if (!record || 'failure' in record) return record
  const reactions = (record.reactions ?? []).map(({ userId, emoji }) => [userId, emoji])
  return { text: record.edits?.text ?? record.content.text, reactions }
}

test('reactions and edits are messages that only members read, and ring nowhere (E1)', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  const messageId = (await alice.send(id, { text: 'helo' })) ?? ''
  await bob.sync(id)
  const unread = async () =>
    (await bob.person.does(op.ConversationDocument, { id, last: 1 })).conversation?.unreadCount
  expect(await unread()).toBe(1)
  await bob.react(id, messageId, '😂')
  await bob.react(id, messageId, '❤️')
  await alice.edit(id, messageId, 'hello')
  // What others do with a text of hers, or with what is no message, changes nothing.
  await expect(bob.edit(id, messageId, 'goodbye')).rejects.toThrow(NotEditable)
  await bob.send(id, { text: 'goodbye', edits: messageId })
  await bob.react(id, 'message_00000000000000000000000000', '😡')
  const both = { text: 'hello', reactions: [[bob.person.id, '❤️']] }
  expect(await seen(alice, id, messageId)).toEqual(both)
  expect(await seen(bob, id, messageId)).toEqual(both)
  expect(await unread()).toBe(1)
  const { conversation } = await bob.person.does(op.ConversationDocument, { id, last: 20 })
  expect(conversation?.lastMessage?.id).toBe(messageId)
  expect(conversation?.messages.nodes.filter(({ isChange }) => isChange)).toHaveLength(5)
  const rows = system.platform.db('messaging').collection('messages')
  const stored = JSON.stringify(await rows.find({ conversationId: id }).toArray())
  for (const plain of ['hello', '❤', '😂', messageId.slice(8)])
    expect(stored.replaceAll(`"_id":"${messageId}"`, '').includes(plain), plain).toBe(false)
  await bob.react(id, messageId, null)
  expect(await seen(alice, id, messageId)).toEqual({ text: 'hello', reactions: [] })

  // Taken back, none of its texts is left.
  expect(await unread()).toBe(1)
  await alice.unsend(messageId)
  expect(await unread()).toBe(0)
  const left = await rows
    .find({ conversationId: id, senderId: alice.person.id, ciphertext: { $exists: true } })
    .toArray()
  expect(left.filter(({ epoch }) => epoch === undefined)).toEqual([])
}, 120_000)

test('what disappears is forgotten by the devices, too', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  await alice.send(id, { text: 'to stay' })
  const input = { conversationId: id, disappearAfterMs: 24 * 60 * 60_000 }
  await alice.person.does(op.UpdateConversationDocument, { input })
  await alice.send(id, { text: 'to burn after reading' })
  const both = ['to stay', 'to burn after reading']
  const kept = async (device: TestDevice) => {
    await device.forgetExpired()
    const records = await device.store.list<ReadRecord>(messagePrefix)
    return records.map(([, { content }]) => content.text)
  }
  for (const device of [alice, bob]) {
    expect((await texts(device, id)).slice(-2)).toEqual(both)
    expect((await kept(device)).toSorted()).toEqual(both.toSorted())
    // Its time comes.
    const records = await device.store.list<ReadRecord>(messagePrefix)
    for (const [key, record] of records.filter(([, { expiresAt }]) => expiresAt))
      await device.store.write({ [key]: { ...record, expiresAt: new Date().toISOString() } })
    expect(await kept(device)).toEqual(['to stay'])
  }
})

test('a text that was changed long after is not taken', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  const messageId = (await alice.send(id, { text: 'as it was' })) ?? ''
  // The server's clock decides: it was sent sixteen minutes ago.
  const sentAt = new Date(Date.now() - 16 * 60_000)
  const rows = system.platform.db('messaging').collection<{ _id: string }>('messages')
  await rows.updateOne({ _id: messageId }, { $set: { sentAt } })
  await alice.edit(id, messageId, 'as it never was')
  expect(await seen(bob, id, messageId)).toEqual({ text: 'as it was', reactions: [] })

  // A device that knows when it was sent does not send what nobody takes, nor where the time is not known.
  const before = (await messageIds(alice.person, id)).length
  const record = await alice.store.get<ReadRecord>(`message/${messageId}`)
  for (const time of [sentAt.toISOString(), undefined]) {
    await alice.store.write({ [`message/${messageId}`]: { ...record, edits: undefined, sentAt: time } })
    const changing = alice.edit(id, messageId, 'too late')
    await expect(changing).rejects.toThrow('It cannot be changed any more.')
  }
  expect(await messageIds(alice.person, id)).toHaveLength(before)
  // Others take no text either for one whose time they do not know.
  const known = await bob.store.get<ReadRecord>(`message/${messageId}`)
  await bob.store.write({ [`message/${messageId}`]: { ...known, sentAt: undefined } })
  await alice.send(id, { text: 'of no time', edits: messageId })
  expect(await seen(bob, id, messageId)).toEqual({ text: 'as it was', reactions: [] })
})

test('a device in Node keeps its keys in a file, and goes on when its process comes back', async () => {
  circles += 1
  const [alice, bot] = [await system.signsUp(`alice${circles}`), await system.signsUp(`bot${circles}`)]
  const phone = await deviceOf(alice)
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-keys-'))
  const open = () => openKeyFile(join(folder, 'keys'), 'the heron flies at dawn')
  let id: string
  {
    using store = await open()
    const device = await deviceOf(bot, 'bot', { store })
    id = await encryptedConversation(alice, bot)
    await phone.send(id, { text: 'before' })
    expect(await texts(device, id)).toEqual(['before'])
  }
  await phone.send(id, { text: 'meanwhile' })
  {
    using store = await open()
    const device = await deviceOf(bot, 'bot', { store, registers: false })
    expect(await texts(device, id)).toEqual(['before', 'meanwhile'])
    await device.send(id, { text: 'I am back' })
  }
  expect(await texts(phone, id)).toEqual(['before', 'meanwhile', 'I am back'])
  await rm(folder, { recursive: true })
}, 120_000)

test('both see one safety number, and that it changed when a device came', async () => {
  const { alice, bob, id } = await circle('alice', 'bob')
  await alice.send(id, { text: 'hello' })
  await bob.sync(id)
  const seen = await alice.safety(id, bob.person.id)
  expect(seen).toEqual({ number: expect.stringMatching(/^\d{60}$/), state: 'UNVERIFIED' })
  expect((await bob.safety(id, alice.person.id))?.number).toBe(seen?.number)
  await alice.verify(id, bob.person.id, seen?.number ?? '')
  expect((await alice.safety(id, bob.person.id))?.state).toBe('VERIFIED')
  await deviceOf(bob.person, 'one more')
  await alice.send(id, { text: 'to both' })
  expect((await alice.safety(id, bob.person.id))?.state).toBe('CHANGED')
})
