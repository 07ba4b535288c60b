// The demo world in a running system: interrupted, repeated, complete, once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listKeptMails } from '#platform/mail.ts'
import { picture } from '../../tests/pictures.ts'
import { type System, startSystem } from '../../tests/system.ts'
import { createClient } from './client.ts'
import { signIn } from './person.ts'
import { demoState, seedDemo } from './seed.ts'
import { type Account, accounts } from './world.ts'

let system: System
let folder: string
const { signal } = new AbortController()

beforeAll(async () => {
  // With limits, as for anybody: the cast has to get by within them.
  system = await startSystem({ env: { RATE_LIMITS: 'on', DEMO: 'on' } })
  folder = await mkdtemp(join(tmpdir(), 'heliograph-seed-'))
  const colours = ['#d9623b', '#2f6f8f', '#3f8f5a']
  for (const [i, colour] of colours.entries()) {
    await writeFile(join(folder, `picture-${i}.jpg`), await picture(colour, 320, 400))
  }
}, 300_000)
afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Found {
  user: { postCount: number; followingCount: number; bio: string | null; avatar: object | null }
}

test('an interrupted world is completed by the next start, and nothing is there twice', async () => {
  expect(await demoState(system.url, signal)).toBe('ABSENT')
  const readMails = () => listKeptMails(system.platform.db('user'))
  const log = pino({ level: 'silent' })
  const options = { url: system.url, mediaDir: folder, ffmpegPath: 'ffmpeg', log, readMails }

  const interruption = new AbortController()
  const seeding = seedDemo({ ...options, signal: interruption.signal })
  // Late: what it has done by then is to be found, and not done again.
  const stories = system.platform.db('content').collection('stories')
  await expect.poll(() => stories.countDocuments({}), { timeout: 120_000 }).toBeGreaterThan(0)
  interruption.abort()
  await seeding
  expect(await demoState(system.url, signal)).toBe('STARTED')

  await seedDemo({ ...options, signal })
  expect(await demoState(system.url, signal)).toBe('COMPLETE')

  const client = await createClient(system.url, signal)
  try {
    const demo = await signIn(client, accounts[0] as Account)
    const { user } = await demo.does<Found>('UserProfile', { username: 'demo' })
    const accepted = (accounts[0] as Account).follows.filter((username) => username !== 'ines.moreau')
    expect(user).toMatchObject({
      followingCount: accepted.length,
      bio: accounts[0]?.bio,
      avatar: expect.anything(),
    })
    let posts = 0
    for (const { username } of accounts) {
      posts += (await demo.does<Found>('UserProfile', { username })).user.postCount
    }
    expect(posts).toBe(3)
    interface Rows {
      conversations: { nodes: { title: string | null; unreadCount: number }[] }
    }
    const primary = await demo.does<Rows>('Conversations', { first: 20 })
    expect(primary.conversations.nodes.filter(({ title }) => title === 'Poster swap')).toMatchObject([
      { unreadCount: 1 },
    ])
    const { viewer } = await demo.does<{ viewer: { emailVerifiedAt: string | null } }>('Viewer', {})
    expect(viewer.emailVerifiedAt).not.toBeNull()
    const { storyTray } = await demo.does<{
      storyTray: { edges: { author: { username: string }; stories: object[] }[] }
    }>('StoryTray', { first: 20 })
    const told = storyTray.edges.map(({ author, stories }) => [author.username, stories.length])
    expect(new Map(told as [string, number][])).toEqual(
      new Map([
        ['demo', 1],
        ['otto.brews', 2],
        ['leo.nights', 1],
        ['tide.and.salt', 1],
        ['lucia.blooms', 1],
        ['freya.north', 1],
        ['mira.peaks', 1],
      ]),
    )
    const { user: otto } = await demo.does<{ user: { highlights: { nodes: { title: string }[] } } }>(
      'UserHighlights',
      { username: 'otto.brews', first: 10 },
    )
    expect(otto.highlights.nodes).toMatchObject([{ title: 'Cups' }])
    const requests = await demo.does<Rows>('Conversations', { first: 20, folder: 'REQUESTS' })
    expect(requests.conversations.nodes).toMatchObject([{ unreadCount: 1 }])
  } finally {
    await client.close()
  }
}, 300_000)
