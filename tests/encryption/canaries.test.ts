// What the server keeps of encrypted conversations: ciphertext. Canaries are sung in every way that the client knows, and looked
// for in every place that the system has, and in what each of its processes says.
import { expect, test } from 'vitest'
import { eventSubject } from '#schema/events.ts'
import { utf8 } from '../../web/src/messages/encryption/bytes.ts'
import * as op from '../../web/src/operations.gen.ts'
import { size } from '../size.ts'
import { startSystem } from '../system.ts'
import { deviceOf, encryptedConversation, sendFile, texts } from './devices.ts'
import { createSearch, inMongo, inRedis, inStore, inStreams, operationTime } from './places.ts'

const mark = 'canary-Zq7xWv'
const many = size(1_000)

test(`${many} plaintext canaries are in no dump, stream, log or object (E1)`, async () => {
  // Each part a process of its own, so that everything it says can be read.
  await using system = await startSystem({ mode: 'scaled' })
  const { platform } = system
  const since = await operationTime(platform)
  const [ana, bo, cy] = await Promise.all(['ana', 'bo', 'cy'].map((name) => system.signsUp(name)))
  if (!ana || !bo || !cy) throw new Error('nobody')
  const devices = [await deviceOf(ana), await deviceOf(bo), await deviceOf(cy)] as const
  const [first, second, third] = devices
  const id = await encryptedConversation(ana, bo, cy)
  const canaries = Array.from({ length: many }, (_, i) => `${mark}-${i}-${crypto.randomUUID()}`)
  for (const [i, canary] of canaries.entries()) {
    const device = devices[i % devices.length] ?? first
    if (i % 25 === 0)
      await sendFile(device, id, { name: `${canary}.png`, bytes: utf8(canary.repeat(9)) }, canary)
    else if (i % 25 === 1) {
      // What it becomes is told as what it was.
      const messageId = await device.send(id, { text: 'before' })
      await device.edit(id, messageId ?? '', canary)
    } else if (i % 5 === 0) await device.send(id, { text: `https://example.org/${canary}` })
    else await device.send(id, { text: canary })
  }
  const [last = ''] = canaries.slice(-1)
  expect((await texts(third, id)).at(-1)).toContain(last)
  await first.backUp('what canaries sing at night')
  await second.reconcile(id, { renew: true })

  // Controls: the same search finds what is said in the clear.
  const control = `${mark}-control-${crypto.randomUUID()}`
  const plain = await bo.does(op.CreateConversationDocument, {
    input: { memberIds: [cy.id], encrypted: false },
  })
  await bo.says({ id: plain.createConversation.conversation?.id ?? '' }, control)
  await platform.cache.set(`${platform.config.namespace}:control`, Buffer.from(control).toString('base64'))
  await platform.storage.write('private/control', Buffer.from(control), {
    contentType: 'text/plain',
    byteSize: control.length,
  })
  const subject = `${platform.config.namespace}.inbox.control`
  await platform.jetstream.publish(subject, JSON.stringify({ control }))
  // A process that gets an event which it cannot read says under which subject it came; these reach all but the gateway.
  for (const name of [
    'message.linked',
    'message.sent',
    'notification.changed',
    'post.published',
    'comment.created',
    'relation.changed',
  ] as const)
    await platform.jetstream.publish(
      `${platform.config.namespace}.${eventSubject(name, control)}`,
      'no event',
    )
  await system.settle()

  const search = createSearch(mark, [...canaries, control])
  const places = {
    mongo: inMongo(platform, since),
    redis: inRedis(platform),
    streams: inStreams(platform),
    store: inStore(platform),
  }
  const found: Record<string, string[]> = {}
  for (const [place, contents] of Object.entries(places)) {
    const all = new Set<string>()
    for await (const content of contents) for (const canary of search(content)) all.add(canary)
    found[place] = [...all]
  }
  expect(found).toEqual({ mongo: [control], redis: [control], streams: [control], store: [control] })
  const said = Object.fromEntries(
    [...system.services, ...system.workers].map(([name, child]) => [name, search(child.said.join('\n'))]),
  )
  const { gateway, ...others } = said
  expect(gateway).toEqual([])
  for (const [name, heard] of Object.entries(others)) expect(heard, name).toEqual([control])
  // The gateway gets no events: it says where a subgraph was that does not answer.
  const feed = system.services.get('feed')
  const address = `127.0.0.1:${feed?.port}`
  const heard = createSearch(address, [address])
  const saidByGateway = () => heard(system.services.get('gateway')?.said.join('\n') ?? '')
  expect(saidByGateway()).toEqual([])
  await feed?.kill()
  await ana.asks(op.HomeFeedDocument, { first: 1 })
  await expect.poll(saidByGateway).toEqual([address])
  await platform.storage.removePrefix('private/control')
}, 1_500_000)
