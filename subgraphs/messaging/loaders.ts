// What one request loads, in batches. None of it asks the policy: who takes part in a conversation is decided by
// `domain/participation.ts`.
import { byId, createLoader } from '#platform/loader.ts'
import type { Services } from './context.ts'
import type { ConversationRow, MessageRange, MessageRow } from './model.ts'

export type Loaders = ReturnType<typeof createLoaders>

interface Unread {
  conversationId: string
  userId: string
  after: number
}

/** Loads what is asked for by equal questions once; `load` answers in the order of the questions. */
const asking = <Q, A>(load: (questions: Q[]) => Promise<A[]>) => {
  const loader = createLoader<A>(async (keys) => {
    const answers = await load(keys.map((key) => JSON.parse(key) as Q))
    return new Map(keys.map((key, i) => [key, answers[i] as A]))
  })
  return (question: Q) => loader.load(JSON.stringify(question))
}

/** The loaders of one request. */
export function createLoaders({ store, presence, typing, now }: Services) {
  const pages = asking<MessageRange, MessageRow[]>((ranges) => store.listMessages(ranges, now()))
  const unread = asking<Unread, number>((wanted) => store.countUnread(wanted, now()))
  const conversations = createLoader(async (ids) => byId(await store.findConversations(ids)))
  const messages = createLoader(async (ids) => byId(await store.findMessages(ids)))
  return {
    conversations,
    messages,
    /** Takes rows for loaded that the request has just written. */
    keep(conversation: ConversationRow, message: MessageRow): void {
      conversations.clear(conversation._id).prime(conversation._id, conversation)
      messages.clear(message._id).prime(message._id, message)
    },
    groupInfos: createLoader(async (ids) => byId(await store.findGroupInfos(ids))),
    /** The devices of each of some accounts. */
    devices: createLoader(async (userIds) => {
      const rows = await store.findDevices(userIds)
      return new Map(userIds.map((id) => [id, rows.filter(({ userId }) => userId === id)]))
    }),
    presence: createLoader((userIds) => presence.get(userIds)),
    /** Until when each who writes in a conversation does so. */
    typing: createLoader((ids) => typing.get(ids, now().getTime())),
    /** The messages of a range, ascending. */
    messagesIn: async (range: MessageRange) => (await pages(range)) ?? [],
    /** How many messages of others came after a sequence and are still there, counted one by one. */
    countUnread: async (wanted: Unread) => (await unread(wanted)) ?? 0,
  }
}
