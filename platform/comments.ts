// Engagement's published rows of comments: what is needed to find one, and to decide who may see it.
import type { MongoClient } from 'mongodb'
import { databaseName, newestFirst } from './mongo.ts'
import { canViewComment } from './policy.ts'
import type { Visibility } from './visibility.ts'

/** The published fields of a row of Engagement's `comments`. */
export interface CommentFactsRow {
  _id: string
  postId: string
  authorId: string
  /** The top-level comment of its thread; null for that comment itself. */
  parentId: string | null
  text: string
  createdAt: Date
  /** Its likes and replies, as far as they are counted. */
  score: number
  /** Since when only its writer and the post's author see it; absent when all do. */
  hiddenAt?: Date
  /** Why only those two see it: `FILTERED`, it says a word that the post's author does not want to read, or `RESTRICTED`. */
  withheld?: string[]
  deletedAt: Date | null
}

export interface Comments {
  /** Comments that are not deleted, by id. */
  find(ids: readonly string[]): Promise<CommentFactsRow[]>
  /** Those before an id, the newest first, deleted ones included. */
  scan(beforeId: string | null, limit: number): Promise<CommentFactsRow[]>
}

/** Reads comments. */
export function createComments(mongo: MongoClient, namespace: string): Comments {
  const rows = mongo.db(databaseName(namespace, 'engagement')).collection<CommentFactsRow>('comments')
  const projection = {
    postId: 1,
    authorId: 1,
    parentId: 1,
    text: 1,
    createdAt: 1,
    score: 1,
    hiddenAt: 1,
    withheld: 1,
    deletedAt: 1,
  } as const satisfies Partial<Record<keyof CommentFactsRow, 1>>
  return {
    find: (ids) => rows.find({ _id: { $in: [...ids] }, deletedAt: null }, { projection }).toArray(),
    scan: newestFirst(rows, projection),
  }
}

/** Whether a comment was hidden, by the post's author or moderators, or is kept back by that author's filter. */
export function isHidden({ hiddenAt, withheld }: Pick<CommentFactsRow, 'hiddenAt' | 'withheld'>): boolean {
  return hiddenAt !== undefined || (withheld?.includes('FILTERED') ?? false)
}

/**
 * Those of some comments that the viewer may see, in order: their posts, their writers and, of replies, the comments above them;
 * one that was hidden, that says a word which the post's author filters, or whose writer is restricted, only as its writer or
 * the post's author.
 */
export async function filterVisibleComments(
  comments: Pick<Comments, 'find'>,
  visibility: Visibility,
  rows: readonly CommentFactsRow[],
): Promise<CommentFactsRow[]> {
  const known = new Map(rows.map((row) => [row._id, row]))
  const missing = rows.flatMap(({ parentId }) => (parentId && !known.has(parentId) ? [parentId] : []))
  const parents = missing.length > 0 ? await comments.find([...new Set(missing)]) : []
  for (const parent of parents) known.set(parent._id, parent)
  const isSeen = async (row: CommentFactsRow): Promise<boolean> => {
    const [post, writer] = await Promise.all([visibility.post(row.postId), visibility.writer(row.authorId)])
    if (!post || !writer) return false
    const { viewerId } = visibility
    const isTheirs = viewerId !== null && (viewerId === row.authorId || viewerId === post.authorId)
    if (isHidden(row) && !isTheirs) return false
    const between = await visibility.between(post.authorId, row.authorId)
    if (!canViewComment(viewerId, row, post, between)) return false
    if (row.parentId === null) return true
    const parent = known.get(row.parentId)
    return parent !== undefined && isSeen(parent)
  }
  const seen = await Promise.all(rows.map(isSeen))
  return rows.filter((_, i) => seen[i])
}
