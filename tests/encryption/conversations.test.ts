// Encrypted conversations as their devices live them, against the whole system.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryStore } from '../../web/src/messages/encryption/key-store.ts'
import * as op from '../../web/src/operations.gen.ts'
import { type System, startSystem } from '../system.ts'
import { deviceOf, encryptedConversation, messageIds, texts } from './devices.ts'

let system: System
let count = 0

beforeAll(async () => {
  system = await startSystem()
}, 180_000)
afterAll(() => system?.[Symbol.asyncDispose]())

/** People with a device each, and their encrypted conversation. */
async function circle(size: number) {
  const people = await Promise.all(
    Array.from({ length: size }, () => {
      count += 1
      return system.signsUp(`secret${count}`)
    }),
  )
  const devices = await Promise.all(people.map((person) => deviceOf(person)))
  const [first, ...others] = people
  if (!first) throw new Error('nobody')
  return { people, devices, id: await encryptedConversation(first, ...others) }
}

test('what one says the others read, on every device, in one order', async () => {
  const { people, devices, id } = await circle(3)
  const [alice, bob, carol] = devices
  await alice?.send(id, { text: 'hello' })
  await bob?.send(id, { text: 'hello to you' })
  const laptop = await deviceOf(people[1] as (typeof people)[0], 'laptop')
  await carol?.send(id, { text: 'now on the laptop too' })
  await laptop.send(id, { text: 'from the laptop' })
  const all = ['hello', 'hello to you', 'now on the laptop too', 'from the laptop']
  for (const device of devices) expect(await texts(device, id)).toEqual(all)
  expect(await texts(laptop, id)).toEqual(['<BEFORE_JOINING>', '<BEFORE_JOINING>', ...all.slice(2)].map((text, i) => (i < 2 ? undefined : text)))
})

test('a message that is sent again under its id is there once', async () => {
  const { people, devices, id } = await circle(2)
  const [alice, bob] = devices
  const first = await alice?.send(id, { text: 'once' }, 'my own id')
  await alice?.send(id, { text: 'twice' })
  expect(await bob && (await texts(bob as never, id))).toEqual(['once', 'twice'])
  expect(await messageIds(people[0] as never, id)).toHaveLength(2)
  expect(first).toEqual(expect.stringMatching(/^message_/))
})

test('devices that write and commit at once: one commit wins each epoch, and nothing is lost (E4)', async () => {
  const { devices, id } = await circle(4)
  await devices[0]?.send(id, { text: 'begin' })
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
  // All are in the same epoch with the same keys.
  await devices[3]?.send(id, { text: 'end' })
  for (const device of devices) expect((await texts(device, id)).at(-1)).toBe('end')
})

test('a removed device decrypts nothing later, nor does a removed member (E2)', async () => {
  const { people, devices, id } = await circle(3)
  const [alice, bob, carol] = devices as [never, never, never] as typeof devices
  if (!alice || !bob || !carol) throw new Error('nobody')
  const laptop = await deviceOf(people[1] as never, 'laptop')
  await alice.send(id, { text: 'to all four' })
  expect(await texts(laptop, id)).toEqual(['to all four'])
  // Bob's laptop is stolen: he removes it elsewhere, and whoever writes next takes it out.
  const laptopId = (await laptop.device())?.deviceId ?? ''
  await people[1]?.does(op.RemoveMessagingDeviceDocument, { input: { deviceId: laptopId } })
  await alice.send(id, { text: 'not for the laptop' })
  expect((await texts(laptop, id)).at(-1)).not.toBe('not for the laptop')
  expect((await texts(bob, id)).at(-1)).toBe('not for the laptop')
  await expect(laptop.send(id, { text: 'I am still here' })).rejects.toThrow('removed')
  // Carol is put out of the conversation. What she gets hold of nevertheless says nothing to her keys.
  await carol.sync(id)
  await people[0]?.does(op.RemoveMemberDocument, {
    input: { conversationId: id, userId: people[2]?.id ?? '' },
  })
  await bob.send(id, { text: 'not for Carol' })
  await bob.send(id, { text: 'nor this' })
  const { open, decodeGroup } = await import('../../web/src/messages/encryption/group.ts')
  const row = await carol.store.get<{ state: Uint8Array }>(`group/${id}`)
  const later = await system.platform
    .db('messaging')
    .collection('messages')
    .find({ conversationId: id })
    .sort({ sequence: -1 })
    .limit(2)
    .toArray()
  for (const { ciphertext } of later)
    await expect(open(decodeGroup(row?.state as never), Buffer.from(ciphertext, 'base64'))).rejects.toThrow()
  await expect(carol.sync(id)).rejects.toThrow()
  expect((await texts(alice, id)).slice(-2)).toEqual(['not for Carol', 'nor this'])
})

test('keys come back from a backup under a passphrase, and with them what came since', async () => {
  const { people, devices, id } = await circle(2)
  const [alice, bob] = devices
  if (!alice || !bob) throw new Error('nobody')
  await alice.send(id, { text: 'before the backup' })
  await bob.sync(id)
  await bob.backUp('a long pass phrase')
  await alice.send(id, { text: 'after it' })
  const restored = await deviceOf(people[1] as never, '', { store: createMemoryStore(), registers: false })
  await expect(restored.restore('another pass phrase')).rejects.toThrow('passphrase')
  expect(await restored.restore('a long pass phrase')).toBe(true)
  expect(await texts(restored, id)).toEqual(['before the backup', 'after it'])
  await restored.send(id, { text: 'I am back' })
  expect((await texts(alice, id)).at(-1)).toBe('I am back')
}, 120_000)

test('both see one safety number, and that it changed when a device came', async () => {
  const { people, devices, id } = await circle(2)
  const [alice, bob] = devices
  if (!alice || !bob) throw new Error('nobody')
  await alice.send(id, { text: 'hello' })
  await bob.sync(id)
  const [aliceId, bobId] = people.map((person) => person.id) as [string, string]
  const seen = await alice.safety(id, bobId)
  expect(seen).toEqual({ number: expect.stringMatching(/^\d{60}$/), state: 'UNVERIFIED' })
  expect((await bob.safety(id, aliceId))?.number).toBe(seen?.number)
  await alice.verify(id, bobId, seen?.number ?? '')
  expect((await alice.safety(id, bobId))?.state).toBe('VERIFIED')
  await deviceOf(people[1] as never, 'one more')
  await alice.send(id, { text: 'to both' })
  expect((await alice.safety(id, bobId))?.state).toBe('CHANGED')
})
