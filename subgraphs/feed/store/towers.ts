// Versions of the two towers' vectors, in MongoDB, and the index of the served ones' posts in memory. Shard key: `_id`.
//
//   towerModels    one row a version, written when all of its vectors are there
//   towerVectors   a row for each viewer and post of a version
import { Binary, type Db } from 'mongodb'
import { postVector, type Towers, towerSize } from '../domain/discovery/two-tower.ts'
import { cosine, meanDirection } from '../domain/discovery/vectors.ts'
import type { Description } from '../model.ts'
import { createVectorIndex, type VectorIndex } from './vector-index.ts'

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
  /** Writes a version, and lets old ones go. */
  insert(
    model: Omit<TowerModelRow, 'projection'>,
    towers: Towers,
    authorOf: ReadonlyMap<string, string>,
  ): Promise<void>
  /** Gives a post that came after the training its vector. */
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

/** The towers of one database. */
export function createTowers(db: Db): TowerStore {
  const models = db.collection<TowerModelRow>('towerModels')
  const rows = db.collection<TowerVectorRow>('towerVectors')
  let served: { at: number; row: Promise<TowerModelRow | null> } | null = null
  let held: {
    version: string
    index: VectorIndex
    readTo: Date
    catching: Promise<void> | null
    at: number
  } | null = null

  const current = () => {
    if (!served || Date.now() - served.at > trustedMs) {
      const row = models.findOne({ served: true }, { sort: { createdAt: -1 }, comment: 'background' })
      row.catch(() => {
        served = null
      })
      served = { at: Date.now(), row }
    }
    return served.row
  }
  /** The posts of the served version; the first look waits for them, later ones use what is there while the index follows. */
  const indexOf = async (version: string): Promise<VectorIndex> => {
    if (held?.version !== version) {
      held = { version, index: createVectorIndex(towerSize), readTo: new Date(0), catching: null, at: 0 }
    }
    const mine = held
    if (Date.now() - mine.at > trustedMs && !mine.catching) {
      mine.catching = catchUp(mine).finally(() => {
        mine.catching = null
        mine.at = Date.now()
      })
      if (mine.at !== 0) mine.catching.catch(() => {})
    }
    if (mine.at === 0) await mine.catching
    return mine.index
  }
  const catchUp = async (mine: NonNullable<typeof held>) => {
    const since = new Date(mine.readTo.getTime() - overlapMs)
    const cursor = rows
      .find({ version: mine.version, kind: 'POST', updatedAt: { $gte: since } }, { comment: 'background' })
      .sort({ updatedAt: 1 })
      .batchSize(batchSize)
    for await (const row of cursor) {
      mine.index.take(row.subjectId, vectorOf(row))
      if (row.updatedAt > mine.readTo) mine.readTo = row.updatedAt
    }
  }

  return {
    async insert(model, towers, authorOf) {
      const updatedAt = new Date()
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
      for (let i = 0; i < all.length; i += batchSize) await rows.insertMany(all.slice(i, i + batchSize))
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
      const model = await current()
      const own = model && postVector(floatsOf(model.projection), vector)
      if (!model || !own) return
      const set = { version: model._id, kind: 'POST' as const, subjectId: _id, ownerId: authorId }
      await rows.updateOne(
        { _id: `${model._id}:${_id}` },
        { $setOnInsert: { ...set, vector: binaryOf(own), updatedAt: new Date() } },
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
      const [index, row] = await Promise.all([
        indexOf(model._id),
        rows.findOne({ _id: `${model._id}:${viewerId}` }),
      ])
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

function binaryOf(vector: Float32Array): Binary {
  return new Binary(Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength))
}

/** A copy: the driver's bytes need not stand where floats may. */
function floatsOf(binary: Binary): Float32Array {
  return new Float32Array(Uint8Array.from(binary.buffer.subarray(0, binary.position)).buffer)
}

/** Indexes of the towers' vectors: what an index in memory has yet to read, and what goes with a post or an account. */
export async function prepareTowers(db: Db): Promise<void> {
  await db.collection('towerVectors').createIndexes([
    { key: { version: 1, kind: 1, updatedAt: 1 }, name: 'updated' },
    { key: { subjectId: 1 }, name: 'subject' },
    { key: { ownerId: 1 }, name: 'owner' },
  ])
}
