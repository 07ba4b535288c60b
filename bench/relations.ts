// How one viewer stands to 100 authors: by the read model that every page asks, and by the bare reads under it.
import { type RelationRow, relationKey } from '#platform/relations.ts'
import { newId } from '#schema/ids.ts'
import { prepare } from '#subgraphs/graph/store.ts'
import { testPlatform } from '../tests/platform.ts'
import type { Figure } from './figure.ts'
import { followRows } from './world.ts'

const authors = 100
const viewers = 200
const warmLooks = 4_000
/** Looks under way at once. */
const inFlight = 8

/** Opens the figure: `warm` has every relation in the cache, `cold` none. */
export async function relations(stack: AsyncDisposableStack, state: 'warm' | 'cold'): Promise<Figure> {
  const { platform, stack: platformStack } = await testPlatform()
  stack.defer(() => platformStack.disposeAsync())
  const db = platform.db('graph')
  await prepare(db)
  const authorIds = Array.from({ length: authors }, () => newId('user'))
  const viewerIds = Array.from({ length: viewers }, () => newId('user'))
  const rows = db.collection<RelationRow>('relations')
  // Half of the authors are followed; the others are strangers, of whom there is no row.
  const followed = authorIds.filter((_, i) => i % 2 === 0)
  await rows.insertMany(
    viewerIds.flatMap((viewerId) =>
      followed.flatMap((authorId) => followRows(viewerId, authorId, new Date())),
    ),
  )
  const keysOf = (viewerId: string) => authorIds.map((authorId) => relationKey(viewerId, authorId))
  const cacheKeys = (viewerId: string) =>
    keysOf(viewerId).map((key) => `${platform.config.namespace}:relation:${key}`)
  const forget = () => Promise.all(viewerIds.map((viewerId) => platform.cache.unlink(...cacheKeys(viewerId))))
  const looks = state === 'warm' ? warmLooks : viewers
  const measured = async (look: (viewerId: string) => Promise<unknown>) => {
    if (state === 'cold') await forget()
    const started = performance.now()
    let next = 0
    const work = async () => {
      for (let i = next++; i < looks; i = next++) await look(viewerIds[i % viewers] as string)
    }
    await Promise.all(Array.from({ length: inFlight }, work))
    return { rate: (looks * authors) / ((performance.now() - started) / 1_000) }
  }
  const byModel = (viewerId: string) => platform.facts.relations.get(keysOf(viewerId))
  for (const viewerId of viewerIds) await byModel(viewerId)

  const baseline =
    state === 'warm'
      ? {
          name: 'the same `MGET` by ioredis, its answers not read',
          look: (viewerId: string) => platform.cache.mget(cacheKeys(viewerId)),
        }
      : {
          name: 'the same `find` by the driver, its rows not kept anywhere',
          look: (viewerId: string) => rows.find({ viewerId, otherId: { $in: authorIds } }).toArray(),
        }
  return {
    name: `relations-${state}`,
    what:
      state === 'warm'
        ? `How a viewer stands to ${authors} authors, half of whom he follows, from the cache; ${inFlight} looks under way.`
        : `How a viewer stands to ${authors} authors, half of whom he follows, when nothing is cached: asked, read and put into the cache; ${inFlight} looks under way.`,
    units: { rate: 'relations/s' },
    better: 'more',
    product: { name: 'the relations read model', measure: () => measured(byModel) },
    baseline: { name: baseline.name, measure: () => measured(baseline.look) },
    aim: state === 'warm' ? 0.5 : null,
  }
}
