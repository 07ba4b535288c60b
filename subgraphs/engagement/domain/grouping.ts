// How wishes become notifications: like things within 12 hours are one row, and each person stands in it once, however often he
// does, undoes and repeats it. Pure.
import {
  type GroupKey,
  type NotificationActorRow,
  type NotificationRow,
  notificationActorId,
} from '../model.ts'
import type { NotificationWish } from './notifications.ts'

/** How long a notification grows. */
export const groupMs = 12 * 3_600_000

/** Actors that a notification names. */
export const maxActors = 100

export interface NotificationPlan {
  actors: NotificationActorRow[]
  /** Rows to write, in this order. */
  notifications: NotificationRow[]
  /** Ids of those whose recipients are to hear of it. */
  announced: string[]
  /** Ids of those that name fewer actors than they could: to be filled up from the actors' rows. */
  short: string[]
}

/** Text by which two group keys are equal. */
export function groupKeyText({ recipientId, kind, subjectId }: GroupKey): string {
  return `${recipientId}:${kind}:${subjectId ?? ''}`
}

/**
 * Decides what a batch of wishes does to the rows: `actors` are those of the wishes, `rows` the notifications that they are in
 * and those that still grow.
 */
export function planNotifications(
  wishes: readonly NotificationWish[],
  actors: readonly NotificationActorRow[],
  rows: readonly NotificationRow[],
  newId: (at: Date) => string,
  now: Date,
): NotificationPlan {
  const byId = new Map(rows.map((row) => [row._id, row]))
  const open = new Map(rows.filter((row) => row.open).map((row) => [groupKeyText(row), row._id]))
  const known = new Map(actors.map((actor) => [actor._id, actor]))
  const changed = new Map<string, NotificationActorRow>()
  const touched = new Set<string>()
  const announced = new Set<string>()
  const short = new Set<string>()

  const put = (row: NotificationRow) => {
    byId.set(row._id, row)
    touched.add(row._id)
  }
  const putActor = (actor: NotificationActorRow) => {
    known.set(actor._id, actor)
    changed.set(actor._id, actor)
  }

  /** The notification that collects a wish: the one that still grows, or a new one in its place. */
  const groupFor = (wish: NotificationWish): NotificationRow => {
    const text = groupKeyText(wish)
    const current = byId.get(open.get(text) ?? '')
    if (current) {
      if (wish.at.getTime() - current.createdAt.getTime() < groupMs) return current
      put({ ...current, open: false })
    }
    const { recipientId, kind, subjectId, postId, threadId, at } = wish
    const _id = newId(at)
    open.set(text, _id)
    return {
      ...{ _id, recipientId, kind, subjectId, postId, threadId, open: true },
      ...(wish.quiet ? { quiet: true } : {}),
      ...{ actorIds: [], actorCount: 0, createdAt: at, updatedAt: at, readAt: null, withdrawnAt: null },
    }
  }

  const join = (wish: NotificationWish) => {
    const group = groupFor(wish)
    const updatedAt = group.updatedAt > wish.at ? group.updatedAt : wish.at
    put({ ...group, ...withActor(group, wish.actorId), updatedAt, readAt: null, withdrawnAt: null })
    announced.add(group._id)
    return group._id
  }
  /** Done, undone, and done again is no news: the notification is what it was, read or unread. */
  const restore = (row: NotificationRow, actorId: string) => {
    put({ ...row, ...withActor(row, actorId), withdrawnAt: null })
    if (row.withdrawnAt) announced.add(row._id)
  }
  const withdraw = (row: NotificationRow, actorId: string) => {
    const actorIds = row.actorIds.filter((id) => id !== actorId)
    const actorCount = row.actorCount - 1
    put({ ...row, actorIds, actorCount, withdrawnAt: actorCount > 0 ? row.withdrawnAt : now })
    if (actorCount === 0) announced.add(row._id)
    if (actorIds.length < Math.min(actorCount, maxActors)) short.add(row._id)
  }

  for (const wish of wishes) {
    const _id = notificationActorId(wish, wish.actorId)
    const { actorId, at } = wish
    const actor = known.get(_id)
    const row = byId.get(actor?.notificationId ?? '')
    const standing = actor?.withdrawnAt === null && row !== undefined
    if (wish.wanted === standing) {
      // An empty row, so that a handler that still sees the like meets this one's write and runs again.
      if (!actor) putActor({ _id, notificationId: null, actorId, at, withdrawnAt: now })
    } else if (!wish.wanted && row) {
      withdraw(row, actorId)
      putActor({ _id, notificationId: row._id, actorId, at, withdrawnAt: now })
    } else if (row) {
      restore(row, actorId)
      putActor({ _id, notificationId: row._id, actorId, at, withdrawnAt: null })
    } else {
      putActor({ _id, notificationId: join(wish), actorId, at, withdrawnAt: null })
    }
  }
  return {
    actors: [...changed.values()],
    notifications: [...touched].flatMap((id) => byId.get(id) ?? []),
    announced: [...announced],
    short: [...short],
  }
}

function withActor(row: NotificationRow, actorId: string): Pick<NotificationRow, 'actorIds' | 'actorCount'> {
  return { actorIds: [actorId, ...row.actorIds].slice(0, maxActors), actorCount: row.actorCount + 1 }
}
