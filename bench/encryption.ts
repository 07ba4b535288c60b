// Encryption: what a message to a group costs its sender, and what it costs to bring somebody in, by the size of the group. No
// server takes part: it stores what these make.

import { sealContent } from '../web/src/messages/encryption/content.ts'
import {
  commit,
  createGroup,
  createKeyPackage,
  createSigningKey,
  encrypt,
  type Group,
  readKeyPackage,
} from '../web/src/messages/encryption/group.ts'
import { type Figure, type Measurement, percentile } from './figure.ts'
import { scaled } from './size.ts'

const large = 100
const small = 2
const text = 'A message of the usual length, in which somebody says something to the others.'

async function packageOf(number: number) {
  const name = { userId: `user_${number}`, deviceId: 'phone' }
  const own = await createKeyPackage(name, await createSigningKey())
  const keyPackage = readKeyPackage(own.keyPackage, name)
  if (!keyPackage) throw new Error('no key package')
  return { own, keyPackage }
}

/** A group of a size, in which its first member has brought in the others at once. */
async function groupOf(size: number): Promise<Group> {
  const [first, ...others] = await Promise.all(Array.from({ length: size }, (_, i) => packageOf(i)))
  if (!first) throw new Error('nobody')
  const group = await createGroup('conversation_1', first.own)
  return (await commit(group, { add: others.map(({ keyPackage }) => keyPackage) })).group
}

async function timed(rounds: number, work: () => Promise<number>): Promise<Measurement> {
  const times: number[] = []
  let bytes = 0
  for (let i = 0; i < rounds; i++) {
    const started = performance.now()
    bytes = await work()
    times.push(performance.now() - started)
  }
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), bytes }
}

/** Opens the figure of sending: content, padding, commitment and ciphertext. */
export async function encryptionSend(): Promise<Figure> {
  const sending = async (size: number) => {
    let group = await groupOf(size)
    return () =>
      timed(scaled(300, 20), async () => {
        const { plaintext } = await sealContent({ text })
        const encrypted = await encrypt(group, plaintext)
        group = encrypted.group
        return encrypted.message.length
      })
  }
  const [toMany, toOne] = [await sending(large), await sending(small)]
  await toMany()
  await toOne()
  return {
    name: 'encryption-send',
    what: 'One message, sealed and encrypted by its sender: one ciphertext for everyone.',
    units: { p50: 'ms', p99: 'ms', bytes: 'bytes' },
    better: 'less',
    product: { name: `to a group of ${large} devices`, measure: toMany },
    baseline: { name: 'to one other device', measure: toOne },
    aim: 0.5,
  }
}

/** Opens the figure of adding: the commit, the welcome with the tree, and the group's public state. */
export async function encryptionAdd(): Promise<Figure> {
  const adding = async (size: number) => {
    const group = await groupOf(size)
    const fresh = await packageOf(size)
    return () =>
      timed(scaled(30, 3), async () => {
        const added = await commit(group, { add: [fresh.keyPackage] })
        return added.commit.length + (added.welcome?.length ?? 0) + added.groupInfo.length
      })
  }
  const [toMany, toOne] = [await adding(large), await adding(small)]
  await toMany()
  await toOne()
  return {
    name: 'encryption-add',
    what: 'One device brought in by a commit. The tree that it gets, and all state that is kept, grow with the group.',
    units: { p50: 'ms', p99: 'ms', bytes: 'bytes' },
    better: 'less',
    product: { name: `to a group of ${large} devices`, measure: toMany },
    baseline: { name: 'to a group of two', measure: toOne },
    aim: null,
  }
}
