// A gateway that dies while events flow: whoever comes back with his last cursor has missed nothing (R4).
import { print } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import type { Person } from './person.ts'
import { picture } from './pictures.ts'
import { isProof } from './size.ts'
import { type System, startSystem } from './system.ts'

const kills = isProof ? 20 : 3
/** Events between two kills, at least. */
const between = 20
/** Events on their way at most: far fewer than one replay can bring. */
const window = 200

let system: System
let alice: Person
let post: { id: string }

beforeAll(async () => {
  system = await startSystem({ mode: 'scaled' })
  alice = await system.signsUp('alice')
  const mediaId = await alice.uploads(await picture(), 'image/jpeg')
  await system.settle()
  post = await alice.posts([mediaId], 'talk to me')
  await system.settle()
}, 300_000)
afterAll(() => system?.[Symbol.asyncDispose]())

test(
  `${kills} kills of the gateway under traffic: what was received is what was published (R4)`,
  async () => {
    let gateway = await system.startGateway()
    /** Resolves when the gateway is there. */
    let up: Promise<unknown> = Promise.resolve()
    const { port } = gateway
    const published: string[] = []
    const received: string[] = []
    let cursor: string | null = null
    let client: Client | undefined
    let writes = true
    let listens = true

    const listen = async () => {
      while (listens) {
        await up
        client = createClient({
          url: `ws://127.0.0.1:${port}/graphql`,
          connectionParams: { authorization: `Bearer ${alice.accessToken}` },
          retryAttempts: 0,
          onNonLazyError: () => {},
        })
        const variables: op.CommentAddedSubscriptionVariables = { postId: post.id, after: cursor }
        try {
          for await (const { data, errors } of client.iterate<op.CommentAddedSubscription>({
            query: print(op.CommentAddedDocument),
            variables,
          })) {
            if (errors) throw new AggregateError(errors, JSON.stringify(errors))
            cursor = data?.commentAdded?.cursor ?? cursor
            if (data?.commentAdded?.comment) received.push(data.commentAdded.comment.id)
          }
        } catch (error) {
          if (error instanceof AggregateError) throw error
        }
        void client.dispose()
      }
    }
    const write = async () => {
      for (let i = 0; writes; i++) {
        await expect
          .poll(() => published.length - received.length, { timeout: 30_000, interval: 5 })
          .toBeLessThan(window)
        const comment = await alice.comments(post, `number ${i}`)
        if (comment) published.push(comment.id)
      }
    }

    const listening = listen()
    await expect
      .poll(async () => (await fetch(`${gateway.adminUrl}/metrics`)).text(), { timeout: 15_000 })
      .toContain('heliograph_subscriptions 1')
    const writing = write()
    for (let kill = 0; kill < kills; kill++) {
      const enough = received.length + between
      await expect.poll(() => received.length, { timeout: 30_000, interval: 5 }).toBeGreaterThan(enough)
      const { promise, resolve } = Promise.withResolvers<void>()
      up = promise
      await gateway.kill()
      gateway = await system.startGateway(port)
      resolve()
    }
    writes = false
    await writing
    await expect.poll(() => received.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(published.length)
    listens = false
    client?.terminate()
    await listening
    expect(received.toSorted()).toEqual(published.toSorted())
  },
  isProof ? 900_000 : 300_000,
)
