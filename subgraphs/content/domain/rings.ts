// Accounts that act as one: who do the same things at the same moments, or say nearly the same. Each comes before moderators, with
// the others, and is trusted like a new one for an hour; nothing else follows before somebody has looked.
import type { Accounts } from '#platform/accounts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { findRings, simhash, sketch } from '#platform/text-safety/alike.ts'
import { deedsMs, type RecentDeeds, type RecentTexts } from '#platform/text-safety/recent.ts'
import type { Store } from '../store.ts'
import { tellTrust } from './account-trust.ts'
import { appendAudit } from './moderation-audit.ts'
import { newReview, retried } from './reports.ts'
import { priorityOf } from './review-rules.ts'
import type { FlagDeps } from './text-review.ts'

/** Friends do three things at once now and then; four of them with four things each are rarely friends. */
const ringOf = { minShared: 4, minSize: 4 }

/** Writers of nearly the same text in an hour, from which on they are looked at. */
const crowd = 5

/**
 * Whether a message is one of those that open a conversation, by its place among what people wrote there. Campaigns write to those
 * with whom they had none; what friends who are at it already say together, a wish or a verse, is no matter of ours.
 */
export const isOpening = (ordinal: number): boolean => ordinal <= 3

/** The others that one review names at most. */
const maxNamed = 50

interface RingDeps
  extends FlagDeps,
    Pick<Store, 'setReview' | 'wasSeenInRing' | 'findRings' | 'findHeldAgainst'> {
  transact: Transact<'content'>
  accounts: Pick<Accounts, 'get'>
  deeds: RecentDeeds
  /** Whether anything is judged at all. */
  limited: boolean
  now(): Date
}

/** A ring as one of its members' open review tells of it, with others. */
const joined = (ring: readonly string[], others: readonly string[]): string[] =>
  [...new Set([...ring, ...others])].slice(0, maxNamed)

/**
 * Puts accounts that act as one before moderators, each once in the time in which the same deeds are met again. `texts` are what they
 * said, by their ids: of each only his own comes into his review.
 */
async function flagRing(
  deps: RingDeps,
  memberIds: readonly string[],
  { texts, least }: { texts: ReadonlyMap<string, string>; least: number },
): Promise<void> {
  const accounts = await deps.accounts.get([...memberIds])
  const members = memberIds.filter((id) => accounts.get(id)?.status === 'ACTIVE')
  // Of those who are suspended by now, few may be left.
  if (members.length < least) return
  const { open: rings, seen } = await deps.findRings(members, new Date(deps.now().getTime() - deedsMs))
  const isNews = (id: string) => {
    const ring = rings.get(id)
    if (ring === undefined) return !seen.has(id)
    return (
      ring === null ||
      joined(
        ring,
        members.filter((other) => other !== id),
      ).length > ring.length
    )
  }
  for (const id of members.filter(isNews)) {
    const others = members.filter((other) => other !== id)
    const flag = async (tx: Transaction<'content'>, itemId: string) => {
      const about = { at: deps.now(), actorId: null, itemId, subjectId: id }
      const detail = `RING ${members.length}`
      await tellTrust(deps, tx, id, await appendAudit(deps, tx.session, { ...about, action: 'FLAG', detail }))
    }
    await retried(() =>
      deps.transact(async (tx) => {
        const { session } = tx
        const at = deps.now()
        const open = await deps.findOpenReview(id, session)
        if (open) {
          const ring = joined(open.ring ?? [], others)
          const isNew = open.ring === undefined
          if (!isNew && ring.length === open.ring?.length) return
          await deps.setReview(open._id, { ring, ringAt: open.ringAt ?? at }, session)
          if (isNew) await flag(tx, open._id)
          return
        }
        if (await deps.wasSeenInRing(id, new Date(at.getTime() - deedsMs), session)) return
        const fresh = newReview({ id, kind: 'USER', ownerId: id, text: texts.get(id) ?? null }, 'RING', at)
        const item = { ...fresh, reasons: { SPAM: 1 }, ring: others.slice(0, maxNamed), ringAt: at }
        await deps.insertReview({ ...item, priority: priorityOf(item) }, session)
        await flag(tx, item._id)
      }),
    )
  }
}

/** Looks for rings among what was done lately. */
export async function reviewRings(deps: RingDeps): Promise<void> {
  if (!deps.limited) return
  for (const ring of findRings(await deps.deeds.read(), ringOf)) {
    await flagRing(deps, ring, { texts: new Map(), least: ringOf.minSize })
  }
}

/** Notes texts among what everybody says, and has those looked at who say nearly the same in a crowd. Without Redis nobody is. */
export async function reviewCrowds(
  deps: RingDeps & { texts: Pick<RecentTexts, 'gather'> },
  rows: readonly { textId: string; writerId: string; text: string; at: Date }[],
): Promise<void> {
  if (!deps.limited) return
  const groups = new Map<string, { writerIds: Set<string>; texts: Map<string, string> }>()
  for (const { textId, writerId, text, at } of rows) {
    const [hash, keys] = [simhash(text), sketch(text)]
    if (hash === null || keys.length === 0) continue
    const met = await deps.texts.gather({ textId, writerId, hash, keys }).catch(() => null)
    if (!met) continue
    const deed = { accountId: writerId, key: `text:${met.groupId}`, at: at.getTime() }
    await deps.deeds.note([deed]).catch(() => {})
    const group = groups.get(met.groupId) ?? { writerIds: new Set(), texts: new Map() }
    groups.set(met.groupId, group)
    group.texts.set(writerId, text)
    if (met.writerIds.length >= crowd) for (const id of met.writerIds) group.writerIds.add(id)
  }
  // Once for all that came at once, however many of them said it.
  for (const { writerIds, texts } of groups.values()) {
    if (writerIds.size > 0) await flagRing(deps, [...writerIds], { texts, least: crowd })
  }
}
