// What public posts are about, in MongoDB, and the index of their vectors in memory. Each process reads on from where it was, so the
// index follows the rows.
import { type AnyBulkWriteOperation, Binary, type Db, type Filter } from 'mongodb'
import { interestIn, vectorSize } from '../domain/discovery/vectors.ts'
import type { Description, DescriptionHead } from '../model.ts'
import { createVectorIndex, floatsOf, type Neighbour, type VectorIndex } from './vector-index.ts'

/** Rows that are read at once while the index catches up. */
const batchSize = 1_000
/** Clocks of processes differ: rows from so long before the last are read again. */
const overlapMs = 5_000
/** The index is looked after at most so often. */
const restMs = 2_000
/** Rows of posts that are gone stay until every process has heard of it. */
const goneSeconds = 7 * 86_400

interface DescriptionRow extends Omit<Description, 'vector'> {
  /** 32-bit floats. */
  vector: Binary | null
  /** It is no longer for everyone. Rows stay for a while, so that indexes in memory hear of it. */
  gone: boolean
  updatedAt: Date
}

export interface Descriptions {
  put(description: Description): Promise<void>
  remove(postId: string): Promise<void>
  /** Descriptions of posts; those that are gone are left out. */
  get(postIds: readonly string[]): Promise<Map<string, Description>>
  /** The same without vectors. */
  heads(postIds: readonly string[]): Promise<Map<string, DescriptionHead>>
  /** The newest posts, of one kind or with one hashtag when asked. */
  newest(filter: { kind?: 'POST' | 'REEL'; hashtag?: string }, limit: number): Promise<DescriptionHead[]>
  /** The newest posts of topics of a model, of one kind when asked. */
  ofTopics(
    model: string,
    topics: readonly number[],
    kind: 'POST' | 'REEL' | null,
    limit: number,
  ): Promise<DescriptionHead[]>
  /** The newest posts with a vector of a model. */
  newestOf(
    model: string,
    limit: number,
  ): Promise<(Pick<Description, '_id' | 'authorId' | 'hashtags'> & { vector: Float32Array })[]>
  /** Tells each post with a vector of a model its topic, the newest first, at most 200,000. Rejects when the signal aborts. */
  setTopics(
    model: string,
    topicOf: (vector: Float32Array) => number | null,
    signal: AbortSignal,
  ): Promise<void>
  /** Posts near a vector of a model, the nearest first. */
  near(model: string, vector: Float32Array, limit: number): Promise<Neighbour[]>
  /**
   * How near posts are to the middle of the given ones, as a cosine; 0 for those that the process does not know. By the model
   * that most of the given ones are of.
   */
  interestIn(postIds: readonly string[]): Promise<(postId: string) => number>
  /** All posts with their vectors, the newest first, at most 200,000. */
  all(): Promise<{ id: string; authorId: string; vector: Float32Array | null }[]>
  /** Those that were described at a time or later. */
  since(at: Date): Promise<Pick<Description, '_id' | 'authorId' | 'vector'>[]>
  /** Some posts that were described by others than a model. */
  ofOthers(model: string, limit: number): Promise<string[]>
  /** Brings the index up to date at once. */
  refresh(): Promise<void>
}

/** Posts that are read at most by what is about all of them: the newest. */
const mostRead = 200_000

const head = { vector: 0, gone: 0, updatedAt: 0 } as const

/** Descriptions of one database. */
export function createDescriptions(db: Db): Descriptions {
  const rows = db.collection<DescriptionRow>('descriptions')
  const indexes = new Map<string, VectorIndex>()
  let readTo = new Date(0)
  let refreshedAt = 0
  let refreshing: Promise<void> | null = null

  const take = (row: DescriptionRow) => {
    for (const index of indexes.values()) index.forget(row._id)
    const vector = row.gone ? null : vectorOf(row)
    if (!vector) return
    const index = indexes.get(row.model) ?? createVectorIndex(vectorSize)
    indexes.set(row.model, index)
    index.take(row._id, vector)
  }
  const catchUp = async () => {
    // Its own place first, then everything newer, in the order of time: an index never skips a row.
    let position = { updatedAt: new Date(readTo.getTime() - overlapMs), _id: '' }
    while (true) {
      const batch = await rows
        .find(
          {
            updatedAt: { $gte: position.updatedAt },
            $or: [{ updatedAt: { $gt: position.updatedAt } }, { _id: { $gt: position._id } }],
          },
          { comment: 'background' },
        )
        .sort({ updatedAt: 1, _id: 1 })
        .limit(batchSize)
        .toArray()
      for (const row of batch) take(row)
      const last = batch.at(-1)
      if (!last) return
      position = { updatedAt: last.updatedAt, _id: last._id }
      if (last.updatedAt > readTo) readTo = last.updatedAt
      if (batch.length < batchSize) return
    }
  }
  const refresh = () => {
    refreshing ??= catchUp().finally(() => {
      refreshing = null
      refreshedAt = Date.now()
    })
    return refreshing
  }

  /** The first look waits for the index; later ones use what is there while it follows. */
  const follow = async () => {
    if (refreshedAt === 0) await refresh()
    else if (Date.now() - refreshedAt > restMs) void refresh().catch(() => {})
  }

  return {
    refresh,
    async put(description) {
      const { vector } = description
      const bytes = vector && Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
      const row = {
        ...description,
        vector: bytes && new Binary(bytes),
        gone: false,
        updatedAt: new Date(),
      }
      await rows.replaceOne({ _id: row._id }, row, { upsert: true })
    },
    async remove(postId) {
      await rows.updateOne(
        { _id: postId, gone: false },
        { $set: { gone: true, vector: null, hashtags: [], updatedAt: new Date() } },
      )
    },
    async get(postIds) {
      const found = await rows.find({ _id: { $in: [...postIds] }, gone: false }).toArray()
      return new Map(found.map((row) => [row._id, descriptionOf(row)]))
    },
    async heads(postIds) {
      const found = await rows
        .find({ _id: { $in: [...postIds] }, gone: false }, { projection: head })
        .toArray()
      return new Map(found.map((row) => [row._id, row]))
    },
    newest({ kind, hashtag }, limit) {
      const filter: Filter<DescriptionRow> = { gone: false }
      if (kind) filter.kind = kind
      if (hashtag) filter.hashtags = hashtag
      return rows.find(filter, { projection: head }).sort({ publishedAt: -1 }).limit(limit).toArray()
    },
    ofTopics: (model, topics, kind, limit) =>
      rows
        .find(
          // Always by kind: the index then has them in order, and none is read in vain.
          {
            gone: false,
            model,
            topic: { $in: [...topics] },
            kind: { $in: kind ? [kind] : ['POST', 'REEL'] },
          },
          { projection: head },
        )
        .sort({ publishedAt: -1 })
        .limit(limit)
        .toArray(),
    async newestOf(model, limit) {
      const found = await rows
        .find(
          { gone: false, model },
          { projection: { authorId: 1, hashtags: 1, vector: 1 }, comment: 'background' },
        )
        .sort({ publishedAt: -1 })
        .limit(limit)
        .toArray()
      return found.flatMap(({ _id, authorId, hashtags, vector: bytes }) => {
        const vector = vectorOf({ vector: bytes })
        return vector ? [{ _id, authorId, hashtags, vector }] : []
      })
    },
    async setTopics(model, topicOf, signal) {
      const options = { projection: { vector: 1, topic: 1 }, comment: 'background' }
      const cursor = rows
        .find({ gone: false, model }, options)
        .sort({ publishedAt: -1 })
        .limit(mostRead)
        .batchSize(batchSize)
      let changes: AnyBulkWriteOperation<DescriptionRow>[] = []
      const write = async () => {
        // An index in memory has nothing new to read: the vectors are the same.
        if (changes.length > 0) await rows.bulkWrite(changes, { ordered: false })
        changes = []
      }
      for await (const { _id, vector: bytes, topic: before } of cursor) {
        signal.throwIfAborted()
        const vector = vectorOf({ vector: bytes })
        const topic = vector && topicOf(vector)
        if (topic === before) continue
        changes.push({ updateOne: { filter: { _id, vector: bytes }, update: { $set: { topic } } } })
        if (changes.length >= batchSize) await write()
      }
      await write()
    },
    all: () =>
      rows
        .find({ gone: false }, { projection: { authorId: 1, vector: 1 } })
        .sort({ publishedAt: -1 })
        .limit(mostRead)
        .map(({ _id, authorId, vector }) => ({ id: _id, authorId, vector: vectorOf({ vector }) }))
        .toArray(),
    since: (at) =>
      rows
        .find({ updatedAt: { $gte: at }, gone: false }, { projection: { authorId: 1, vector: 1 } })
        .map((row) => ({ ...row, vector: vectorOf(row) }))
        .toArray(),
    ofOthers: (model, limit) =>
      rows
        .find({ gone: false, model: { $ne: model } }, { projection: { _id: 1 }, comment: 'background' })
        .limit(limit)
        .map(({ _id }) => _id)
        .toArray(),
    async interestIn(postIds) {
      await follow()
      let best: { vectors: ReadonlyMap<string, Float32Array>; parts: Float32Array[] } | null = null
      for (const { vectors } of indexes.values()) {
        const parts = postIds.flatMap((id) => vectors.get(id) ?? [])
        if (parts.length > (best?.parts.length ?? 0)) best = { vectors, parts }
      }
      return best ? interestIn(best.parts, best.vectors) : () => 0
    },
    async near(model, vector, limit) {
      await follow()
      return indexes.get(model)?.near(vector, limit) ?? []
    },
  }
}

function vectorOf(row: Pick<DescriptionRow, 'vector'>): Float32Array | null {
  if (row.vector?.position !== vectorSize * 4) return null
  return floatsOf(row.vector)
}

function descriptionOf({ gone: _gone, updatedAt: _at, ...row }: DescriptionRow): Description {
  // Those from before there were topics have none.
  return { ...row, topic: row.topic ?? null, vector: vectorOf(row) }
}

/** Indexes of descriptions. */
export async function prepareDescriptions(db: Db): Promise<void> {
  await db.collection('descriptions').createIndexes([
    { key: { updatedAt: 1, _id: 1 }, name: 'updated' },
    { key: { gone: 1, publishedAt: -1 }, name: 'published' },
    { key: { gone: 1, model: 1, publishedAt: -1 }, name: 'modelPublished' },
    { key: { gone: 1, model: 1, topic: 1, kind: 1, publishedAt: -1 }, name: 'topicKind' },
    { key: { gone: 1, kind: 1, publishedAt: -1 }, name: 'kind' },
    { key: { gone: 1, hashtags: 1, publishedAt: -1 }, name: 'hashtag' },
    {
      key: { updatedAt: -1 },
      name: 'gone',
      expireAfterSeconds: goneSeconds,
      partialFilterExpression: { gone: true },
    },
  ])
}
