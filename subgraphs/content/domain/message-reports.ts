// Reports of messages: made where the messages are, with what they prove, they come into the queue from there.
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Reportables } from '#platform/reportables.ts'
import type { DomainEvent } from '#schema/events.ts'
import type { ReportReason } from '../model.ts'
import type { Store } from '../store.ts'
import { report, retried } from './reports.ts'

interface MessageReportDeps
  extends Pick<
    Store,
    'findOpenReview' | 'insertReview' | 'setReview' | 'findReport' | 'insertReport' | 'setReport'
  > {
  transact: Transact<'content'>
  reportables: Pick<Reportables, 'report'>
  /** Those that are met for the first time. */
  claim<E extends DomainEvent>(tx: Transaction, batch: readonly E[]): Promise<readonly E[]>
}

/** Puts reported messages before moderators, each report once. */
export async function reviewReportedMessages(
  deps: MessageReportDeps,
  batch: readonly DomainEvent<'message.reported'>[],
): Promise<void> {
  for (const event of batch) {
    const { messageId, reporterId } = event.payload
    const told = await deps.reportables.report(reporterId, messageId)
    // Whoever told of it, or was told of, is gone.
    if (!told) continue
    const subject = { id: messageId, kind: 'MESSAGE' as const, ownerId: told.senderId, text: told.text }
    const said = { reason: told.reason as ReportReason, details: told.details, at: event.at }
    await retried(() =>
      deps.transact(async (tx) => {
        if ((await deps.claim(tx, [event])).length > 0) await report(deps, tx, reporterId, subject, said)
      }),
    )
  }
}
