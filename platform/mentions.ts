// Whom a text mentions: those who exist for its writer and let him. Everyone else's name stays plain text, as a name that is
// nobody's does (V7).
import type { Accounts } from './accounts.ts'
import { mentionsIn, type TextEntity } from './entities.ts'
import { withinContactPolicy } from './policy.ts'
import type { Visibility } from './visibility.ts'

/** A name in a text and whose it was when the text was written. */
export interface Mention {
  /** The username, folded. */
  name: string
  userId: string
}

/** The mentions of a text of the viewer's, in order, at most `max`. */
export async function resolveMentions(
  deps: { accounts: Pick<Accounts, 'idsByUsername'>; visibility: Visibility },
  viewerId: string,
  entities: readonly TextEntity[],
  max: number,
): Promise<Mention[]> {
  const names = mentionsIn(entities, max)
  const ids = await deps.accounts.idsByUsername(names)
  const mentions = await Promise.all(
    names.map(async (name): Promise<Mention[]> => {
      const userId = ids.get(name)
      const may = userId ? await mayMention(deps.visibility, viewerId, userId) : 'HIDDEN'
      return userId && may === 'YES' ? [{ name, userId }] : []
    }),
  )
  return mentions.flat()
}

/** Whether the viewer may mention or tag an account; HIDDEN when it does not exist for him. */
export async function mayMention(
  visibility: Visibility,
  viewerId: string,
  userId: string,
): Promise<'YES' | 'NO' | 'HIDDEN'> {
  const account = await visibility.account(userId)
  if (!account) return 'HIDDEN'
  const relation = await visibility.relation(userId)
  return withinContactPolicy(viewerId, account, account.mentionPolicy, relation) ? 'YES' : 'NO'
}
