// How a count is read: the counter plus what it still lacks of the rows, both of one instant, so that a count equals the rows at
// every moment, unless the folding is very far behind. It is the same for everyone, so whoever asks at the same time shares one
// read; what a viewer did himself is another.
import type { Db, Document } from 'mongodb'
import { createGatherer } from '#platform/loader.ts'
import {
  type CommentRow,
  type Counter,
  type CounterRow,
  type Figure,
  newestKept,
  type OwnReaction,
  type ReactionKind,
  type ReactionRow,
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
}

/** Where counters are, and the rows that each of them counts. */
export const sources: Record<Subject, { counters: string; counts: Partial<Record<Counter, Source>> }> = {
  post: {
    counters: 'postCounters',
    counts: {
      likes: { from: 'likes', by: 'targetId' },
      dislikes: { from: 'dislikes', by: 'targetId' },
      saves: { from: 'saves', by: 'targetId' },
      shares: { from: 'shares', by: 'targetId' },
      views: { from: 'views', by: 'targetId' },
      comments: { from: 'comments', by: 'postId' },
    },
  },
  comment: {
    counters: 'commentCounters',
    counts: {
      likes: { from: 'commentLikes', by: 'targetId' },
      replies: { from: 'comments', by: 'parentId' },
    },
  },
}

/** Where the viewer's own rows are. */
const ownRows: Record<Subject, Partial<Record<OwnReaction, ReactionKind>>> = {
  post: { liked: 'likes', disliked: 'dislikes', saved: 'saves' },
  comment: { liked: 'commentLikes' },
}

/** By which field the comments that are kept from a viewer name their subject. */
const withheldBy = {
  post: { withheldComments: 'postId' },
  comment: { withheldReplies: 'parentId' },
} as const satisfies Record<Subject, Partial<Record<Withheld, Source['by']>>>

/** Rows that a read adds to its counters at most: with more, the folding is far behind and some are left out for a moment. */
const maxLacking = 20_000

/** Counts, and own reactions, of one subject. */
export type Figures = Partial<Record<Counter | Withheld, number> & Record<OwnReaction, boolean>> & {
  /** Of a post: ids of its newest comments, the newest first, as `CounterRow` has it; null where it is not known which. */
  newest?: readonly string[] | null
}

/** What rows add to a counter. */
interface Addition {
  _id: string
  counter: Counter | Withheld
  add: number
  newest?: readonly string[]
}

export type FigureReader = ReturnType<typeof createFigureReader>

/** Reads figures of posts and comments. */
export function createFigureReader(db: Db) {
  const readShared = gathering(async (subject, wanted: readonly Figure[], ids) => {
    const stages: Document[] = []
    for (const [counter, source] of Object.entries(sources[subject].counts)) {
      if (wanted.includes(counter as Counter) || (counter === 'comments' && wanted.includes('newest')))
        stages.push(lackingRows(counter, source, ids))
    }
    for (const [figure, by] of Object.entries(withheldBy[subject])) {
      if (wanted.includes(figure as Withheld)) stages.push(withheldRows(figure, by, ids))
    }
    const rows = await db
      .collection(sources[subject].counters)
      .aggregate<(CounterRow & { counter?: never }) | Addition>(
        [{ $match: { _id: { $in: ids } } }, { $unset: 'checkedAt' }, ...stages],
        // Without it a fold between two reads would be seen twice or not at all.
        { readConcern: { level: 'snapshot' } },
      )
      .toArray()
    return sumUp(ids, rows)
  })

  /** Which of the wanted reactions are there, by `reactionId`. */
  const readOwn = gathering(async (subject, wanted: readonly OwnReaction[], ids) => {
    const parts = wanted.flatMap((reaction) => {
      const from = ownRows[subject][reaction]
      const pipeline = [
        { $match: { _id: { $in: ids }, state: 'ON' } },
        { $project: { own: { $literal: reaction } } },
      ]
      return from ? [{ from, pipeline }] : []
    })
    const [first, ...others] = parts
    const found = new Map<string, OwnReaction[]>()
    if (!first) return found
    const unions = others.map(({ from, pipeline }) => ({ $unionWith: { coll: from, pipeline } }))
    const rows = db
      .collection<ReactionRow>(first.from)
      .aggregate<{ _id: string; own: OwnReaction }>([...first.pipeline, ...unions])
    for await (const { _id, own } of rows) found.set(_id, [...(found.get(_id) ?? []), own])
    return found
  })

  /** How many of the comments that are kept from others the viewer wrote himself, by what they stand under. Few have any. */
  const readOwnWithheld = async (by: Source['by'], ids: readonly string[], viewerId: string) => {
    const rows = db
      .collection<CommentRow>('comments')
      .aggregate<{ _id: string; count: number }>([
        { $match: { [by]: { $in: ids }, authorId: viewerId, ...isKeptBack, deletedAt: null } },
        { $group: { _id: `$${by}`, count: { $sum: 1 } } },
      ])
    return new Map(await rows.map(({ _id, count }) => [_id, count] as const).toArray())
  }

  return {
    /**
     * The wanted figures of many posts or comments, counts of one instant: a round trip for what everyone has in common, shared with
     * whoever asks at the same time, and one for the viewer's own reactions where they are wanted. Where something is withheld, one more
     * for the viewer's part in it.
     */
    async readFigures(
      subject: Subject,
      ids: readonly string[],
      wanted: ReadonlySet<Figure>,
      viewerId: string | null,
    ): Promise<Map<string, Figures>> {
      const mine = viewerId === null ? [] : [...wanted].filter(isOwn).sort()
      const common = [...wanted].filter((figure) => !isOwn(figure)).sort()
      const own = ids.map((id) => reactionId(id, viewerId ?? ''))
      const [counts, reactions] = await Promise.all([
        readShared(subject, common, common.length > 0 ? ids : []),
        readOwn(subject, mine, mine.length > 0 ? own : []),
      ])
      const figures = new Map<string, Figures>(
        ids.map((id, i) => [
          id,
          {
            ...counts.get(id),
            ...Object.fromEntries((reactions.get(own[i] ?? '') ?? []).map((reaction) => [reaction, true])),
          },
        ]),
      )
      for (const [name, by] of Object.entries(withheldBy[subject])) {
        const figure = name as Withheld
        const some = ids.filter((id) => (figures.get(id)?.[figure] ?? 0) > 0)
        if (viewerId === null || some.length === 0) continue
        for (const [id, count] of await readOwnWithheld(by, some, viewerId)) {
          const of = figures.get(id)
          if (of) of[figure] = Math.max(0, (of[figure] ?? 0) - count)
        }
      }
      return figures
    },
  }
}

const isOwn = (figure: Figure): figure is OwnReaction =>
  figure === 'liked' || figure === 'disliked' || figure === 'saved'

/** A read that requests share which want the same figures of a subject. As many kinds as there are sets of figures: some dozens. */
function gathering<F extends Figure, V>(
  read: (subject: Subject, wanted: readonly F[], ids: readonly string[]) => Promise<Map<string, V>>,
) {
  const gatherers = new Map<string, ReturnType<typeof createGatherer<V>>>()
  return (subject: Subject, wanted: readonly F[], ids: readonly string[]): Promise<Map<string, V>> => {
    const name = `${subject}:${wanted.join()}`
    let gatherer = gatherers.get(name)
    if (!gatherer) {
      gatherer = createGatherer((gathered) => read(subject, wanted, gathered))
      gatherers.set(name, gatherer)
    }
    return gatherer(ids)
  }
}

function lackingRows(counter: string, { from, by }: Source, ids: readonly string[]): Document {
  return {
    $unionWith: {
      coll: from,
      pipeline: [
        { $match: { [by]: { $in: ids }, uncounted: lacking } },
        { $limit: maxLacking },
        { $group: { _id: `$${by}`, add: { $sum: '$uncounted' }, ...(by === 'postId' ? { newest } : {}) } },
        { $set: { counter: { $literal: counter } } },
      ],
    },
  }
}

/** Ids of the newest comments among rows that are not counted yet, replies left out. */
const newest = {
  $maxN: {
    n: newestKept,
    input: {
      $cond: [{ $and: [{ $eq: ['$uncounted', 1] }, { $eq: ['$parentId', null] }] }, '$_id', null],
    },
  },
}

/** Comments that only their writers find. Few, and found by an index of such alone. */
function withheldRows(figure: string, by: Source['by'], ids: readonly string[]): Document {
  return {
    $unionWith: {
      coll: 'comments',
      pipeline: [
        { $match: { [by]: { $in: ids }, ...isKeptBack, deletedAt: null } },
        { $limit: maxLacking },
        { $group: { _id: { subject: `$${by}`, authorId: '$authorId' }, add: { $sum: 1 } } },
        {
          $project: { _id: '$_id.subject', authorId: '$_id.authorId', add: 1, counter: { $literal: figure } },
        },
      ],
    },
  }
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

function sumUp(
  ids: readonly string[],
  rows: readonly ((CounterRow & { counter?: never }) | Addition)[],
): Map<string, Figures> {
  const figures = new Map<string, Figures>(ids.map((id) => [id, { newest: [] }]))
  const add = (of: Figures, counter: Counter | Withheld, number = 0) => {
    of[counter] = (of[counter] ?? 0) + number
  }
  for (const row of rows) {
    const of = figures.get(row._id)
    if (!of) continue
    if (row.counter) {
      add(of, row.counter, row.add)
      if (row.newest?.length && of.newest)
        of.newest = [...row.newest, ...of.newest].sort().reverse().slice(0, newestKept)
    } else {
      // Comes before the additions.
      of.newest = row.newest ?? ((row.comments ?? 0) > 0 ? null : [])
      for (const counter of counters) add(of, counter, row[counter])
    }
  }
  return figures
}
