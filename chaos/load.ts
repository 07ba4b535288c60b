// People who like, comment and write while things break. What is acknowledged is written down; what is not is tried again with the
// same key, as a good client does.

import type { Person } from '../tests/person.ts'
import * as op from '../web/src/operations.gen.ts'

/** Everything that the system said yes to. */
export interface Acknowledged {
  /** `<postId>:<userId>`. */
  likes: Set<string>
  /** Texts, each unique. */
  comments: Map<string, { postId: string; authorId: string }>
  /** By `clientMessageId`. */
  messages: Map<string, { conversationId: string; senderId: string }>
  attempts: number
  failures: number
}

export interface Stage {
  people: readonly Person[]
  postIds: readonly string[]
  conversationIds: readonly string[]
}

/** Milliseconds between a failure and the next try. */
const pauseMs = 250

/** Has everybody act until the signal aborts; resolves when the last one has his answer. */
export async function act(stage: Stage, signal: AbortSignal): Promise<Acknowledged> {
  const done: Acknowledged = {
    likes: new Set(),
    comments: new Map(),
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
  { postIds, conversationIds }: Stage,
  done: Acknowledged,
  signal: AbortSignal,
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const postId = pick(postIds, index + turn)
    switch (turn % 3) {
      case 0:
        await untilAcknowledged(done, () => person.does(op.LikePostDocument, { input: { postId } }))
        done.likes.add(`${postId}:${person.id}`)
        break
      case 1: {
        const text = `${person.username} says ${turn}`
        const input = { postId, text, idempotencyKey: `comment-${turn}` }
        await untilAcknowledged(done, () => person.does(op.CreateCommentDocument, { input }))
        done.comments.set(text, { postId, authorId: person.id })
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
async function untilAcknowledged(done: Acknowledged, call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    done.attempts++
    try {
      return void (await call())
    } catch {
      done.failures++
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
