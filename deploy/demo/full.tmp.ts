import { pino } from 'pino'
import { startSystem } from '../../tests/system.ts'
import { seedDemo, demoState } from './seed.ts'
import { createClient } from './client.ts'
import { signIn } from './person.ts'
import { accounts } from './world.ts'
const system = await startSystem({ env: { RATE_LIMITS: 'on' } })
const { signal } = new AbortController()
const log = pino({ level: 'info' })
await seedDemo({ url: system.url, mediaDir: null, ffmpegPath: process.env.FFMPEG_PATH!, log, signal })
console.log(await demoState(system.url, signal))
await system.settle()
const client = await createClient(system.url, signal)
const demo = await signIn(client, accounts[0]!)
const feed: any = await demo.does('HomeFeed', { first: 50 })
console.log(feed.homeFeed.nodes.length, feed.homeFeed.nodes.map((n: any) => `${n.author.username}|${n.caption.slice(0, 30)}|${n.likeCount}|${n.commentCount}|${n.media.map((m: any) => m.kind + m.status)}`).join('\n'))
console.log(JSON.stringify(((await demo.does('Conversations', { first: 20 })) as any).conversations.nodes.map((n: any) => [n.title, n.unreadCount, n.lastMessage?.text])))
console.log(JSON.stringify(((await demo.does('Conversations', { first: 20, folder: 'REQUESTS' })) as any).conversations.nodes.map((n: any) => [n.title, n.unreadCount])))
console.log(((await demo.does('Viewer', {})) as any).viewer.unreadNotificationCount)
await client.close()
await system[Symbol.asyncDispose]()
