// Conversations while the process that serves them dies, gateway and messaging together, again and again: every client ends with
// the same ordered history, and nothing that was acknowledged is missing or there twice (D2).
import { print } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import { type Person, send } from './person.ts'
import { isProof } from './size.ts'
import { type Child, type System, startSystem } from './system.ts'

const clientCount = isProof ? 200 : 4
const kills = isProof ? 20 : 2
const perClient = isProof ? 100 : 12
/** People of one conversation. */
const circle = isProof ? 10 : 2

let system: System

beforeAll(async () => {
  system = await startSystem()
}, 180_000)
afterAll(() => system?.[Symbol.asyncDispose]())

interface History {
  conversation: { unreadCount: number; messages: { nodes: { sequence: number }[] } } | null
}
const history = `query ($id: ID!) { conversation(id: $id) {
  unreadCount messages(last: 100) { nodes { sequence } } } }`

interface Member {
  person: Person
  conversationId: string
  /** Sequences as they came, and what was acknowledged to him as a sender: sequence by his own id. */
  heard: number[]
  acknowledged: Map<string, number>
}

test(`${clientCount} clients and ${kills} kills: every client ends with the same ordered history`, async () => {
  let served: Child = await system.startGateway()
  const { port } = served
  const url = `http://127.0.0.1:${port}`
  /** Resolves when the process is there. */
  let up: Promise<unknown> = Promise.resolve()
  let listens = true
  const sockets = new Set<Client>()

  const people = await Promise.all(
    Array.from({ length: clientCount }, (_, i) => system.signsUp(`client${i}`)),
  )
  const members: Member[] = []
  for (let i = 0; i < people.length; i += circle) {
    const [first, ...others] = people.slice(i, i + circle)
    if (!first) continue
    const { id } = await first.opensConversation(...others)
    for (const person of [first, ...others])
      members.push({ person, conversationId: id, heard: [], acknowledged: new Map() })
  }

  const listen = async ({ person, heard }: Member) => {
    let cursor: string | null = null
    while (listens) {
      await up
      const client = createClient({
        url: `ws://127.0.0.1:${port}/graphql`,
        connectionParams: { authorization: `Bearer ${person.accessToken}` },
        retryAttempts: 0,
        onNonLazyError: () => {},
      })
      sockets.add(client)
      const variables: op.MessageReceivedSubscriptionVariables = { after: cursor }
      try {
        for await (const { data, errors } of client.iterate<op.MessageReceivedSubscription>({
          query: print(op.MessageReceivedDocument),
          variables,
        })) {
          if (errors) throw new AggregateError(errors, JSON.stringify(errors))
          cursor = data?.messageReceived?.cursor ?? cursor
          const sequence = data?.messageReceived?.message?.sequence
          if (sequence !== undefined) heard.push(sequence)
        }
      } catch (error) {
        if (error instanceof AggregateError) throw error
      }
      sockets.delete(client)
      void client.dispose()
    }
  }
  const write = async ({ person, conversationId, acknowledged }: Member) => {
    for (let i = 0; i < perClient; i++) {
      const clientMessageId = `${person.username} ${i}`
      const input = { conversationId, clientMessageId, text: `${i} by ${person.username}` }
      // Without an answer nobody knows whether it was sent: it is sent again under the same id.
      while (!acknowledged.has(clientMessageId)) {
        await up
        const { data } = await send(url, op.SendMessageDocument, { input }, person.accessToken).catch(() => ({
          data: null,
        }))
        const sequence = data?.sendMessage.message?.sequence
        if (sequence !== undefined) acknowledged.set(clientMessageId, sequence)
      }
    }
  }

  const listening = members.map(listen)
  await expect
    .poll(async () => (await fetch(`${served.adminUrl}/metrics`)).text(), { timeout: 30_000 })
    .toContain(`heliograph_subscriptions ${members.length}`)
  const writing = Promise.all(members.map(write))
  const total = members.length * perClient
  const sent = () => members.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)
  for (let kill = 0; kill < kills; kill++) {
    const enough = Math.floor((total * (kill + 1)) / (kills + 2))
    await expect.poll(sent, { timeout: 120_000, interval: 5 }).toBeGreaterThanOrEqual(enough)
    const { promise, resolve } = Promise.withResolvers<void>()
    up = promise
    await served.kill()
    served = await system.startGateway(port)
    resolve()
  }
  await writing

  for (const conversation of new Set(members.map(({ conversationId }) => conversationId))) {
    const inIt = members.filter(({ conversationId }) => conversationId === conversation)
    const expected = Array.from({ length: inIt.length * perClient }, (_, i) => i + 1)
    const acknowledged = inIt.flatMap((member) => [...member.acknowledged.values()])
    expect(acknowledged.toSorted((a, b) => a - b)).toEqual(expected)
    for (const { person, heard } of inIt) {
      await expect.poll(() => new Set(heard).size, { timeout: 60_000 }).toBe(expected.length)
      // In order, and each once but for what a cursor that was not written down yet brought again.
      expect([...new Set(heard)]).toEqual(expected)
      const { data, errors } = await person.asks<History, { id: string }>(history, { id: conversation })
      expect(errors).toEqual([])
      const page = data?.conversation?.messages.nodes.map(({ sequence }) => sequence)
      expect(page).toEqual(expected.slice(-100))
      expect(data?.conversation?.unreadCount).toBe(expected.length - perClient)
    }
  }
  listens = false
  for (const client of sockets) client.terminate()
  await Promise.all(listening)
}, 900_000)
