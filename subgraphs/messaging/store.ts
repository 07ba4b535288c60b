// The only door to Messaging's database.
import type { Db } from 'mongodb'
import { prepareAccountTasks } from '#platform/account-lifecycle.ts'
import { prepareAccountPart } from './store/account-part.ts'
import { createConversationStore, prepareConversations } from './store/conversations.ts'
import { createHistoryStore } from './store/history.ts'
import { createKeyStore, prepareKeys } from './store/keys.ts'
import { createMessageStore, prepareMessages } from './store/messages.ts'
import { createReportStore, prepareReports } from './store/reports.ts'

export type Store = ReturnType<typeof createStore>

/** Messaging's store. */
export function createStore(db: Db) {
  return {
    ...createConversationStore(db),
    ...createMessageStore(db),
    ...createHistoryStore(db),
    ...createKeyStore(db),
    ...createReportStore(db),
  }
}

/** Creates the indexes. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    prepareAccountPart(db),
    prepareAccountTasks(db),
    prepareConversations(db),
    prepareMessages(db),
    prepareKeys(db),
    prepareReports(db),
  ])
}
