// One run of load as a process: what LOAD says, the figures on standard output. Its connections are bare ones, each with one
// request at a time, and every answer must be as long as the first.
import { connect } from 'node:net'
import { percentile } from '../figure.ts'
import { createReader } from './http.ts'

interface Load {
  port: number
  connections: number
  /** Seconds. */
  duration: number
  headers: Record<string, string>
  body: string
}

const { port, connections, duration, headers, body } = JSON.parse(process.env.LOAD ?? '{}') as Load
const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
const request = Buffer.from(
  `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
)

const times: number[] = []
let length = -1
const until = performance.now() + duration * 1_000

function drive(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let began = 0
  const ask = () => {
    began = performance.now()
    socket.write(request)
  }
  const read = createReader((answer) => {
    const now = performance.now()
    times.push(now - began)
    if (length === -1) length = answer.body.length
    if (answer.body.length !== length || !answer.head.startsWith('HTTP/1.1 200')) {
      reject(new Error(`${answer.head}\n${answer.body.toString('utf8').slice(0, 500)}`))
    } else if (now < until) ask()
    else {
      socket.destroy()
      resolve()
    }
  })
  socket.once('connect', ask)
  socket.on('data', read)
  socket.once('error', reject)
  socket.once('close', () => reject(new Error('the gateway closed a connection')))
  return promise
}

const started = performance.now()
await Promise.all(Array.from({ length: connections }, drive))
const elapsed = (performance.now() - started) / 1_000
console.log(JSON.stringify({ count: times.length, elapsed, p99: percentile(times, 0.99) }))
