// Messages that ring: one notification for each conversation and person, until he reads it. It says that there is something, never
// what; of an encrypted conversation not even which.
import type { Conversations } from '#platform/conversations.ts'
import { byId } from '#platform/loader.ts'
import type { DomainEvent } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { NotificationRow } from '../model.ts'
import { groupKeyText, groupMs, maxActors } from './grouping.ts'
import { settingOf } from './notification-settings.ts'
import type { NotificationWish } from './notifications.ts'
import { allowed, type NotifyDeps } from './notify.ts'

type Sent = DomainEvent<'message.sent'>

export interface MessageNoticeDeps extends NotifyDeps {
  conversations: Conversations
}

/**
 * Tells members of messages: those who have accepted the conversation, do not mute it, and are reached by what they want to be told
 * by. Of all others no row is written, so that a busy group costs no more than its listeners.
 */
export async function notifyMessages(deps: MessageNoticeDeps, batch: readonly Sent[]): Promise<void> {
  const { store, now } = deps
  await deps.transact(async (tx) => {
    const events = await deps.claim(tx, batch)
    const conversations = await deps.conversations.ringing(
      [...new Set(events.map(({ payload }) => payload.conversationId))],
      now(),
    )
    const wishes = events.flatMap((event) => {
      const { conversationId, senderId, memberIds, quiet } = event.payload
      if (quiet) return []
      const rung = conversations.get(conversationId)?.memberIds
      return memberIds.filter((id) => id !== senderId && rung?.has(id)).map((id) => wishOf(event, id))
    })
    const told = await allowed(deps, await reachable(deps, wishes))
    const wanted = told.filter((wish) => wish.wanted)
    if (wanted.length === 0) return

    const open = await store.findGroups(
      tx,
      [],
      [...new Map(wanted.map((w) => [groupKeyText(w), w])).values()],
    )
    const groups = new Map(open.map((row) => [groupKeyText(row), row]))
    const written: NotificationRow[] = []
    for (const wish of wanted) {
      const key = groupKeyText(wish)
      const before = groups.get(key)
      const goes = before && !before.readAt && wish.at.getTime() - before.createdAt.getTime() < groupMs
      if (before && !goes) written.push({ ...before, open: false, withdrawnAt: now() })
      const isEncrypted = conversations.get(wish.subjectId ?? '')?.isEncrypted ?? true
      groups.set(key, withMessage(goes ? before : null, wish, isEncrypted))
    }
    const changed = [...new Set(wanted.map(groupKeyText))].flatMap((key) => groups.get(key) ?? [])
    // What closes stands before what takes its place.
    await store.putNotifications(tx, [...written, ...changed])
    for (const { _id, recipientId } of changed) {
      tx.emit('notification.changed', { notificationId: _id, recipientId })
    }
  })
}

/** Forgets what rang for those who have read it since. */
export async function forgetReadMessages(
  { store }: Pick<MessageNoticeDeps, 'store'>,
  batch: readonly DomainEvent<'conversation.changed'>[],
): Promise<void> {
  for (const { at, payload } of batch) {
    if (payload.change !== 'READ') continue
    await store.removeMessageNotice(payload.actorId, payload.conversationId, at)
  }
}

function wishOf({ payload, at }: Sent, recipientId: string): NotificationWish {
  const { conversationId, senderId } = payload
  const about = { subjectId: conversationId, postId: null, threadId: null }
  return { kind: 'MESSAGE', recipientId, ...about, actorId: senderId, wanted: true, at }
}

/** Those whose recipients have a device to be rung up on, or want messages told otherwise. */
async function reachable(
  { store }: MessageNoticeDeps,
  wishes: readonly NotificationWish[],
): Promise<NotificationWish[]> {
  const ids = [...new Set(wishes.map(({ recipientId }) => recipientId))]
  if (ids.length === 0) return []
  const [devices, settings] = await Promise.all([
    store.listReachable(ids),
    store.listSettings(ids).then((rows) => byId(rows)),
  ])
  return wishes.filter(({ recipientId }) => {
    const { channels } = settingOf(settings.get(recipientId), 'MESSAGE')
    return channels.some((channel) => channel !== 'PUSH' || devices.has(recipientId))
  })
}

function withMessage(
  row: NotificationRow | null | undefined,
  wish: NotificationWish,
  sealed: boolean,
): NotificationRow {
  const { recipientId, kind, subjectId, postId, threadId, actorId, at } = wish
  const actorIds = [actorId, ...(row?.actorIds ?? []).filter((id) => id !== actorId)].slice(0, maxActors)
  return {
    ...{ recipientId, kind, subjectId, postId, threadId, actorIds, actorCount: actorIds.length },
    _id: row?._id ?? newId('notification', at.getTime()),
    messages: (row?.messages ?? 0) + 1,
    ...(sealed ? { sealed } : {}),
    ...(wish.quiet ? { quiet: true } : {}),
    ...{ open: true, createdAt: row?.createdAt ?? at, updatedAt: at, readAt: null, withdrawnAt: null },
  }
}
