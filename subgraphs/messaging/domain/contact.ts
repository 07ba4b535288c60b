// Who may write to whom, and how much: the recipients' settings, requests to strangers, spam.
import type { Limit, Limits } from '#platform/limits.ts'
import { messageFolder, withinContactPolicy } from '#platform/policy.ts'
import { type Relations, relationKey } from '#platform/relations.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { type AccountFacts, stranger } from '#schema/facts.ts'
import type { ConversationRow, MemberRow } from '../model.ts'
import { hasCome } from './participation.ts'
import { spamVerdict } from './spam.ts'

const day = 86_400_000
const minute = 60_000

/** Requests that an account may open whose e-mail address is not proven; each person who gets one counts. */
const unprovenRequests: Limit = { name: 'message-requests', max: 5, windowMs: day, withoutRedis: 'closed' }
const provenRequests: Limit = {
  name: 'message-requests-proven',
  max: 200,
  windowMs: day,
  withoutRedis: 'open',
}
const sends: Limit = { name: 'messages', max: 300, windowMs: minute, withoutRedis: 'open' }
const newSends: Limit = { name: 'messages-new', max: 60, windowMs: minute, withoutRedis: 'open' }

export interface ContactDeps {
  visibility: Visibility
  relations: Pick<Relations, 'get'>
  limits: Limits
  /** Whether anything is limited at all. */
  limited: boolean
  repeats: { count(senderId: string, textHash: string, conversation: string): Promise<number> }
  now: () => Date
}

/** Where a first message puts the conversation for those who have it in no folder; `quiet` ones hear nothing of it. */
export interface Filing {
  PRIMARY: string[]
  REQUESTS: string[]
  quiet: string[]
  /** How many of them it counted as a request to. */
  requests: number
  /** Whether anybody but the sender ever sees it. */
  isHeard: boolean
}

/**
 * Throws BLOCKED_BY_POLICY when one of the accounts does not let the viewer write to it. A minor is written to by other minors and
 * by whom he follows, whatever he has set.
 */
export async function checkContactPolicies(
  visibility: Visibility,
  viewerId: string,
  userIds: readonly string[],
  field: string[],
): Promise<void> {
  const now = Date.now()
  // Asked for together: one round trip, however many.
  const [viewer, ...known] = await Promise.all([
    visibility.account(viewerId),
    ...userIds.map((userId) => Promise.all([visibility.account(userId), visibility.relation(userId)])),
  ])
  const isAdult = viewer !== null && viewer.adultAt <= now
  for (const [account, relation] of known) {
    if (!account) throw notFound(field)
    const isSheltered = isAdult && account.adultAt > now && relation.followedBy !== 'FOLLOWING'
    if (isSheltered || !withinContactPolicy(viewerId, account, account.messagePolicy, relation)) {
      throw new AppError('BLOCKED_BY_POLICY', 'They do not take messages from you.', { field })
    }
  }
}

/**
 * Files a message for the members who have its conversation in no folder, by how each stands to the sender, after the limits
 * on how much he may send. Throws RATE_LIMITED.
 */
export async function fileMessage(
  deps: ContactDeps,
  conversation: ConversationRow,
  senderId: string,
  message: { text: string | null; textHash: string },
): Promise<Filing> {
  const sender = await deps.visibility.account(senderId)
  const age = sender ? deps.now().getTime() - sender.createdAt : 0
  const isNew = age < day
  await deps.limits.use(isNew ? newSends : sends, senderId)

  const filing: Filing = { PRIMARY: [], REQUESTS: [], quiet: [], requests: 0, isHeard: !sender?.shadowBanned }
  const others = conversation.members.filter(({ userId }) => userId !== senderId)
  // Nobody but himself sees what he writes, not even where all have accepted; he is not told, and is limited as others are (V23).
  const unheard = (): Filing => ({
    ...filing,
    PRIMARY: [],
    REQUESTS: [],
    quiet: others.map(({ userId }) => userId),
  })
  const strangers = others.filter(({ folder }) => folder !== 'PRIMARY')
  if (strangers.length === 0) return filing.isHeard ? filing : unheard()

  // It waits for ever with those to whom nothing of his comes: his first message alone is a request to them.
  const isAsked = !filing.isHeard && conversation.lastSequence > (conversation.unsaid ?? 0)
  const waiting = strangers.filter((member) => !isAsked && !hasCome(member))
  const folders = await foldersOf(
    deps.relations,
    waiting.map(({ userId }) => userId),
    senderId,
  )
  for (const [userId, folder] of folders) filing[folder].push(userId)
  const verdict = deps.limited && sender ? await judge(deps, conversation, sender, age, message) : 'FINE'
  if (verdict === 'REFUSED') {
    throw new AppError('RATE_LIMITED', 'This was sent too often. Try again in an hour.', {
      retryAfterMs: 60 * minute,
    })
  }
  filing.requests = filing.REQUESTS.length
  await countRequests(deps, sender, filing.requests)
  if (!filing.isHeard) return unheard()
  if (verdict === 'FINE') return filing
  return {
    ...filing,
    PRIMARY: [],
    REQUESTS: [...filing.PRIMARY, ...filing.REQUESTS],
    quiet: strangers.map(({ userId }) => userId),
  }
}

const requestLimitOf = (sender: AccountFacts | null) =>
  sender?.emailVerified ? provenRequests : unprovenRequests

/** Counts people who get a request. Throws RATE_LIMITED. */
async function countRequests(
  deps: Pick<ContactDeps, 'limits'>,
  sender: AccountFacts | null,
  count: number,
): Promise<void> {
  const limit = requestLimitOf(sender)
  // One that is refused counts nothing, and so do those after it.
  await Promise.all(Array.from({ length: count }, () => deps.limits.use(limit, sender?.id ?? '')))
}

/** Gives the requests back that a message counted which was not sent. */
export async function giveBackRequests(
  { limits, visibility }: Pick<ContactDeps, 'limits' | 'visibility'>,
  senderId: string,
  { requests }: Filing,
): Promise<void> {
  const limit = requestLimitOf(await visibility.account(senderId))
  await Promise.all(Array.from({ length: requests }, () => limits.giveBack(limit, senderId)))
}

/** Which folder each of the accounts gets a conversation in that the sender brings. */
async function foldersOf(
  relations: Pick<Relations, 'get'>,
  userIds: readonly string[],
  senderId: string,
): Promise<Map<string, 'PRIMARY' | 'REQUESTS'>> {
  const known = await relations.get(userIds.map((userId) => relationKey(userId, senderId)))
  return new Map(
    userIds.map((userId) => [userId, messageFolder(known.get(relationKey(userId, senderId)) ?? stranger)]),
  )
}

/** Which folder a group goes to for each whom the viewer brings in: none when he is shadow-banned (V23). Throws RATE_LIMITED. */
export async function fileMembers(
  deps: ContactDeps,
  viewerId: string,
  userIds: readonly string[],
): Promise<Map<string, MemberRow['folder']>> {
  const viewer = await deps.visibility.account(viewerId)
  const folders = await foldersOf(deps.relations, userIds, viewerId)
  const requests = [...folders.values()].filter((folder) => folder === 'REQUESTS')
  await countRequests(deps, viewer, requests.length)
  return viewer?.shadowBanned ? new Map(userIds.map((userId) => [userId, 'NONE'])) : folders
}

async function judge(
  deps: ContactDeps,
  conversation: ConversationRow,
  sender: AccountFacts,
  accountAgeMs: number,
  { text, textHash }: { text: string | null; textHash: string },
) {
  // A conversation of two that a refusal kept from beginning has another id with each try.
  const { _id, directKey = _id } = conversation
  const repeats = text ? await deps.repeats.count(sender.id, textHash, directKey) : 1
  return spamVerdict({ text, repeats, accountAgeMs, emailVerified: sender.emailVerified })
}
