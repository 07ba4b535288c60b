// Topics of posts, in MongoDB: a row for each model of vectors. Shard key: `_id`.
import { Binary, type Db } from 'mongodb'
import { isDuplicate } from '#platform/mongo.ts'
import type { TopicName } from '../domain/discovery/topics.ts'
import { vectorSize } from '../domain/discovery/vectors.ts'
import { floatsOf } from './vector-index.ts'

/** The topics of a model's vectors. A post's topic is the place of the nearest centre. */
export interface Topics {
  model: string
  /** Of unit length. */
  centres: Float32Array[]
  /** What each is called; null for one that has no name. */
  names: (TopicName | null)[]
  madeAt: Date
  /** Whether every post was told its own since. */
  told: boolean
}

interface TopicsRow extends Omit<Topics, 'model' | 'centres' | 'names' | 'told'> {
  /** The model. */
  _id: string
  /** 384 32-bit floats for each. */
  centres: Binary
  names: (string | null)[]
  /** Of each name the posts that use it. Rows from before they were kept lack them: those names are told to nobody. */
  namedBy?: string[][]
  /** Rows from before it was there lack it: true. */
  told?: boolean
}

export interface TopicStore {
  /** The topics of a model, read at most every ten seconds; null before there are any. */
  get(model: string): Promise<Topics | null>
  /** The names of all topics. */
  names(): Promise<TopicName[]>
  /** Replaces the topics that were made at a time, or none, by others that no post was told of. False when they are others by now. */
  put(topics: Omit<Topics, 'told'>, before: Date | null): Promise<boolean>
  /** Notes that every post was told its own of the topics that were made at a time. */
  setTold(model: string, madeAt: Date): Promise<void>
}

const trustedMs = 10_000

/** The topics of one database. */
export function createTopics(db: Db): TopicStore {
  const rows = db.collection<TopicsRow>('topics')
  const read = new Map<string, { at: number; topics: Promise<Topics | null> }>()
  const load = async (model: string): Promise<Topics | null> => {
    const row = await rows.findOne({ _id: model }, { comment: 'background' })
    if (!row) return null
    const numbers = floatsOf(row.centres)
    const centres = row.names.map((_name, i) => numbers.slice(i * vectorSize, (i + 1) * vectorSize))
    return { model, centres, names: namesOf(row), madeAt: row.madeAt, told: row.told ?? true }
  }
  return {
    get(model) {
      const kept = read.get(model)
      if (kept && Date.now() - kept.at <= trustedMs) return kept.topics
      const topics = load(model)
      read.set(model, { at: Date.now(), topics })
      topics.catch(() => read.delete(model))
      return topics
    },
    async names() {
      const all = await rows.find({}, { projection: { centres: 0 }, comment: 'background' }).toArray()
      return all.flatMap((row) => namesOf(row).flatMap((name) => name ?? []))
    },
    async put({ model, centres, names, madeAt }, before) {
      const numbers = new Float32Array(centres.length * vectorSize)
      for (const [i, centre] of centres.entries()) numbers.set(centre, i * vectorSize)
      const row = { centres: new Binary(Buffer.from(numbers.buffer)), ...namesIn(names), madeAt, told: false }
      try {
        if (before) {
          const { matchedCount } = await rows.updateOne({ _id: model, madeAt: before }, { $set: row })
          return matchedCount === 1
        }
        await rows.insertOne({ _id: model, ...row })
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      } finally {
        read.delete(model)
      }
    },
    async setTold(model, madeAt) {
      await rows.updateOne({ _id: model, madeAt }, { $set: { told: true } })
      read.delete(model)
    },
  }
}

const namesOf = ({ names, namedBy }: Pick<TopicsRow, 'names' | 'namedBy'>): (TopicName | null)[] =>
  names.map((name, i) => (name === null ? null : { name, postIds: namedBy?.[i] ?? [] }))

const namesIn = (names: readonly (TopicName | null)[]): Pick<TopicsRow, 'names' | 'namedBy'> => ({
  names: names.map((found) => found?.name ?? null),
  namedBy: names.map((found) => found?.postIds ?? []),
})
