// Delivery receipts: what reached a member's device is noted in his conversation a moment later, many at once, so that
// reading costs no write of its own. What is lost when the process dies is noted again by the next look.
import type { Log } from '#platform/log.ts'
import type { Transact } from '#platform/mongo.ts'
import { memberOf, receiptHearersOf } from './domain/participation.ts'
import type { Store } from './store.ts'
import type { InTurn } from './turns.ts'

const pauseMs = 100

/** A message that reached a device. */
export interface Delivered {
  conversationId: string
  userId: string
  sequence: number
  messageId: string
}

/** Notes that a message reached a device of a member; it takes effect a moment later. */
export type NoteDelivery = (delivered: Delivered) => void

/** The delivery receipts of one process. */
export function createDeliveries(deps: {
  store: Pick<Store, 'getConversation' | 'updateMember'>
  transact: Transact<'messaging'>
  inTurn: InTurn
  log: Log
}): NoteDelivery {
  const waiting = new Map<string, Map<string, Delivered>>()
  let isPlanned = false

  const write = (conversationId: string, members: readonly Delivered[]) =>
    deps.inTurn(conversationId, () =>
      deps.transact(async (tx) => {
        const conversation = await deps.store.getConversation(conversationId, tx.session)
        if (!conversation) return
        for (const { userId, sequence, messageId } of members) {
          const member = memberOf(conversation, userId)
          if (!member || sequence <= (member.deliveredSequence ?? 0)) continue
          const change = { deliveredSequence: sequence, deliveredMessageId: messageId }
          await deps.store.updateMember(conversationId, userId, change, tx.session)
          const memberIds = receiptHearersOf(conversation, member, true)
          if (memberIds.length > 1) {
            tx.emit('conversation.changed', {
              conversationId,
              change: 'DELIVERED',
              actorId: userId,
              messageId,
              memberIds,
            })
          }
        }
      }),
    )
  const flush = () => {
    isPlanned = false
    const noted = [...waiting]
    waiting.clear()
    for (const [conversationId, members] of noted) {
      write(conversationId, [...members.values()]).catch((error: Error) =>
        deps.log.debug({ error: error.message }, 'a delivery was not noted; the next look notes it'),
      )
    }
  }
  return (delivered) => {
    const members = waiting.get(delivered.conversationId) ?? new Map<string, Delivered>()
    waiting.set(delivered.conversationId, members)
    const known = members.get(delivered.userId)
    if (!known || known.sequence < delivered.sequence) members.set(delivered.userId, delivered)
    if (!isPlanned) setTimeout(flush, pauseMs).unref()
    isPlanned = true
  }
}
