import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { AnswerStream } from './answer-stream.ts'
import { deliver } from './delivery.ts'
import type { GraphQLAnswer } from './executor/executor.ts'

/** Answers whatever the test tells it to. */
class Answers extends AnswerStream {
  closed = 0
  say = (answer: GraphQLAnswer) => this.emit(answer)
  end = () => this.finish()
  break = (error: unknown) => this.fail(error)
  protected begin(): void {}
  protected close(): void {
    this.closed += 1
  }
}

const textOf = (length: number): GraphQLAnswer => ({ data: { text: 'é'.repeat(length) } })

let server: WebSocketServer
beforeAll(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await once(server, 'listening')
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

/** The server's end of a new connection, the client's, and what the first is over. */
async function pair() {
  const accepted = once(server, 'connection')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [socket, request] = (await accepted) as [WebSocket, { socket: Duplex }]
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open')
  return { client, socket, transport: request.socket }
}

test('one answer reaches all, of whatever size, under the name that each client gave', async () => {
  const { client, socket, transport } = await pair()
  const heard: unknown[] = []
  client.on('message', (bytes) => heard.push(JSON.parse(String(bytes))))
  const ids = ['1', '"ü"', '1']
  const streams = ids.map((id) => deliver(new Answers(), socket, transport, id) as Answers)
  const sizes = [0, 50, 200, 40_000]
  for (const size of sizes) {
    const answer = textOf(size)
    for (const stream of streams) await stream.say(answer)
  }
  // The library's own messages come in between as they were sent.
  socket.send('"last"')
  await expect.poll(() => heard.length).toBe(sizes.length * ids.length + 1)
  const expected = sizes.flatMap((size) => ids.map((id) => ({ id, type: 'next', payload: textOf(size) })))
  expect(heard).toEqual([...expected, 'last'])
  client.close()
})

test('the next answer waits for a client that is slow, until he is gone', async () => {
  const { client, socket, transport } = await pair()
  client.pause()
  const stream = deliver(new Answers(), socket, transport, '1') as Answers
  let waits: Promise<void> | undefined
  for (let i = 0; i < 1_000 && !waits; i++) waits = stream.say(textOf(50_000))
  expect(waits).toBeInstanceOf(Promise)
  client.terminate()
  await waits
  await once(socket, 'close')
  expect(stream.say(textOf(1))).toBeUndefined()
})

test('a slow client that reads on gets everything, and the next answers wait no more', async () => {
  const { client, socket, transport } = await pair()
  const heard: number[] = []
  client.on('message', (bytes) => heard.push(JSON.parse(String(bytes)).payload.data.text.length))
  client.pause()
  const stream = deliver(new Answers(), socket, transport, '1') as Answers
  let sent = 0
  for (let waits: Promise<void> | undefined; !waits && sent < 1_000; ) {
    sent += 1
    waits = stream.say(textOf(50_000))
    if (waits) {
      client.resume()
      await waits
    }
  }
  await stream.say(textOf(7))
  await expect.poll(() => heard.length).toBe(sent + 1)
  expect(heard.at(-1)).toBe(7)
  client.close()
})

test('what is handed over is not read; reading ends with the stream', async () => {
  const handed: GraphQLAnswer[] = []
  const stream = new Answers()
  stream.handTo((answer) => void handed.push(answer))
  const read = stream.next()
  stream.say(textOf(1))
  stream.say(textOf(2))
  stream.end()
  expect(await read).toEqual({ value: undefined, done: true })
  expect(handed).toEqual([textOf(1), textOf(2)])
})

test('read one by one, an answer waits for the one before to be read; leaving ends a read that waits', async () => {
  const stream = new Answers()
  const first = stream.next()
  const taken = stream.say(textOf(1))
  expect(await first).toEqual({ value: textOf(1), done: false })
  const second = stream.next()
  await taken
  await stream.return()
  expect((await second).done).toBe(true)
  expect(stream.closed).toBe(1)

  const broken = new Answers()
  const waiting = broken.next()
  broken.break(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
  expect((await broken.next()).done).toBe(true)
})
