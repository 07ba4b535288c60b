// What nobody did and somebody is told of all the same: round numbers, and what moderators decided.
import { roundNumberReached } from '#platform/milestones.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Facts } from '#platform/visibility.ts'
import { newId } from '#schema/ids.ts'
import type { NotificationActorRow, NotificationRow } from '../model.ts'
import type { Store } from '../store.ts'
import { settingOf } from './notification-settings.ts'

export interface Announcement {
  recipientId: string
  kind: 'MILESTONE' | 'MODERATION'
  /** What it is about: a post, a comment, a story, an account; null for the recipient himself. */
  subjectId: string | null
  /** The same of the same recipient and kind is told once, however often it is announced. */
  key: string
  /** Of a MILESTONE: the round number. */
  figure?: number
  /** When it happened; now when left out. */
  at?: Date
}

export interface AnnounceDeps {
  store: Pick<Store, 'findActors' | 'putActors' | 'putNotifications' | 'listSettings'>
  now(): Date
}

/** Tells a person of something once, as far as he wants to be told (N5). Safe to repeat. */
export async function announce(
  deps: AnnounceDeps & { transact: Transact<'engagement'> },
  announcement: Announcement,
): Promise<void> {
  await deps.transact((tx) => announceWithin(deps, tx, [announcement]))
}

/** As `announce`, of many, in a transaction that is going on. */
export async function announceWithin(
  { store, now }: AnnounceDeps,
  tx: Transaction<'engagement'>,
  announcements: readonly Announcement[],
): Promise<void> {
  if (announcements.length === 0) return
  const markOf = ({ recipientId, kind, key }: Announcement) => `${recipientId}:${kind}:${key}`
  const once = new Map(announcements.map((one) => [markOf(one), one]))
  for (const { _id } of await store.findActors(tx, [...once.keys()])) once.delete(_id)
  const settings = await store.listSettings([...once.values()].map(({ recipientId }) => recipientId))
  const present = now()
  const marks: NotificationActorRow[] = []
  const rows: NotificationRow[] = []
  for (const [mark, { recipientId, kind, subjectId, figure, at = present }] of once) {
    const setting = settingOf(
      settings.find(({ _id }) => _id === recipientId),
      kind,
    )
    if (setting.from === 'NOBODY' || setting.channels.length === 0) continue
    const _id = newId('notification', at.getTime())
    marks.push({ _id: mark, notificationId: _id, actorId: '', at, withdrawnAt: null })
    rows.push({
      ...{ _id, recipientId, kind, subjectId, threadId: null, actorIds: [], actorCount: 0, open: false },
      // A milestone goes with its post; a decision stays when what it is about is taken down.
      postId: kind === 'MILESTONE' ? subjectId : null,
      ...(figure === undefined ? {} : { figure }),
      ...(setting.channels.includes('IN_APP') ? {} : { quiet: true }),
      ...{ createdAt: at, updatedAt: at, readAt: null, withdrawnAt: null },
    })
  }
  await store.putActors(tx, marks)
  await store.putNotifications(tx, rows)
  for (const { _id, recipientId } of rows)
    tx.emit('notification.changed', { notificationId: _id, recipientId })
}

/** Takes back what a person was told, up to a time, of decisions about something of his. Safe to repeat. */
export async function withdrawDecisions(
  {
    store,
    transact,
    now,
  }: {
    store: Pick<Store, 'withdrawDecisions'>
    transact: Transact<'engagement'>
    now(): Date
  },
  decided: { recipientId: string; subjectId: string; at: Date },
): Promise<void> {
  await transact(async (tx) => {
    for (const notificationId of await store.withdrawDecisions(tx, decided, now()))
      tx.emit('notification.changed', { notificationId, recipientId: decided.recipientId })
  })
}

/** Tells authors of round numbers of likes that their posts reached by these differences, already counted. */
export async function tellLikeMilestones(
  deps: AnnounceDeps & { store: Pick<Store, 'listCounters'>; facts: Pick<Facts, 'posts'> },
  tx: Transaction<'engagement'>,
  differences: ReadonlyMap<string, number>,
): Promise<void> {
  const grown = [...differences].filter(([, difference]) => difference > 0).map(([postId]) => postId)
  if (grown.length === 0) return
  const counters = await deps.store.listCounters(tx, 'post', grown)
  const reached = counters.flatMap(({ _id, likes = 0 }) => {
    const figure = roundNumberReached(likes - (differences.get(_id) ?? 0), likes)
    return figure === null ? [] : [{ postId: _id, figure }]
  })
  if (reached.length === 0) return
  const posts = await deps.facts.posts.get(reached.map(({ postId }) => postId))
  await announceWithin(
    deps,
    tx,
    reached.flatMap(({ postId, figure }): Announcement[] => {
      const recipientId = posts.get(postId)?.authorId
      if (!recipientId) return []
      return [{ recipientId, kind: 'MILESTONE', subjectId: postId, key: `likes:${postId}:${figure}`, figure }]
    }),
  )
}
