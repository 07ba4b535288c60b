// `npm run chaos [-- --seconds N --people N]`: the system as processes, people who act, and every few seconds a fault: a process is
// killed, Redis or NATS cannot be reached, or JetStream loses everything. Then everything that was acknowledged is looked up
// (X1–X3, X7). Exits with 1 when something was lost or doubled.
import { parseArgs } from 'node:util'
import { picture } from '../tests/pictures.ts'
import { testEnvironment } from '../tests/platform.ts'
import { buildRoad, type Road } from '../tests/road.ts'
import { settle } from '../tests/settle.ts'
import { type System, startSystem } from '../tests/system.ts'
import { audit } from './audit.ts'
import { loseStreams } from './faults.ts'
import { act } from './load.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, people: { type: 'string', default: '8' } },
})
const seconds = Number(values.seconds)
const crowd = Number(values.people)

/** How long a road stays cut, and how long things go well in between. */
const cutMs = 3_000
const peaceMs = 2_000
/** Longest that the system may take to come to rest afterwards. */
const restMs = 120_000

const say = (line: string) => process.stdout.write(`${line}\n`)
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

await using stack = new AsyncDisposableStack()
const roads = await roadsTo(['REDIS_URL', 'NATS_URL'])
const environment = Object.fromEntries([...roads].map(([name, road]) => [name, road.url]))
const system = await startSystem({ mode: 'scaled', env: { ...environment, LOG_LEVEL: 'silent' } })
stack.use(system)

const people = await Promise.all(Array.from({ length: crowd }, (_, i) => system.signsUp(`chaos${i}`)))
const posts = await Promise.all(
  people.map(async (person, i) => {
    const { id } = await person.posts([await person.uploads(await picture(), 'image/jpeg')], `post ${i}`)
    return { id, authorId: person.id }
  }),
)
const conversations = await Promise.all(
  people.map((person, i) => person.opensConversation(people[(i + 1) % people.length] as typeof person)),
)
await system.settle()

say(`${crowd} people act for ${seconds} s; a fault every ${(peaceMs + cutMs) / 1_000} s`)
const ended = new AbortController()
const acting = act({ people, posts, conversationIds: conversations.map(({ id }) => id) }, ended.signal)
const until = Date.now() + seconds * 1_000
for (let turn = 0; Date.now() < until; turn++) {
  await wait(peaceMs)
  await fault(system, turn)
}
ended.abort()
const done = await acting
say(`${done.attempts} calls, ${done.failures} of them failed and were tried again`)
const began = Date.now()
await settle(system.platform, restMs)
say(`at rest ${((Date.now() - began) / 1_000).toFixed(1)} s after the last call`)

const findings = await audit(system.platform, done)
for (const { what, expected, lost, doubled } of findings)
  say(`${what}: ${expected}, lost ${lost}, doubled ${doubled}`)
if (findings.some(({ lost, doubled }) => lost + doubled > 0)) process.exitCode = 1

/** The next fault, in turn: each process is killed and started again; each road is cut for a while; all streams are lost. */
async function fault(
  { platform, services, workers, restartService, restartWorker }: System,
  turn: number,
): Promise<void> {
  const faults = [
    ...[...services.keys()].map((name) => async () => {
      say(`kill ${name}`)
      await services.get(name)?.kill()
      await restartService(name)
    }),
    ...[...workers.keys()].map((name) => async () => {
      say(`kill ${name}`)
      await workers.get(name)?.kill()
      await restartWorker(name)
    }),
    ...[...roads].map(([name, road]) => async () => {
      say(`cut ${name}`)
      road.cut()
      await wait(cutMs)
      road.mend()
    }),
    async () => {
      say('lose JetStream')
      await loseStreams(platform)
    },
  ]
  // Steps through all of them in an order that mixes the kinds: by a stride that shares no divisor with their number.
  const stride = [5, 7, 11].find((step) => faults.length % step !== 0) ?? 1
  await faults[(turn * stride) % faults.length]?.()
}

async function roadsTo(names: readonly string[]): Promise<Map<string, Road>> {
  const built = new Map<string, Road>()
  const servers = testEnvironment()
  for (const name of names) {
    const url = servers[name]
    if (!url) throw new Error(`${name} is not set`)
    const road = await buildRoad(url)
    stack.defer(() => road.close())
    built.set(name, road)
  }
  return built
}
