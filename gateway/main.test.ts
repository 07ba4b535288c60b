// `SUPERGRAPH=… PORT=… node gateway/main.ts`, as suites that audit gateways start it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compose, serveSubgraph, subgraphs } from './executor/fixture.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

let folder: string
const servers = new Map<string, Awaited<ReturnType<typeof serveSubgraph>>>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-standalone-'))
  for (const part of subgraphs)
    servers.set(part.name, await serveSubgraph(part, () => ({ calls: new Map() })))
})

afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()))
  await rm(folder, { recursive: true })
})

/** Nothing but these variables: no database, no queue, no secret. */
function start(supergraphFile: string) {
  const env = { PATH: process.env.PATH, SUPERGRAPH: supergraphFile, PORT: '0' }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  return { child, exit: once(child, 'exit') as Promise<[number | null]>, stderr: text(child.stderr) }
}

async function readyPort(output: AsyncIterable<Buffer>): Promise<number> {
  let lines = ''
  for await (const chunk of output) {
    lines += chunk.toString()
    const ready = lines.split('\n').find((line) => line.includes('"msg":"ready"'))
    if (ready) return (JSON.parse(ready) as { port: number }).port
  }
  throw new Error(`it did not start: ${lines}`)
}

test('the gateway starts alone on a supergraph file and stops when told', async () => {
  const file = join(folder, 'supergraph.graphql')
  await writeFile(
    file,
    compose(subgraphs, (name) => servers.get(name)?.url ?? ''),
  )
  const { child, exit } = start(file)
  try {
    const port = await readyPort(child.stdout)
    const healthy = await fetch(`http://127.0.0.1:${port}/healthz`)
    expect(healthy.status).toBe(200)
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: '{ posts(first: 2) { text author { name } likeCount } }' }),
    })
    expect(await response.json()).toEqual({
      data: {
        posts: [
          { text: 'post 0', author: { name: 'ada' }, likeCount: 3 },
          { text: 'post 1', author: { name: 'bea' }, likeCount: 3 },
        ],
      },
    })
  } finally {
    child.kill('SIGTERM')
  }
  expect((await exit)[0]).toBe(0)
})

test.each([
  ['is not there', async (file: string) => `${file}.missing`, 'SUPERGRAPH cannot be read'],
  [
    'is none',
    async (file: string) => {
      await writeFile(file, 'type Query { a: Int }')
      return file
    },
    'SUPERGRAPH is not a supergraph',
  ],
  [
    'does not say where a subgraph is',
    async (file: string) => {
      await writeFile(
        file,
        compose(subgraphs, () => ''),
      )
      return file
    },
    'does not say where the subgraph accounts is',
  ],
])('a supergraph that %s is told in one line', async (_, write, message) => {
  const { exit, stderr } = start(await write(join(folder, 'broken.graphql')))
  expect((await exit)[0]).toBe(1)
  expect(await stderr).toContain(message)
  expect(
    (await stderr)
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('    at ')),
  ).toEqual([])
})
