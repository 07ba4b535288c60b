import { useEffect, useState } from 'react'
import { useSubscription } from 'urql'
import { onResync } from '../graph/forward.ts'
import {
  type ConversationRowFragment,
  PresenceChangedDocument,
  type PresenceChangedSubscription,
} from '../operations.gen.ts'
import { useViewer } from '../session/viewer.tsx'

type Member = ConversationRowFragment['members'][number]
export type Presence = NonNullable<Member['presence']>

/** As many as one subscription watches. */
const most = 100

/**
 * Who is there of those in some conversations: as the conversations tell, and as it changes from then on. Nothing is replayed after
 * a break, so what a conversation tells anew counts more than what was heard before.
 *
 * @returns someone's presence by his id; null for whoever does not show it
 */
export function usePresence(
  conversations: readonly Pick<ConversationRowFragment, 'members'>[],
): (userId: string | undefined) => Presence | null {
  const viewerId = useViewer()?.id
  const [heard, setHeard] = useState<ReadonlyMap<string, { presence: Presence; told: string }>>(new Map())
  // What was missed may have taken it back, also where the conversations then tell what they told before.
  useEffect(() => onResync(() => setHeard(new Map())), [])
  const told = new Map<string, Presence>()
  for (const { user, presence } of conversations.flatMap(({ members }) => members))
    if (user && presence && user.id !== viewerId) told.set(user.id, presence)
  const userIds = [...told.keys()].slice(0, most).sort()
  useSubscription(
    { query: PresenceChangedDocument, variables: { userIds }, pause: userIds.length === 0 },
    (_previous: PresenceChangedSubscription | undefined, data) => {
      const { user, presence } = data.presenceChanged ?? {}
      if (user && presence)
        setHeard((all) => new Map(all).set(user.id, { presence, told: JSON.stringify(told.get(user.id)) }))
      return data
    },
  )
  return (userId) => {
    const presence = told.get(userId ?? '')
    if (!userId || !presence) return null
    const news = heard.get(userId)
    return news?.told === JSON.stringify(presence) ? news.presence : presence
  }
}
