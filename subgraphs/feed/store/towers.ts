// Versions of the two towers' vectors, in MongoDB, and the index of the served ones' posts in memory. Shard key: `_id`.
//
//   towerModels    one row a version, written when all of its vectors are there
//   towerVectors   a row for each viewer and post of a version
import { Binary, type Db } from 'mongodb'
import { chunksOf } from '#platform/parallel.ts'
import { postVector, type Towers, towerSize } from '../domain/discovery/two-tower.ts'
import { cosine, meanDirection } from '../domain/discovery/vectors.ts'
import type { Description } from '../model.ts'
import { createVectorIndex, floatsOf, type VectorIndex } from './vector-index.ts'

/** Versions that are kept: the served one, and one to go back to. */
const keptVersions = 2
const trustedMs = 10_000
/** Clocks of processes differ: rows from so long before the last are read again. */
const overlapMs = 5_000
const batchSize = 1_000

/** A version of the two towers. */
export interface TowerModelRow {
  /** The version, such as `towers-2026-11-21T09:00:00.000Z`. */
  _id: string
  /** The newest that is served is used. */
  served: boolean
  createdAt: Date
  /** Deeds that it was trained from. */
  deeds: number
  /** Of later deeds, how many were among the hundred posts that each put first: the towers, and a factorisation of the same deeds. */
  recall: number
  factorisationRecall: number
  /** What makes a post's vector of its content's, as 32-bit floats. */
  projection: Binary
}

/** A viewer's or a post's vector of one version. */
interface TowerVectorRow {
  /** The version, a colon, the viewer's or the post's id. */
  _id: string
  version: string
  kind: 'VIEWER' | 'POST'
  subjectId: string
  /** The viewer himself, or the post's author: with him it goes. */
  ownerId: string
  /** 24 numbers of unit length, as 32-bit floats. */
  vector: Binary
  updatedAt: Date
}

/** What the towers say for one viewer. */
export interface Foresight {
  /** The posts that he will like the most, as far as the index tells. */
  nearest: string[]
  /** How much he will like a post, from 0 to 1; 0 when nothing is known. */
  of(postId: string): number
}

export interface TowerStore {
  /**
   * Writes a version, and lets old ones go. `goneAmong` is asked when the vectors are written: which viewers and posts are to have
   * none by now. What goes later is taken out of the rows by whoever hears of it.
   */
  insert(
    model: Omit<TowerModelRow, 'projection'>,
    towers: Towers,
    authorOf: ReadonlyMap<string, string>,
    goneAmong: () => Promise<string[]>,
  ): Promise<void>
  /** Gives a post that came after the training its vector of the version that is served at this moment. */
  put(post: Pick<Description, '_id' | 'authorId' | 'vector'>): Promise<void>
  /** Takes a post's vectors away. */
  remove(postId: string): Promise<void>
  /** Takes a viewer's vectors away. */
  forgetViewer(viewerId: string): Promise<void>
  /**
   * What the served towers say for a viewer, with the `limit` posts that stand nearest. Who came after the training is known by the
   * posts with which he did something lately. Null when no towers are served, or nothing is known of him.
   */
  foresee(viewerId: string, recentPostIds: readonly string[], limit: number): Promise<Foresight | null>
}

/** The posts of a version in memory. */
interface Held {
  version: string
  index: VectorIndex
  /** Rows that were written before are in the index. */
  readTo: number
  /** When it was last begun to read on. */
  triedAt: number
  catching: Promise<void> | null
}

/** The towers of one database. `now` in milliseconds since 1970. */
export function createTowers(db: Db, now: () => number = Date.now): TowerStore {
  const models = db.collection<TowerModelRow>('towerModels')
  const rows = db.collection<TowerVectorRow>('towerVectors')
  let served: { at: number; row: Promise<TowerModelRow | null> } | null = null
  let held: Held | null = null
  let loading: { version: string; held: Promise<Held> } | null = null

  const current = () => {
    if (!served || now() - served.at > trustedMs) {
      const row = models.findOne({ served: true }, { sort: { createdAt: -1 }, comment: 'background' })
      row.catch(() => {
        served = null
      })
      served = { at: now(), row }
    }
    return served.row
  }
  /** The version that is served at this moment, not one that was trusted for a while. */
  const newest = async () => {
    const options = { sort: { createdAt: -1 }, projection: { _id: 1 }, comment: 'background' } as const
    const found = await models.findOne({ served: true }, options)
    if (found?._id !== (await current())?._id) served = null
    return current()
  }
  const load = async (version: string): Promise<Held> => {
    const mine: Held = { version, index: createVectorIndex(towerSize), readTo: 0, triedAt: 0, catching: null }
    await catchUp(mine)
    held = mine
    return mine
  }
  /** The posts of the served version. The first look waits for them; later ones use what is there while the index follows. */
  const indexOf = async (version: string): Promise<Held> => {
    const mine = held
    if (mine?.version !== version) {
      if (loading?.version !== version) {
        const begun = { version, held: load(version) }
        const finish = () => {
          if (loading === begun) loading = null
        }
        begun.held.then(finish, finish)
        loading = begun
      }
      // The version before answers until this one is there.
      return mine ?? loading.held
    }
    if (now() - mine.triedAt > trustedMs && !mine.catching) {
      const finish = () => {
        mine.catching = null
      }
      mine.catching = catchUp(mine).then(finish, finish)
    }
    return mine
  }
  /** Reads what was written since the last time, and before all that there is. */
  const catchUp = async (mine: Held) => {
    const started = now()
    mine.triedAt = started
    const since = new Date(mine.readTo - overlapMs)
    const cursor = rows
      .find({ version: mine.version, kind: 'POST', updatedAt: { $gte: since } }, { comment: 'background' })
      .sort({ updatedAt: 1 })
      .batchSize(batchSize)
    for await (const row of cursor) {
      const vector = vectorOf(row)
      // To put one in its own place costs as much as a search.
      if (!isSame(mine.index.vectors.get(row.subjectId), vector)) mine.index.take(row.subjectId, vector)
    }
    mine.readTo = started
  }

  return {
    async insert(model, towers, authorOf, goneAmong) {
      const updatedAt = new Date(now())
      const rowOf = (kind: 'VIEWER' | 'POST', subjectId: string, ownerId: string, vector: Float32Array) => ({
        ...{ _id: `${model._id}:${subjectId}`, version: model._id, kind, subjectId, ownerId },
        ...{ vector: binaryOf(vector), updatedAt },
      })
      const all = [
        ...[...towers.viewers].map(([id, vector]) => rowOf('VIEWER', id, id, vector)),
        ...[...towers.posts].flatMap(([id, vector]) => {
          const authorId = authorOf.get(id)
          return authorId === undefined ? [] : [rowOf('POST', id, authorId, vector)]
        }),
      ]
      for (const batch of chunksOf(all, batchSize)) await rows.insertMany(batch)
      // From here on who refuses or goes is taken out of these rows; until here nobody knew of them.
      const gone = await goneAmong()
      for (const batch of chunksOf(gone, batchSize))
        await rows.deleteMany({ subjectId: { $in: batch }, version: model._id })
      await models.insertOne({ ...model, projection: binaryOf(towers.projection) })
      served = null
      const kept = await models
        .find({}, { projection: { _id: 1 } })
        .sort({ served: -1, createdAt: -1 })
        .limit(keptVersions)
        .map((row) => row._id)
        .toArray()
      await models.deleteMany({ _id: { $nin: [...kept, model._id] } })
      await rows.deleteMany({ version: { $nin: [...kept, model._id] } })
    },
    async put({ _id, authorId, vector }) {
      const model = await newest()
      const own = model && postVector(floatsOf(model.projection), vector)
      if (!model || !own) return
      const set = { version: model._id, kind: 'POST' as const, subjectId: _id, ownerId: authorId }
      await rows.updateOne(
        { _id: `${model._id}:${_id}` },
        { $setOnInsert: { ...set, vector: binaryOf(own), updatedAt: new Date(now()) } },
        { upsert: true },
      )
    },
    async remove(postId) {
      await rows.deleteMany({ subjectId: postId })
    },
    async forgetViewer(viewerId) {
      await rows.deleteMany({ subjectId: viewerId })
    },
    async foresee(viewerId, recentPostIds, limit) {
      const model = await current()
      if (!model) return null
      const { version, index } = await indexOf(model._id)
      const row = await rows.findOne({ _id: `${version}:${viewerId}` })
      const recent = recentPostIds.flatMap((id) => index.vectors.get(id) ?? [])
      const vector = row ? vectorOf(row) : meanDirection(recent, towerSize)
      if (!vector) return null
      return {
        nearest: index.near(vector, limit).map(({ id }) => id),
        of(postId) {
          const other = index.vectors.get(postId)
          return other ? Math.max(0, cosine(vector, other)) : 0
        },
      }
    },
  }
}

const vectorOf = (row: TowerVectorRow) => floatsOf(row.vector)
const isSame = (one: Float32Array | undefined, other: Float32Array) =>
  one?.every((value, i) => value === other[i]) === true

function binaryOf(vector: Float32Array): Binary {
  return new Binary(Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength))
}

/** Indexes of the towers' vectors: what an index in memory has yet to read, and what goes with a post or an account. */
export async function prepareTowers(db: Db): Promise<void> {
  await db.collection('towerVectors').createIndexes([
    { key: { version: 1, kind: 1, updatedAt: 1 }, name: 'updated' },
    { key: { subjectId: 1 }, name: 'subject' },
    { key: { ownerId: 1 }, name: 'owner' },
  ])
}
