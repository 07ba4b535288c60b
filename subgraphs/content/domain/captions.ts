// What a caption says: its text, its hashtags, and whom it mentions.
import type { Accounts } from '#platform/accounts.ts'
import { hashtagsIn, parseEntities } from '#platform/entities.ts'
import { type Mention, resolveMentions } from '#platform/mentions.ts'
import { optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'

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
  const mentions = await resolveMentions(deps, viewerId, entities, maxMentions)
  return { caption, hashtags: hashtagsIn(entities, maxHashtags), mentions }
}
