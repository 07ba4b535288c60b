// From the sending of a message to the other's socket, while a thousand conversations are open.
import { once } from 'node:events'
import { print } from 'graphql'
import { WebSocket } from 'ws'
import { newId } from '#schema/ids.ts'
import type { ConversationRow } from '#subgraphs/messaging/model.ts'
import { settle } from '../tests/settle.ts'
import { MessageReceivedDocument, SendMessageDocument } from '../web/src/operations.gen.ts'
import { type Figure, type Measurement, percentile } from './figure.ts'
import { conversationRow } from './messages.ts'
import { asSent, headersOf } from './operation.ts'
import { openSystem } from './system.ts'
import { type Person, populate } from './world.ts'

/** Conversations that are open; `CONVERSATIONS` says otherwise. */
const many = Number(process.env.CONVERSATIONS ?? 1_000)
const few = 10
const messages = 300
/** Sockets that are opened at once. */
const step = 100

/** Two people, and the socket on which one of them listens. */
interface Open {
  conversationId: string
  sender: Person
  socket: WebSocket
}

/** Opens the figure. */
export async function messageToSocket(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, start } = await openSystem(stack)
  const product = await start('gateway/all-in-one.ts')
  await start('workers/all.ts')
  const host = `127.0.0.1:${product.port}`
  const { viewers } = await populate(platform, { viewers: many * 2, authors: 1, follows: 1, posts: 1 })
  const pairs = Array.from({ length: many }, (_, i) => viewers.slice(i * 2, i * 2 + 2) as [Person, Person])
  const rows = pairs.map((pair) => conversationRow(pair.map(({ id }) => id)))
  await platform.db('messaging').collection<ConversationRow>('conversations').insertMany(rows)

  const listening = async () => {
    const text = await (await fetch(`${product.adminUrl}/metrics`)).text()
    return Number(/^heliograph_subscriptions (\d+)$/m.exec(text)?.[1])
  }
  const measure = async (count: number): Promise<Measurement> => {
    const open: Open[] = []
    for (let from = 0; from < count; from += step) {
      const some = pairs.slice(from, Math.min(count, from + step))
      open.push(
        ...(await Promise.all(
          some.map(async ([sender, listener], i) => ({
            conversationId: rows[from + i]?._id ?? '',
            sender,
            socket: await listen(host, listener),
          })),
        )),
      )
    }
    while ((await listening()) < count);
    const times: number[] = []
    for (let i = 0; i < messages; i++) times.push(await timeOf(host, open[(i * 7) % count] as Open, i))
    for (const { socket } of open) socket.terminate()
    await settle(platform)
    while ((await listening()) > 0);
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
  }
  await measure(few)
  return {
    name: 'message-to-socket',
    what: `${messages} messages one after the other, each to another conversation, from the request to the message on the other’s socket.`,
    units: { p50: 'ms', p99: 'ms' },
    better: 'less',
    product: {
      name: `${many} open conversations, each on a socket of its own`,
      measure: () => measure(many),
    },
    baseline: { name: `${few} open conversations`, measure: () => measure(few) },
    aim: null,
  }
}

async function listen(host: string, { token }: Person): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${host}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await once(socket, 'message')
  const query = print(MessageReceivedDocument)
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: {} } }))
  return socket
}

/** Milliseconds from the request until the other has the message. */
async function timeOf(host: string, { conversationId, sender, socket }: Open, i: number): Promise<number> {
  const clientMessageId = newId('message')
  const heard = new Promise<void>((resolve) => {
    const take = (bytes: unknown) => {
      if (!String(bytes).includes(clientMessageId)) return
      socket.off('message', take)
      resolve()
    }
    socket.on('message', take)
  })
  const input = { conversationId, clientMessageId, text: `Message ${i}` }
  const started = performance.now()
  const sent = fetch(`http://${host}/graphql`, {
    method: 'POST',
    headers: headersOf(sender.token),
    body: JSON.stringify({ query: asSent(SendMessageDocument), variables: { input } }),
  }).then((response) => response.text())
  await heard
  const time = performance.now() - started
  const answer = await sent
  if (!answer.includes('"userErrors":[]')) throw new Error(answer)
  return time
}
