// One run of load as a process: what standard input says, the figures on standard output. Its connections are bare ones, each with
// one request at a time; they take the requests in turn. No answer may hold errors; where there is one request, every answer must be
// as long as the first.
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { percentile } from '../figure.ts'
import { createReader } from './http.ts'

export interface Load {
  port: number
  connections: number
  /** Seconds. */
  duration: number
  requests: LoadRequest[]
}

export interface LoadRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body: string
}

/** What a run found; times in milliseconds, `elapsed` in seconds. */
export interface LoadResult {
  count: number
  elapsed: number
  p50: number
  p99: number
}

const { port, connections, duration, requests } = JSON.parse(await text(process.stdin)) as Load
const written = requests.map(({ method, path, headers, body }) => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
})
let turn = 0

const times: number[] = []
let length = -1
const until = performance.now() + duration * 1_000

function drive(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let began = 0
  const ask = () => {
    began = performance.now()
    socket.write(written[turn++ % written.length] as Buffer)
  }
  const read = createReader((answer) => {
    const now = performance.now()
    times.push(now - began)
    if (length === -1 || written.length > 1) length = answer.body.length
    const isRefused = !answer.head.startsWith('HTTP/1.1 200') || answer.body.includes('"errors":[')
    if (isRefused || answer.body.length !== length) {
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
  socket.once('close', () => reject(new Error('the server closed a connection')))
  return promise
}

const started = performance.now()
await Promise.all(Array.from({ length: connections }, drive))
const elapsed = (performance.now() - started) / 1_000
const result: LoadResult = {
  count: times.length,
  elapsed,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
}
console.log(JSON.stringify(result))
