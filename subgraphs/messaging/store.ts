// The only door to Messaging's database.
import type { Db } from 'mongodb'
import { createConversationStore, prepareConversations } from './store/conversations.ts'
import { createMessageStore, prepareMessages } from './store/messages.ts'

export type Store = ReturnType<typeof createStore>

/** Messaging's store. */
export function createStore(db: Db) {
  return { ...createConversationStore(db), ...createMessageStore(db) }
}

/** Creates the indexes. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([prepareConversations(db), prepareMessages(db)])
}
