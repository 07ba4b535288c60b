// What a server, or whoever has its place, may do to a message on its way: all of it is noticed, and the message itself still opens.
import { beforeAll, expect, test } from 'vitest'
import { decryptFile, encryptFile } from '../../web/src/messages/encryption/attachments.ts'
import { concat, fromBase64, random, toBase64, utf8 } from '../../web/src/messages/encryption/bytes.ts'
import { openContent, sealContent, Tampered } from '../../web/src/messages/encryption/content.ts'
import {
  commit,
  createGroup,
  createKeyPackage,
  createSigningKey,
  encrypt,
  type Group,
  joinByWelcome,
  open,
  readKeyPackage,
} from '../../web/src/messages/encryption/group.ts'
import { size } from '../size.ts'

let alice: Group
let bob: Group
let elsewhere: Group

async function device(userId: string) {
  const name = { userId, deviceId: 'phone' }
  return { name, own: await createKeyPackage(name, await createSigningKey()) }
}

async function pair(conversationId: string): Promise<[Group, Group]> {
  const [first, second] = [await device('user_alice'), await device('user_bob')]
  const keyPackage = readKeyPackage(second.own.keyPackage, second.name)
  if (!keyPackage) throw new Error('no package')
  const added = await commit(await createGroup(conversationId, first.own), { add: [keyPackage] })
  return [added.group, await joinByWelcome(added.welcome ?? new Uint8Array(), second.own)]
}

beforeAll(async () => {
  ;[alice, bob] = await pair('conversation_1')
  ;[elsewhere] = await pair('conversation_2')
})

/** What Bob's device does with what the server gives it. */
async function receive(message: Uint8Array, commitment: string | null) {
  const opened = await open(bob, message)
  if (opened.kind !== 'message') throw new Tampered('no message')
  const { content } = await openContent(opened.plaintext, commitment)
  return { group: opened.group, content, sender: opened.sender }
}

const flipped = (bytes: Uint8Array, bit: number) => {
  const changed = Uint8Array.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}

type Delivered = { message: Uint8Array; commitment: string | null }
let replayed: Delivered | undefined

/** Ways to tamper, by turns. */
const ways: ((given: Delivered, i: number) => Promise<Delivered> | Delivered)[] = [
  ({ message, ...rest }, i) => ({ ...rest, message: flipped(message, (i * 7_919) % (message.length * 8)) }),
  ({ message, ...rest }, i) => ({ ...rest, message: flipped(message, message.length * 8 - 1 - (i % 512)) }),
  ({ message, ...rest }, i) => ({ ...rest, message: message.slice(0, message.length - 1 - (i % 64)) }),
  ({ message, ...rest }) => ({ ...rest, message: concat(message, random(1)) }),
  ({ commitment, ...rest }, i) => ({
    ...rest,
    commitment: toBase64(flipped(fromBase64(commitment ?? ''), i % 256)),
  }),
  ({ message }) => ({ message, commitment: null }),
  (given) => replayed ?? { ...given, commitment: null },
  async ({ commitment }) => {
    const { plaintext } = await sealContent({ text: 'from elsewhere' })
    const encrypted = await encrypt(elsewhere, plaintext)
    elsewhere = encrypted.group
    return { message: encrypted.message, commitment }
  },
]

const tries = size(1_000)
test(`${tries} tampered messages are detected (E3)`, async () => {
  let detected = 0
  for (let i = 0; i < tries; i++) {
    const { plaintext, commitment } = await sealContent({ text: `message ${i}` })
    const encrypted = await encrypt(alice, plaintext)
    alice = encrypted.group
    const given = { message: encrypted.message, commitment }
    const tampered = await (ways[i % ways.length] as (typeof ways)[0])(given, i)
    const noticed = await receive(tampered.message, tampered.commitment).then(
      () => null,
      (error: unknown) => error,
    )
    if (noticed instanceof Tampered) detected += 1
    else throw new Error(`Way ${i % ways.length} of message ${i} was not noticed: ${noticed}`)
    const received = await receive(given.message, commitment)
    expect(received).toMatchObject({ content: { text: `message ${i}` }, sender: { userId: 'user_alice' } })
    bob = received.group
    replayed = given
  }
  expect(detected).toBe(tries)
}, 300_000)

test('a commit that was changed on its way is not taken, and the group stays as it was (E3)', async () => {
  const renewed = await commit(alice, {})
  for (let i = 0; i < size(200, 16); i++) {
    const changed = flipped(renewed.commit, (i * 7_919) % (renewed.commit.length * 8))
    await expect(open(bob, changed), `bit ${i}`).rejects.toThrow(Tampered)
  }
  const taken = await open(bob, renewed.commit)
  expect(taken.kind).toBe('commit')
  ;[alice, bob] = [renewed.group, taken.group]
})

test('a file that was changed on its way does not open (E3)', async () => {
  const file = random(10_000)
  const { ciphertext, attachment } = await encryptFile(file, { contentType: 'image/png', name: 'a.png' })
  const sent = { ...attachment, mediaId: 'media_1' }
  expect(await decryptFile(ciphertext, sent)).toEqual(file)
  for (let i = 0; i < size(200, 16); i++) {
    const changed = flipped(ciphertext, (i * 7_919) % (ciphertext.length * 8))
    await expect(decryptFile(concat(changed), sent)).rejects.toThrow(Tampered)
  }
  const own = await encryptFile(utf8('another'), { contentType: 'text/plain', name: 'b' })
  await expect(decryptFile(own.ciphertext, sent)).rejects.toThrow(Tampered)
})
