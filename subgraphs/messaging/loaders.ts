// What one request loads, in batches. None of it asks the policy: who takes part in a conversation is decided by
// `domain/participation.ts`.
import { byId, createLoader } from '#platform/loader.ts'
import type { MessageRange } from './model.ts'
import type { Store } from './store.ts'

export type Loaders = ReturnType<typeof createLoaders>

const rangeKey = ({ conversationId, from, to }: MessageRange) => `${conversationId} ${from} ${to}`
const rangeOf = (key: string): MessageRange => {
  const [conversationId = '', from, to] = key.split(' ')
  return { conversationId, from: Number(from), to: Number(to) }
}

/** The loaders of one request. */
export function createLoaders(store: Store) {
  const ranges = createLoader(async (keys) => {
    const wanted = keys.map(rangeOf)
    const found = Map.groupBy(await store.findMessagesIn(wanted), (message) => message.conversationId)
    return new Map(
      wanted.map((range) => [
        rangeKey(range),
        (found.get(range.conversationId) ?? []).filter(
          ({ sequence }) => sequence >= range.from && sequence <= range.to,
        ),
      ]),
    )
  })
  return {
    conversations: createLoader(async (ids) => byId(await store.findConversations(ids))),
    messages: createLoader(async (ids) => byId(await store.findMessages(ids))),
    /** The messages of a range, ascending. */
    messagesIn: async (range: MessageRange) =>
      range.from > range.to ? [] : ((await ranges.load(rangeKey(range))) ?? []),
  }
}
