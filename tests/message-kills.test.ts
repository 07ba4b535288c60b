// Conversations while the processes that serve them die, the gateway, messaging and the worker that rings for messages, one after
// the other, again and again: every client ends with the same ordered history, and nothing that was acknowledged is missing or
// there twice (D2).
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import type { Answer, Person } from './person.ts'
import { isProof, size } from './size.ts'
import { type System, startSystem } from './system.ts'

const clientCount = isProof ? 200 : 4
const kills = isProof ? 20 : 3
const perClient = isProof ? 100 : 12
const victims = ['gateway', 'messaging', 'notifications'] as const
/** People of one conversation. */
const circle = isProof ? 5 : 2

let system: System

beforeAll(async () => {
  // What is to be replayed stays in the streams: each message stands in the inboxes of its whole circle.
  system = await startSystem({ mode: 'scaled', env: { EVENTS_MAX_BYTES: String(size(2 ** 30, 2 ** 25)) } })
}, 300_000)
afterAll(() => system?.[Symbol.asyncDispose]())

interface History {
  conversation: { unreadCount: number; messages: { nodes: { sequence: number }[] } } | null
}
interface Live {
  messageReceived: { cursor: string; message: { sequence: number } | null } | null
}
const live = `subscription ($after: String) { messageReceived(after: $after) { cursor message { sequence } } }`
const history = `query ($id: ID!) { conversation(id: $id) {
  unreadCount messages(last: 100) { nodes { sequence } } } }`

interface Member {
  person: Person
  conversationId: string
  /** Sequences as they came, and what was acknowledged to him as a sender: sequence by his own id. */
  heard: number[]
  acknowledged: Map<string, number>
}

/** What failed and was tried again, and how often: told when the test fails. */
const failures = new Map<string, number>()

/** Notes a try that failed, and waits before the next as clients do: each a little longer or shorter than the others. */
async function pauseAfter(error: unknown): Promise<void> {
  const said = error instanceof Error ? error.message : JSON.stringify(error)
  failures.set(said, (failures.get(said) ?? 0) + 1)
  await delay(50 + 200 * Math.random())
}

const isExpired = (errors: Answer<unknown>['errors'] = []) =>
  errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')

test(`${clientCount} clients and ${kills} kills: every client ends with the same ordered history`, async () => {
  const { url } = system
  onTestFailed(() => void process.stderr.write(`what failed on the way: ${JSON.stringify([...failures])}\n`))
  /** Resolves when what was killed is there again. */
  let up: Promise<unknown> = Promise.resolve()
  let listens = true
  const sockets = new Set<Client>()

  const members: Member[] = []
  while (members.length < clientCount) {
    // One circle after the other: hashing two hundred passwords at once is no test of messages.
    const names = Array.from({ length: circle }, (_, i) => `client${members.length + i}`)
    const people = await Promise.all(names.map((name) => system.signsUp(name)))
    const [first, ...others] = people
    if (!first) throw new Error('nobody')
    const { id } = await first.opensConversation(...others)
    for (const person of people)
      members.push({ person, conversationId: id, heard: [], acknowledged: new Map() })
  }

  const listen = async ({ person, heard }: Member) => {
    let cursor: string | null = null
    while (listens) {
      await up
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        connectionParams: { authorization: `Bearer ${person.accessToken}` },
        retryAttempts: 0,
        onNonLazyError: () => {},
      })
      sockets.add(client)
      try {
        for await (const { data, errors } of client.iterate<Live>({
          query: live,
          variables: { after: cursor },
        })) {
          // An event that nobody could answer has no cursor: it comes again after the last one that has.
          if (errors?.some(({ extensions }) => extensions?.code === 'SERVICE_UNAVAILABLE')) {
            await pauseAfter(errors)
            break
          }
          if (errors) throw new AggregateError(errors, JSON.stringify(errors))
          cursor = data?.messageReceived?.cursor ?? cursor
          const sequence = data?.messageReceived?.message?.sequence
          if (sequence !== undefined) heard.push(sequence)
        }
      } catch (error) {
        if (error instanceof AggregateError) throw error
        // An access token is good for 15 minutes.
        if (Object(error).code === 4401) await person.renews().catch(pauseAfter)
        else await pauseAfter(`socket: ${Object(error).code ?? Object(error).message}`)
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
      while (listens && !acknowledged.has(clientMessageId)) {
        await up
        const answer = await person.asks(op.SendMessageDocument, { input }).catch(pauseAfter)
        const sequence = answer?.data?.sendMessage.message?.sequence
        if (sequence !== undefined) acknowledged.set(clientMessageId, sequence)
        else if (isExpired(answer?.errors)) await person.renews().catch(pauseAfter)
        else if (answer) await pauseAfter(answer.errors)
      }
    }
  }

  const killAndRestart = async (victim: (typeof victims)[number]) => {
    if (victim === 'notifications') {
      await system.workers.get(victim)?.kill()
      return system.restartWorker(victim)
    }
    await system.services.get(victim)?.kill()
    return system.restartService(victim)
  }
  const answers = async () => {
    const [first] = members
    const answer = await first?.person.asks<History, { id: string }>(history, { id: first.conversationId })
    if (isExpired(answer?.errors)) await first?.person.renews()
    return answer?.errors.length === 0
  }

  const listening = Promise.all(members.map(listen))
  const exchange = async () => {
    await system.hears(members.length)
    const writing = Promise.all(members.map(write))
    const total = members.length * perClient
    const sent = () => members.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)
    for (let kill = 0; kill < kills; kill++) {
      const enough = Math.floor((total * (kill + 1)) / (kills + 2))
      await expect.poll(sent, { timeout: 300_000, interval: 5 }).toBeGreaterThanOrEqual(enough)
      const { promise, resolve } = Promise.withResolvers<void>()
      up = promise
      await killAndRestart(victims[kill % victims.length] ?? 'gateway')
      // The gateway finds out for itself that messaging is there again.
      await expect.poll(answers, { timeout: 60_000, interval: 50 }).toBe(true)
      resolve()
    }
    await writing
    // The worker has heard of all that rang.
    await system.settle()

    for (const conversation of new Set(members.map(({ conversationId }) => conversationId))) {
      const inIt = members.filter(({ conversationId }) => conversationId === conversation)
      const expected = Array.from({ length: inIt.length * perClient }, (_, i) => i + 1)
      const acknowledged = inIt.flatMap((member) => [...member.acknowledged.values()])
      expect(acknowledged.toSorted((a, b) => a - b)).toEqual(expected)
      for (const { person, heard } of inIt) {
        await expect.poll(() => new Set(heard).size, { timeout: 60_000 }).toBe(expected.length)
        // In order, and each once but for what a cursor that was not written down yet brought again.
        expect([...new Set(heard)]).toEqual(expected)
        await person.renews()
        const { data, errors } = await person.asks<History, { id: string }>(history, { id: conversation })
        expect(errors).toEqual([])
        const page = data?.conversation?.messages.nodes.map(({ sequence }) => sequence)
        expect(page).toEqual(expected.slice(-100))
        expect(data?.conversation?.unreadCount).toBe(expected.length - perClient)
      }
    }
  }
  try {
    // Whoever cannot hear any more ends the test at once.
    await Promise.race([exchange(), listening])
  } finally {
    listens = false
    for (const client of sockets) client.terminate()
  }
  await listening
}, 2_400_000)
