// The daily push that sums up what waits, for those who have not been here: sent only where it was shown to bring people back. A lot
// decides about a fifth of them, one half of whom get none whatever happens; from those is learned whom a push brings back (`uplift.ts`),
// and to the others it goes by that, as long as the lot shows that it helps.
import { createHmac } from 'node:crypto'
import type { Log } from '#platform/log.ts'
import type { Transact } from '#platform/mongo.ts'
import type { Facts } from '#platform/visibility.ts'
import type { DigestTrialRow, NotificationKind, NotificationRow, NotificationSettingsRow } from '../model.ts'
import type { Store } from '../store.ts'
import { nextDigestAt, unreadOf } from './digest.ts'
import { dayOf, pseudonym } from './insights.ts'
import { usualSettings } from './notification-settings.ts'
import { judgeUplift, leastUplift, trainUplift, upliftOf, type Verdict } from './uplift.ts'

/** In the evening, by the clock of where the person is. */
const hour = 18
const dayMs = 86_400_000
/** People whom one run looks at, and trials of which it learns what came of them. */
const atOnce = 100
const settledAtOnce = 1_000
/** Of all people: how many the lot sends none, and how many one. */
const heldShare = 0.1
const sentShare = 0.1
/** Trials by lot that are learned from, the newest. */
const remembered = 50_000
const learnEveryMs = dayMs

export interface PushDigestDeps {
  store: Pick<
    Store,
    | 'listDuePushDigests'
    | 'advancePushDigest'
    | 'insertTrial'
    | 'listUnsettledTrials'
    | 'settleTrials'
    | 'listLot'
    | 'findUpliftModel'
    | 'insertUpliftModel'
    | 'listActiveDays'
    | 'findActiveDays'
    | 'countPushes'
    | 'findSettings'
    | 'listReachable'
    | 'listNotifications'
    | 'gatherComments'
  >
  transact: Transact<'engagement'>
  facts: Facts
  secret: string
  log: Pick<Log, 'error'>
  now(): Date
}

/** When somebody's next daily push is decided. */
export const nextPushDigestAt = (quietHours: Parameters<typeof nextDigestAt>[1], after: Date): Date =>
  nextDigestAt('DAILY', quietHours, after, hour) ?? after

/** What the lot says of somebody on a day; null where it leaves it to what was learned. */
export function lotOf(secret: string, trialId: string): boolean | null {
  const drawn =
    createHmac('sha256', secret).update(`push digest ${trialId}`).digest().readUInt32BE() / 2 ** 32
  if (drawn < heldShare) return false
  return drawn < heldShare + sentShare ? true : null
}

/** Decides about those who are due; answers how many are sent one. Processes that do this at the same moment share the work. */
export async function sendPushDigests(deps: PushDigestDeps, signal?: AbortSignal): Promise<number> {
  let sent = 0
  for (const row of await deps.store.listDuePushDigests(deps.now(), atOnce)) {
    if (signal?.aborted) break
    try {
      if (await decide(deps, row._id, row.dueAt)) sent++
    } catch (error) {
      // He stays due, and the others have theirs.
      deps.log.error({ userId: row._id, error: String(error) }, 'a daily push was not decided')
    }
  }
  return sent
}

async function decide(deps: PushDigestDeps, userId: string, dueAt: Date): Promise<boolean> {
  const { store, now } = deps
  const at = now()
  const [known, reachable] = await Promise.all([store.findSettings(userId), store.listReachable([userId])])
  const settings = known ?? usualSettings(userId)
  const isWanted = settings.pushDigest !== false && reachable.has(userId)
  const trial = isWanted ? await trialOf(deps, settings, at) : null
  // Who has no device any more is not looked at again before he registers one.
  const next = reachable.has(userId) ? nextPushDigestAt(settings.quietHours, at) : null
  return deps.transact(async (tx) => {
    if (!(await store.advancePushDigest(tx, userId, dueAt, next)) || !trial) return false
    // Whose hour moved, or who came back with another device, may be due twice on a day.
    if (!(await store.insertTrial(tx, trial))) return false
    if (trial.sent) tx.emit('digest.pushed', { userId, digestId: trial._id })
    return trial.sent
  })
}

/** What is decided about somebody today; null for who has been here, and where nothing waits. */
async function trialOf(
  deps: PushDigestDeps,
  settings: NotificationSettingsRow,
  at: Date,
): Promise<DigestTrialRow | null> {
  const { store, secret } = deps
  const userId = settings._id
  // Of who refuses analytics it is not known whether he was here.
  if ((await deps.facts.accounts.get([userId])).get(userId)?.refusesAnalytics) return null
  const actor = pseudonym(secret, userId)
  const days = Array.from({ length: 8 }, (_, i) => dayOf(new Date(at.getTime() - i * dayMs)))
  const [today = ''] = days
  const active = await store.listActiveDays(actor, days)
  if (active.has(today)) return null
  const rows = await unreadOf(deps, settings, null, 'PUSH')
  if (rows.length === 0) return null
  const _id = `${userId}:${today}`
  const last = days.findIndex((day) => active.has(day))
  const features = featuresOf(rows, {
    idleDays: last === -1 ? days.length : last,
    activeDays: active.size,
    pushes: await store.countPushes(rows.map((row) => row._id)),
  })
  const drawn = lotOf(secret, _id)
  const learned = drawn === null ? await store.findUpliftModel() : null
  const isLearned = learned !== null && learned.verdict.least > 0
  const sent = drawn ?? (isLearned && upliftOf(learned.model, features) >= leastUplift)
  const by = drawn === null ? 'MODEL' : 'LOT'
  return { _id, userId, actor, day: today, at, by, sent, count: rows.length, features, returned: null }
}

const personal: ReadonlySet<NotificationKind> = new Set([
  'REPLY',
  'MENTION',
  'TAG',
  'FOLLOW_REQUEST',
  'MESSAGE',
  'STORY_ANSWER',
])

/** What is known of somebody for whom these wait, in the order of `featureNames`. */
export function featuresOf(
  rows: readonly Pick<NotificationRow, 'kind' | 'actorIds'>[],
  { idleDays, activeDays, pushes }: { idleDays: number; activeDays: number; pushes: number },
): number[] {
  const people = new Set(rows.flatMap(({ actorIds }) => actorIds)).size
  const isPersonal = rows.some(({ kind }) => personal.has(kind))
  return [
    ...[Math.log1p(rows.length), Math.log1p(people), Number(isPersonal)],
    ...[idleDays, idleDays ** 2, activeDays, Math.log1p(pushes)],
  ]
}

/** Notes who came back by the day after, and learns from it, once a day; answers what the lot shows, null when nothing was learned. */
export async function learnFromPushDigests(deps: PushDigestDeps): Promise<Verdict | null> {
  const { store, now } = deps
  const at = now()
  // The day after has ended.
  const before = dayOf(new Date(at.getTime() - dayMs))
  for (;;) {
    const trials = await store.listUnsettledTrials(before, settledAtOnce)
    await store.settleTrials(await returnedOf(deps, trials))
    if (trials.length < settledAtOnce) break
  }
  const latest = await store.findUpliftModel()
  if (latest && at.getTime() - latest.at.getTime() < learnEveryMs) return null
  const trials = (await store.listLot(remembered)).map(({ features, sent, returned }) => ({
    features,
    sent,
    returned: returned === true,
  }))
  const [model, verdict] = [trainUplift(trials), judgeUplift(trials)]
  if (!model || !verdict) return null
  await store.insertUpliftModel({ _id: at.toISOString(), at, model, verdict, trials: trials.length })
  return verdict
}

async function returnedOf(
  { store }: PushDigestDeps,
  trials: readonly DigestTrialRow[],
): Promise<{ id: string; returned: boolean }[]> {
  const daysOf = ({ actor, day }: DigestTrialRow) => [
    `${day}:${actor}`,
    `${dayOf(new Date(Date.parse(day) + dayMs))}:${actor}`,
  ]
  const active = await store.findActiveDays(trials.flatMap(daysOf))
  return trials.map((trial) => ({ id: trial._id, returned: daysOf(trial).some((id) => active.has(id)) }))
}
