import { readFileSync } from 'node:fs'
import { execSync } from 'node:child_process'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { startProcess } from '../tests/system.ts'
import { HomeFeedDocument } from '../web/src/operations.gen.ts'
import { asSent, headersOf } from './operation.ts'
import { populate } from './world.ts'
const env = testEnvironment({ PUBLIC_URL: 'http://localhost:4000' })
const { platform, stack } = await testPlatform({}, env)
const prof = process.argv[2] === 'prof'
const start = async (file: string) => {
  const c = await startProcess(file, { ...env, ...(prof ? { NODE_OPTIONS: '--cpu-prof --cpu-prof-dir=/tmp/h/b/prof --cpu-prof-interval 500' } : {}) }); stack.defer(() => c.stop()); return c
}
const cpu = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(f[11]) + Number(f[12])) * 10 }
const port = (u: string) => u.match(/:(\d+)/g)!.at(-1)!.slice(1)
const pidOf = (p: string) => Number(execSync(`pgrep -f -- "--port ${p}"`).toString().split('\n')[0])
const mongod = pidOf(/:(\d+)\//.exec(env.MONGODB_URI!)?.[1] ?? '')
const redis = pidOf(port(env.REDIS_URL!))
const gw = await start('gateway/all-in-one.ts')
const world = await populate(platform, { viewers: 50, authors: 100, follows: 30, posts: 600 })
const bl = await start('bench/baseline/home-feed.ts')
const body = JSON.stringify({ operationName: 'HomeFeed', query: asSent(HomeFeedDocument), variables: { first: 20 } })
const n = Number(process.argv[3] ?? 1000)
async function run(c: typeof gw, n: number) {
  let i = 0
  const one = async () => { while (i < n) { const v = world.viewers[i++ % 50]!; const r = await fetch(`http://127.0.0.1:${c.port}/graphql`, { method: 'POST', headers: headersOf(v.token), body }); const t = await r.text(); if (!r.ok || t.includes('"errors"')) throw new Error(t.slice(0, 500)) } }
  await Promise.all(Array.from({ length: 8 }, one))
}
await run(gw, 300); await run(bl, 300)
for (const [name, c] of [['gw', gw], ['bl', bl], ['gw', gw], ['bl', bl]] as const) {
  const pid = c.process.pid!
  const a = [cpu(pid), cpu(mongod), cpu(redis)]; const t = performance.now()
  await run(c, n)
  const b = [cpu(pid), cpu(mongod), cpu(redis)]
  console.log(name, 'wall', ((performance.now() - t) / n).toFixed(2), 'node', ((b[0]! - a[0]!) / n).toFixed(2), 'mongod', ((b[1]! - a[1]!) / n).toFixed(2), 'redis', ((b[2]! - a[2]!) / n).toFixed(2))
}
if (process.argv[4]) {
  await platform.db('engagement').command({ profile: 2 }); await platform.db('content').command({ profile: 2 }); await platform.db('user').command({ profile: 2 }); await platform.db('graph').command({ profile: 2 })
  const c = process.argv[4] === 'gw' ? gw : bl
  await run(c, 50)
  for (const d of ['engagement', 'content', 'user', 'graph', 'feed'] as const) {
    await platform.db(d).command({ profile: 0 })
    const rows = await platform.db(d).collection('system.profile').aggregate([{ $match: { op: { $ne: 'getmore' }, ns: { $not: /outbox|jobs|system/ } } }, { $group: { _id: { ns: '$ns', op: '$op', c: { $ifNull: ['$command.aggregate', '$command.find'] }, plan: '$planSummary' }, n: { $sum: 1 }, ms: { $avg: '$millis' }, keys: { $avg: '$keysExamined' }, docs: { $avg: '$docsExamined' }, bytes: { $avg: '$responseLength' } } }]).toArray()
    for (const r of rows) console.log(JSON.stringify(r))
  }
}
await stack.disposeAsync()
process.exit(0)
