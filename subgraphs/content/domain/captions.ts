// What a caption says: its text, its hashtags, and whom it mentions.
import type { Accounts } from '#platform/accounts.ts'
import { hashtagsIn, mentionsIn, parseEntities } from '#platform/entities.ts'
import { withinContactPolicy } from '#platform/policy.ts'
import { optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { Mention } from '../model.ts'

const maxCaption = 2_200
/** Hashtags and mentions beyond these are plain text. */
const maxHashtags = 30
const maxMentions = 20

/** Fields of a post that come from its caption. */
export interface Caption {
  caption: string | null
  hashtags: string[]
  mentions: Mention[]
}

/**
 * Reads a caption of the viewer's. Mentioned are those who exist for him and let him: whom he may not mention stays plain text,
 * as a name that is nobody's does (V7). Throws TOO_LONG or INVALID.
 */
export async function readCaption(
  deps: { accounts: Pick<Accounts, 'idsByUsername'>; visibility: Visibility },
  viewerId: string,
  value: string | null | undefined,
): Promise<Caption> {
  const caption = optionalText(value, { field: 'caption', max: maxCaption })
  const entities = parseEntities(caption ?? '')
  const names = mentionsIn(entities, maxMentions)
  const ids = await deps.accounts.idsByUsername(names)
  const mentions = await Promise.all(
    names.map(async (name): Promise<Mention[]> => {
      const userId = ids.get(name)
      return userId && (await mayMention(deps.visibility, viewerId, userId)) === 'YES'
        ? [{ name, userId }]
        : []
    }),
  )
  return { caption, hashtags: hashtagsIn(entities, maxHashtags), mentions: mentions.flat() }
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
