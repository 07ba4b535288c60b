// Topics of posts, in MongoDB: a row for each model of vectors. Shard key: `_id`.
import { Binary, type Db } from 'mongodb'
import { vectorSize } from '../domain/discovery/vectors.ts'
import { floatsOf } from './vector-index.ts'

/** The topics of a model's vectors. A post's topic is the place of the nearest centre. */
export interface Topics {
  model: string
  /** Of unit length. */
  centres: Float32Array[]
  /** The hashtag that tells the most of each; null for one that has none. */
  names: (string | null)[]
  madeAt: Date
}

interface TopicsRow extends Omit<Topics, 'model' | 'centres'> {
  /** The model. */
  _id: string
  /** 384 32-bit floats for each. */
  centres: Binary
}

export interface TopicStore {
  /** The topics of a model, read at most every ten seconds; null before there are any. */
  get(model: string): Promise<Topics | null>
  put(topics: Topics): Promise<void>
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
    return { model, centres, names: row.names, madeAt: row.madeAt }
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
    async put({ model, centres, names, madeAt }) {
      const numbers = new Float32Array(centres.length * vectorSize)
      for (const [i, centre] of centres.entries()) numbers.set(centre, i * vectorSize)
      const set = { centres: new Binary(Buffer.from(numbers.buffer)), names, madeAt }
      await rows.updateOne({ _id: model }, { $set: set }, { upsert: true })
      read.delete(model)
    },
  }
}
