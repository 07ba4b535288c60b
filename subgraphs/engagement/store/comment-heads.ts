// Heads of lists of comments, kept while people page through them. They are named by what is in them: all who saw the same
// order share one. Nothing is lost with the cache but the order of pages that are being read.
import { createHash } from 'node:crypto'
import type { CacheClient } from '#platform/redis.ts'

/** The comments that come first in a list, in order. */
export interface CommentHead {
  /** Hash of the ids; empty for none. */
  id: string
  commentIds: readonly string[]
}

/** How long a reader may take for his pages. */
const keptSeconds = 3_600

export type CommentHeadStore = ReturnType<typeof createCommentHeadStore>

export function createCommentHeadStore(cache: CacheClient, namespace: string) {
  const keyOf = (id: string) => `${namespace}:comment-head:${id}`
  return {
    commentHead(commentIds: readonly string[]): CommentHead {
      const text = commentIds.join(' ')
      return { id: text && createHash('sha256').update(text).digest('base64url').slice(0, 22), commentIds }
    },

    async keepCommentHead({ id, commentIds }: CommentHead): Promise<void> {
      if (id) await cache.set(keyOf(id), commentIds.join(' '), 'EX', keptSeconds).catch(() => null)
    },

    /** A head that was kept; null when it is too old. */
    async findCommentHead(id: string): Promise<CommentHead | null> {
      if (!id) return { id, commentIds: [] }
      const text = await cache.get(keyOf(id)).catch(() => null)
      return text ? { id, commentIds: text.split(' ') } : null
    },
  }
}
