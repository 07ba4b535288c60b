// A page of followers of someone with a million of them, and of someone with a thousand: a keyset page costs the same.
import type { Platform } from '#platform/service.ts'
import { createVisibility } from '#platform/visibility.ts'
import { newId } from '#schema/ids.ts'
import { listFollows } from '#subgraphs/graph/domain/lists.ts'
import type { RelationDoc } from '#subgraphs/graph/model.ts'
import { createStore, prepare } from '#subgraphs/graph/store.ts'
import { testPlatform } from '../tests/platform.ts'
import type { Figure } from './figure.ts'
import { followRows } from './world.ts'

const pageLength = 50
const pagesPerRun = 300

/** Opens the figure: pages at the beginning, the middle and the end of a list of `edges`, against one of a thousand. */
export async function followers(stack: AsyncDisposableStack, edges: number): Promise<Figure> {
  const { platform, stack: platformStack } = await testPlatform()
  stack.defer(() => platformStack.disposeAsync())
  const db = platform.db('graph')
  await prepare(db)
  const start = Date.now() - edges - 1_000
  const accounts = [newId('user'), newId('user')] as const
  const shown = [
    ...(await seed(platform, accounts[0], edges, start)),
    ...(await seed(platform, accounts[1], 1_000, start)),
  ]
  await platform
    .db('user')
    .collection<{ _id: string }>('users')
    .insertMany([...shown, ...accounts].map(accountRow))

  const store = createStore(db)
  const measure = async (userId: string, count: number) => {
    const started = performance.now()
    for (let i = 0; i < pagesPerRun; i++) {
      const visibility = createVisibility(platform.facts, null)
      const at = start + Math.floor((count * (i % 10) + count) / 11)
      const after = platform.cursors.encode({ list: `followers:${userId}`, viewerId: null }, [at, '~'])
      const page = await listFollows(
        {
          store,
          visibility,
          cursors: platform.cursors,
          accounts: platform.facts.accounts,
          loaders: { viewerFollowing: () => Promise.resolve([]) },
          now: new Date(),
        },
        'followers',
        userId,
        { first: pageLength, after },
      )
      if (page?.nodes.length !== pageLength) throw new Error(`a page of ${page?.nodes.length}`)
    }
    return { page: (performance.now() - started) / pagesPerRun }
  }
  // The facts of those whom the pages show are in the cache.
  for (const userId of accounts) await measure(userId, userId === accounts[0] ? edges : 1_000)
  return {
    name: `followers-${edges.toLocaleString('en-US')}`,
    what: `A page of ${pageLength} followers, at ten places of the list, of someone whom ${edges.toLocaleString('en-US')} follow.`,
    units: { page: 'ms' },
    better: 'less',
    product: { name: 'the long list', measure: () => measure(accounts[0], edges) },
    baseline: { name: 'a list of 1,000', measure: () => measure(accounts[1], 1_000) },
    // At most 1.2 times as long.
    aim: 0.83,
  }
}

/**
 * Inserts one side of so many follows of an account: the rows that its list is read from. Answers who is on the pages that are
 * looked at: of the others nothing is read.
 */
async function seed(platform: Platform, userId: string, count: number, start: number): Promise<string[]> {
  const rows = platform.db('graph').collection<RelationDoc>('relations')
  const shown: string[] = []
  for (let from = 0; from < count; from += 10_000) {
    const chunk = Array.from({ length: Math.min(10_000, count - from) }, (_, n) => {
      const followerId = newId('user')
      if (isShown(from + n, count)) shown.push(followerId)
      return followRows(followerId, userId, new Date(start + from + n))[1]
    })
    await rows.insertMany(chunk, { ordered: false, writeConcern: { w: 1 } })
  }
  return shown
}

/** Whether a follow is near one of the places at which pages begin. */
function isShown(i: number, count: number): boolean {
  for (let place = 1; place <= 10; place++) {
    const at = Math.floor((count * place) / 11)
    if (i <= at + 1 && i > at - pageLength - 5) return true
  }
  return count <= 1_000
}

function accountRow(_id: string) {
  return {
    _id,
    username: _id,
    emailFolded: _id,
    isPrivate: false,
    status: 'ACTIVE',
    createdAt: new Date(),
    emailVerifiedAt: new Date(),
    birthDate: '1990-05-17',
    version: 1,
  }
}
