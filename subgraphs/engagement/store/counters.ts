// Counters, and how a count is read: the counter plus what it still lacks of the rows, both of one instant, so that a count
// equals the rows at every moment, however far the folding is behind.
import type { Db, Document } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import {
  type Counter,
  type CounterRow,
  type Figure,
  type OwnReaction,
  type ReactionKind,
  reactionId,
  type Subject,
  type Withheld,
} from '../model.ts'
import { isKeptBack } from './comments.ts'
import { lacking } from './reactions.ts'

/** Where the rows of a count are, and by which field they name what they count for. */
interface Source {
  from: ReactionKind | 'comments'
  by: 'targetId' | 'postId' | 'parentId'
  /** The figure that says whether the viewer has such a row. */
  own: OwnReaction | null
}

const sources: Record<Subject, { counters: string; counts: Partial<Record<Counter, Source>> }> = {
  post: {
    counters: 'postCounters',
    counts: {
      likes: { from: 'likes', by: 'targetId', own: 'liked' },
      dislikes: { from: 'dislikes', by: 'targetId', own: 'disliked' },
      saves: { from: 'saves', by: 'targetId', own: 'saved' },
      shares: { from: 'shares', by: 'targetId', own: null },
      views: { from: 'views', by: 'targetId', own: null },
      comments: { from: 'comments', by: 'postId', own: null },
    },
  },
  comment: {
    counters: 'commentCounters',
    counts: {
      likes: { from: 'commentLikes', by: 'targetId', own: 'liked' },
      replies: { from: 'comments', by: 'parentId', own: null },
    },
  },
}

const counters = [
  'likes',
  'dislikes',
  'saves',
  'shares',
  'views',
  'comments',
  'replies',
] as const satisfies readonly Counter[]

/** Rows that a read adds to its counters at most: with more, the folding is far behind and others' newest are left out. */
const maxLacking = 5_000

/** Counts, and own reactions, of one subject. */
export type Figures = Partial<Record<Counter | Withheld, number> & Record<OwnReaction, boolean>>

/** Of which subject these are figures, and by which field its comments name it. */
const withheldBy = {
  withheldComments: { subject: 'post', by: 'postId' },
  withheldReplies: { subject: 'comment', by: 'parentId' },
} as const satisfies Record<Withheld, { subject: Subject; by: Source['by'] }>

export async function prepareCounters(db: Db): Promise<void> {
  const known = await db.listCollections({}, { nameOnly: true }).toArray()
  for (const { counters } of Object.values(sources)) {
    if (!known.some((collection) => collection.name === counters)) {
      await db.createCollection(counters).catch(ignoreExisting)
    }
    await db.collection(counters).createIndex({ checkedAt: 1 }, { name: 'checked' })
  }
}

/** Another process of the same subgraph was faster. */
function ignoreExisting(error: Error & { codeName?: string }): void {
  if (error.codeName !== 'NamespaceExists') throw error
}

export type CounterStore = ReturnType<typeof createCounterStore>

export function createCounterStore(db: Db) {
  const countersOf = (subject: Subject) => db.collection<CounterRow>(sources[subject].counters)

  return {
    /** The wanted figures of many posts or comments: one round trip, one instant. */
    async readFigures(
      subject: Subject,
      ids: readonly string[],
      wanted: ReadonlySet<Figure>,
      viewerId: string | null,
    ): Promise<Map<string, Figures>> {
      const stages: Document[] = []
      for (const [counter, source] of Object.entries(sources[subject].counts)) {
        const counts = wanted.has(counter as Counter)
        const own = source.own !== null && (counts || wanted.has(source.own))
        if (own && viewerId !== null) stages.push(ownRows(counter, source, ids, viewerId))
        if (counts) stages.push(lackingRows(counter, source, ids, viewerId))
      }
      for (const [figure, { subject: of, by }] of Object.entries(withheldBy)) {
        if (of === subject && wanted.has(figure as Withheld))
          stages.push(withheldRows(figure, by, ids, viewerId))
      }
      const rows = await countersOf(subject)
        .aggregate<(CounterRow & { counter?: never }) | Addition>(
          [{ $match: { _id: { $in: [...ids] } } }, { $unset: 'checkedAt' }, ...stages],
          // Without it a fold between two reads would be seen twice or not at all.
          { readConcern: { level: 'snapshot' } },
        )
        .toArray()
      return sumUp(ids, rows)
    },

    /** Adds to counters, making those that are not there. */
    async addToCounters(
      tx: Transaction,
      subject: Subject,
      counter: Counter,
      differences: ReadonlyMap<string, number>,
      now: Date,
    ): Promise<void> {
      const operations = [...differences]
        .filter(([, difference]) => difference !== 0)
        .map(([_id, difference]) => ({
          updateOne: {
            filter: { _id },
            update: { $inc: { [counter]: difference }, $setOnInsert: { checkedAt: now } },
            upsert: true,
          },
        }))
      if (operations.length > 0) {
        await countersOf(subject).bulkWrite(operations, { session: tx.session, ordered: false })
      }
    },

    /** What was not compared with its rows since `before`, longest ago first. */
    listLongestUnchecked(subject: Subject, before: Date, limit: number): Promise<CounterRow[]> {
      return countersOf(subject)
        .find({ checkedAt: { $lt: before } })
        .sort({ checkedAt: 1 })
        .limit(limit)
        .toArray()
    },

    /** Takes on the check of a row that nobody took since it was read. */
    async claimCheck(subject: Subject, { _id, checkedAt }: CounterRow, now: Date): Promise<boolean> {
      const claimed = await countersOf(subject).updateOne({ _id, checkedAt }, { $set: { checkedAt: now } })
      return claimed.modifiedCount === 1
    },

    /** Counters of many, as the transaction sees them. */
    listCounters(tx: Transaction, subject: Subject, ids: readonly string[]): Promise<CounterRow[]> {
      return countersOf(subject)
        .find({ _id: { $in: [...ids] } }, { session: tx.session })
        .toArray()
    },

    /** Ids among `ids` whose counters were last compared with the rows before `before`. */
    listUnchecked(subject: Subject, ids: readonly string[], before: Date): Promise<string[]> {
      return countersOf(subject)
        .find({ _id: { $in: [...ids] }, checkedAt: { $lt: before } }, { projection: { _id: 1 } })
        .map((row) => row._id)
        .toArray()
    },

    /** A subject's counters, and what they should be by the rows, both as the transaction sees them. */
    async compareCounters(
      tx: Transaction,
      subject: Subject,
      id: string,
    ): Promise<{ counter: Counter; stored: number; counted: number }[]> {
      const { session } = tx
      const row = await countersOf(subject).findOne({ _id: id }, { session })
      const compared = []
      for (const [name, { from, by }] of Object.entries(sources[subject].counts)) {
        const rows = db.collection(from)
        const alive = from === 'comments' ? { deletedAt: null } : { state: 'ON' }
        const total = await rows.countDocuments({ [by]: id, ...alive }, { session })
        const [waiting] = await rows
          .aggregate<{ sum: number }>(
            [
              { $match: { [by]: id, uncounted: lacking } },
              { $group: { _id: null, sum: { $sum: '$uncounted' } } },
            ],
            { session },
          )
          .toArray()
        const counter = name as Counter
        compared.push({ counter, stored: row?.[counter] ?? 0, counted: total - (waiting?.sum ?? 0) })
      }
      return compared
    },

    async setCounters(
      tx: Transaction,
      subject: Subject,
      id: string,
      values: Partial<Record<Counter, number>>,
      now: Date,
    ): Promise<void> {
      await countersOf(subject).updateOne(
        { _id: id },
        { $set: { ...values, checkedAt: now } },
        { upsert: true, session: tx.session },
      )
    },

    async removeCounters(subject: Subject, ids: readonly string[]): Promise<void> {
      await countersOf(subject).deleteMany({ _id: { $in: [...ids] } })
    },
  }
}

/** What rows add to a counter; `on` tells the viewer's own row. */
interface Addition {
  _id: string
  counter: Counter | Withheld
  add: number
  own?: OwnReaction
  on?: boolean
}

/** The viewer's own rows: apart from the others', so that his own effect is there even when those are cut off. */
function ownRows(counter: string, source: Source, ids: readonly string[], viewerId: string): Document {
  return {
    $unionWith: {
      coll: source.from,
      pipeline: [
        { $match: { _id: { $in: ids.map((id) => reactionId(id, viewerId)) } } },
        {
          $project: {
            _id: '$targetId',
            counter: { $literal: counter },
            add: '$uncounted',
            own: { $literal: source.own },
            on: { $eq: ['$state', 'ON'] },
          },
        },
      ],
    },
  }
}

function lackingRows(
  counter: string,
  { from, by, own }: Source,
  ids: readonly string[],
  viewerId: string | null,
): Document {
  const others = own !== null && viewerId !== null ? { userId: { $ne: viewerId } } : {}
  return {
    $unionWith: {
      coll: from,
      pipeline: [
        { $match: { [by]: { $in: [...ids] }, uncounted: lacking, ...others } },
        { $limit: maxLacking },
        { $group: { _id: `$${by}`, add: { $sum: '$uncounted' } } },
        { $set: { counter: { $literal: counter } } },
      ],
    },
  }
}

/** Comments that the viewer would not find: those withheld that others wrote. Few, and found by an index of such alone. */
function withheldRows(
  figure: string,
  by: Source['by'],
  ids: readonly string[],
  viewerId: string | null,
): Document {
  return {
    $unionWith: {
      coll: 'comments',
      pipeline: [
        { $match: { [by]: { $in: [...ids] }, ...isKeptBack, deletedAt: null, authorId: { $ne: viewerId } } },
        { $limit: maxLacking },
        { $group: { _id: `$${by}`, add: { $sum: 1 } } },
        { $set: { counter: { $literal: figure } } },
      ],
    },
  }
}

function sumUp(
  ids: readonly string[],
  rows: readonly ((CounterRow & { counter?: never }) | Addition)[],
): Map<string, Figures> {
  const figures = new Map<string, Figures>(ids.map((id) => [id, {}]))
  const add = (of: Figures, counter: Counter | Withheld, number = 0) => {
    of[counter] = (of[counter] ?? 0) + number
  }
  for (const row of rows) {
    const of = figures.get(row._id)
    if (!of) continue
    if (row.counter) {
      add(of, row.counter, row.add)
      if (row.own) of[row.own] = row.on === true
    } else {
      for (const counter of counters) add(of, counter, row[counter])
    }
  }
  return figures
}
