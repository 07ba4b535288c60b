// People who like, comment and write while things break. What is acknowledged is written down; what is not is tried again with the
// same key, as a good client does.

import type { Person } from '../tests/person.ts'
import * as op from '../web/src/operations.gen.ts'

/** What somebody did to a post or a comment, and whom it is told. */
export interface Deed {
  kind: 'POST_LIKE' | 'COMMENT' | 'COMMENT_LIKE'
  actorId: string
  recipientId: string
  subjectId: string
}

/** Everything that the system said yes to. */
export interface Acknowledged {
  /** Of posts, by `<postId>:<userId>`. */
  likes: Map<string, Deed>
  /** By their texts, each unique. */
  comments: Map<string, Deed>
  /** Of comments, by `<commentId>:<userId>`. */
  commentLikes: Map<string, Deed>
  /** By `clientMessageId`. */
  messages: Map<string, { conversationId: string; senderId: string }>
  attempts: number
  failures: number
}

export interface Stage {
  people: readonly Person[]
  posts: readonly { id: string; authorId: string }[]
  conversationIds: readonly string[]
}

/** Milliseconds between a failure and the next try. */
const pauseMs = 250

/** Has everybody act until the signal aborts; resolves when the last one has his answer. */
export async function act(stage: Stage, signal: AbortSignal): Promise<Acknowledged> {
  const done: Acknowledged = {
    likes: new Map(),
    comments: new Map(),
    commentLikes: new Map(),
    messages: new Map(),
    attempts: 0,
    failures: 0,
  }
  await Promise.all(stage.people.map((person, i) => live(person, i, stage, done, signal)))
  return done
}

async function live(
  person: Person,
  index: number,
  { posts, conversationIds }: Stage,
  done: Acknowledged,
  signal: AbortSignal,
): Promise<void> {
  const actorId = person.id
  for (let turn = 0; !signal.aborted; turn++) {
    // Another post with each round of what he does.
    const post = pick(posts, index + Math.floor(turn / 4))
    switch (turn % 4) {
      case 0:
        await untilAcknowledged(done, () => person.likes(post))
        done.likes.set(`${post.id}:${actorId}`, {
          kind: 'POST_LIKE',
          actorId,
          recipientId: post.authorId,
          subjectId: post.id,
        })
        break
      case 1: {
        const text = `${person.username} says ${turn}`
        const input = { postId: post.id, text, idempotencyKey: `comment-${turn}` }
        const { createComment } = await untilAcknowledged(done, () =>
          person.does(op.CreateCommentDocument, { input }),
        )
        const subjectId = createComment.comment?.id ?? ''
        done.comments.set(text, { kind: 'COMMENT', actorId, recipientId: post.authorId, subjectId })
        break
      }
      case 2: {
        const keyOf = ({ subjectId }: Deed) => `${subjectId}:${actorId}`
        const comment = [...done.comments.values()].findLast(
          (one) => one.actorId !== actorId && !done.commentLikes.has(keyOf(one)),
        )
        if (!comment) break
        const { subjectId, actorId: recipientId } = comment
        const input = { commentId: subjectId }
        await untilAcknowledged(done, () => person.does(op.LikeCommentDocument, { input }))
        done.commentLikes.set(keyOf(comment), { kind: 'COMMENT_LIKE', actorId, recipientId, subjectId })
        break
      }
      default: {
        const conversationId = pick(conversationIds, index)
        const clientMessageId = `${person.username}-${turn}`
        const input = { conversationId, text: `message ${turn}`, clientMessageId }
        await untilAcknowledged(done, () => person.does(op.SendMessageDocument, { input }))
        done.messages.set(clientMessageId, { conversationId, senderId: person.id })
      }
    }
  }
}

const pick = <T>(items: readonly T[], index: number): T => items[index % items.length] as T

/** Repeats a call until it is acknowledged: also after the end, so that nothing is left in doubt. */
async function untilAcknowledged<T>(done: Acknowledged, call: () => Promise<T>): Promise<T> {
  for (;;) {
    done.attempts++
    try {
      return await call()
    } catch {
      done.failures++
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
