// nginx itself with the configuration beside this file, in front of a gateway and of one that is dead.
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createPlainServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, expect, test } from 'vitest'
import { startAllInOne } from '../../gateway/all-in-one.ts'
import { testPlatform } from '../../tests/platform.ts'
import { startBalancer, whyNoNginx } from '../local/nginx.mjs'

const missing = whyNoNginx()
const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port
const listen = async <S extends Server | ReturnType<typeof createPlainServer>>(server: S): Promise<S> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** nginx before these ports. */
async function balance(...ports: number[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-balancer-'))
  const { url, stop } = await startBalancer({ dir, gateways: ports.map((port) => `127.0.0.1:${port}`) })
  stack.defer(stop)
  return url
}

test.skipIf(missing)('with one gateway of two dead, requests are answered and sockets open', async () => {
  const { platform, stack: gateway } = await testPlatform()
  stack.use(gateway)
  const { port } = await startAllInOne(platform, gateway)
  const gone = await listen(createPlainServer())
  const dead = portOf(gone)
  gone.close()
  const url = await balance(dead, port)
  const query = '{ serverInfo { version } }'
  for (let i = 0; i < 10; i++) {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    expect([answer.status, await answer.json()]).toMatchObject([200, { data: { serverInfo: {} } }])
  }
  const socket = createClient({ url: `${url.replace('http', 'ws')}/graphql`, retryAttempts: 0 })
  const { value } = await socket.iterate({ query }).next()
  expect(value).toMatchObject({ data: { serverInfo: {} } })
  await socket.dispose()
})

test.skipIf(missing)('a gateway hears who asks, and what it writes arrives at once', async () => {
  let heard: IncomingHttpHeaders = {}
  let open: ServerResponse | undefined
  const upstream = await listen(
    createServer((request, response) => {
      heard = request.headers
      open = response
      response.write('data: 1\n\n')
    }),
  )
  stack.defer(() => void upstream.close())
  const url = await balance(portOf(upstream))
  const answer = await fetch(`${url}/graphql/stream`, { headers: { 'x-forwarded-for': '192.0.2.1' } })
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  // The gateway has not ended its answer yet.
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n')
  expect(open?.writableEnded).toBe(false)
  open?.end()
  expect((await reader.read()).done).toBe(true)
  expect(heard).toMatchObject({
    'x-forwarded-for': '192.0.2.1, 127.0.0.1',
    'x-forwarded-proto': 'http',
    host: new URL(url).host,
  })
})
