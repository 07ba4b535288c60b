import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { print } from 'graphql'
import { createTokenIssuer } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { startProcess } from '../tests/system.ts'
import { LikePostDocument, PostLikedDocument } from '../web/src/operations.gen.ts'
import { percentile } from './figure.ts'
import { asSent, headersOf } from './operation.ts'
import { populate, postRow } from './world.ts'
const env = testEnvironment()
const { platform, stack } = await testPlatform({}, env)
const gw = await startProcess('gateway/all-in-one.ts', { ...env, ...(process.argv[2] === 'prof' ? { NODE_OPTIONS: '--cpu-prof --cpu-prof-dir=/tmp/h/b/prof --cpu-prof-interval 300' } : {}) }); stack.defer(() => gw.stop())
const { viewers, authorIds } = await populate(platform, { viewers: 50, authors: 4, follows: 2, posts: 4 })
const authorId = authorIds[0]!
const { token } = await createTokenIssuer(platform.config).issue({ userId: authorId, sessionId: newId('session') }, new Date())
const host = `127.0.0.1:${gw.port}`
const socket = createClient({ url: `ws://${host}/graphql`, webSocketImpl: WebSocket, lazy: false, connectionParams: { authorization: `Bearer ${token}` } })
const rows = Array.from({ length: 8 }, () => postRow(authorId, new Date(), []))
await platform.db('content').collection('posts').insertMany(rows as never)
let t0 = 0; const T: Record<string, number[]> = { http: [], outbox: [], live: [], sock: [] }
let arrived = () => {}
for (const r of rows) socket.subscribe({ query: print(PostLikedDocument), variables: { postId: r._id } }, { next: (x) => { if ((x as any).errors) console.log(JSON.stringify(x)); T.sock!.push(performance.now() - t0); arrived() }, error: console.error, complete() {} })
await platform.live.attach(['events.engagement.post.liked.*'], () => { T.live!.push(performance.now() - t0) })
const cs = platform.db('engagement').collection('outbox').watch([{ $match: { operationType: 'insert' } }]); cs.on('change', () => T.outbox!.push(performance.now() - t0))
await new Promise((r) => setTimeout(r, 1500))
const query = asSent(LikePostDocument)
for (const [k, r] of rows.entries()) { if (k === 2) for (const x of Object.values(T)) x.length = 0; for (const v of viewers) {
  const heard = new Promise<void>((res) => { arrived = res })
  t0 = performance.now()
  const p = fetch(`http://${host}/graphql`, { method: 'POST', headers: headersOf(v.token), body: JSON.stringify({ query, variables: { input: { postId: r._id } } }) }).then((x) => x.text()).then((x) => { T.http!.push(performance.now() - t0); if (!x.includes('"userErrors":[]')) console.log(x) })
  await heard; await p
} }
for (const [k, v] of Object.entries(T)) console.log(k, v.length, [0.1, 0.5, 0.9, 0.99].map((p) => percentile(v, p).toFixed(1)).join(' '))
await cs.close(); await socket.dispose(); await stack.disposeAsync(); process.exit(0)
