// The canned subgraphs as one process: `/<name>` each. The first request of its kind is executed, all others get the same bytes,
// over bare connections: a gateway that is to be compared must not wait for them.
import { createServer } from 'node:net'
import { parse } from 'graphql'
import { localSubgraph } from '../../gateway/executor/fixture.ts'
import { cannedSubgraphs } from './graph.ts'
import { createReader, type Message } from './http.ts'

const executors = new Map(cannedSubgraphs.map((part) => [part.name, localSubgraph(part)]))
const answers = new Map<string, Buffer>()

async function execute({ head, body }: Message): Promise<Buffer> {
  const name = head.slice(head.indexOf('/') + 1, head.indexOf(' ', head.indexOf('/')))
  const { query, variables, operationName } = JSON.parse(body.toString('utf8'))
  const result = await executors
    .get(name)
    ?.execute({ document: parse(query), variables, operationName, context: {} })
  const bytes = Buffer.from(JSON.stringify(result))
  const start = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(start), bytes])
}

const server = createServer({ noDelay: true }, (socket) => {
  // A client may send its next request before it has the answer to this one: answers keep the order.
  let last: Promise<unknown> | undefined
  const read = createReader((message) => {
    const key = `${message.head.slice(0, message.head.indexOf('\r\n'))} ${message.body.toString('latin1')}`
    const known = answers.get(key)
    if (known && !last) {
      socket.write(known)
      return
    }
    const answer = (last ?? Promise.resolve()).then(async () => {
      const bytes = known ?? (await execute(message))
      answers.set(key, bytes)
      socket.write(bytes)
      if (last === answer) last = undefined
    })
    last = answer
  })
  socket.on('data', read)
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  console.log(JSON.stringify({ level: 30, msg: 'ready', port }))
})
process.once('SIGTERM', () => process.exit())
