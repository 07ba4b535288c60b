// Turns batches of events into notifications: one transaction touches each notification once, however many likes it gathers.
import { byId } from '#platform/loader.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import type { Facts } from '#platform/visibility.ts'
import type { DomainEvent } from '#schema/events.ts'
import { stranger } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import { notificationActorId, reactionId } from '../model.ts'
import type { Topic } from '../store/notifications.ts'
import type { Store } from '../store.ts'
import { groupKeyText, maxActors, planNotifications } from './grouping.ts'
import { isWanted, settingOf } from './notification-settings.ts'
import { type Known, type NotificationWish, type NotifyingEvent, notificationsFor } from './notifications.ts'

export interface NotifyDeps {
  store: Store
  transact: Transact<'engagement'>
  facts: Facts
  /** Those of some events that were not handled yet; marks them as handled. */
  claim<E extends DomainEvent>(tx: Transaction, events: readonly E[]): Promise<E[]>
  now(): Date
}

const chunk = 500

/** Handles a batch of events that people may be told of. Repeating it changes nothing. */
export async function notify(deps: NotifyDeps, batch: readonly NotifyingEvent[]): Promise<void> {
  await deps.transact(async (tx) => {
    // Likes and comments are judged by their rows; the row of a follow or a story does not tell which event it came from.
    const once = batch.filter(isToldOnce)
    const others = batch.filter((event) => !isToldOnce(event))
    const fresh = once.length > 0 ? await deps.claim(tx, once) : []
    const events = [...others, ...fresh]
    const known = await readKnown(deps, tx, events)
    await tell(deps, tx, lastWishes(events.flatMap((event) => notificationsFor(event, known))))
  })
}

/** Brings the notifications up to some wishes, one for each person and thing, as far as their recipients want that. */
export async function tell(
  deps: Pick<NotifyDeps, 'store' | 'facts' | 'now'>,
  tx: Transaction<'engagement'>,
  wanted: readonly NotificationWish[],
): Promise<void> {
  const { store, now } = deps
  const wishes = await allowed(deps, wanted)
  if (wishes.length === 0) return

  const actors = await store.findActors(
    tx,
    wishes.map((wish) => notificationActorId(wish, wish.actorId)),
  )
  const keys = [...new Map(wishes.map((wish) => [groupKeyText(wish), wish])).values()]
  const held = [...new Set(actors.flatMap((actor) => actor.notificationId ?? []))]
  const rows = await store.findGroups(tx, held, keys)
  const plan = planNotifications(wishes, actors, rows, (at) => newId('notification', at.getTime()), now())

  await store.putActors(tx, plan.actors)
  for (const row of plan.notifications) {
    if (plan.short.includes(row._id)) row.actorIds = await store.listActorIds(tx, row._id, maxActors)
  }
  await store.putNotifications(tx, plan.notifications)
  for (const { _id, recipientId } of plan.notifications) {
    if (plan.announced.includes(_id)) tx.emit('notification.changed', { notificationId: _id, recipientId })
  }
}

const isToldOnce = ({ name }: NotifyingEvent) => name.startsWith('follow.') || name.startsWith('story.')

/** Removes every notification about something that is gone. */
export async function removeNotifications(deps: NotifyDeps, topic: Topic): Promise<void> {
  for (;;) {
    const removed = await deps.transact(async (tx) => {
      const rows = await deps.store.removeAbout(tx, topic, chunk)
      for (const { _id, recipientId, withdrawnAt } of rows) {
        if (!withdrawnAt) tx.emit('notification.changed', { notificationId: _id, recipientId })
      }
      return rows.length
    })
    if (removed < chunk) return
  }
}

/** A later wish about the same person and thing replaces an earlier one; the order of the batch says nothing more. */
function lastWishes(wishes: readonly NotificationWish[]): NotificationWish[] {
  return [...new Map(wishes.map((wish) => [notificationActorId(wish, wish.actorId), wish])).values()]
}

/**
 * What people do not want to be told is dropped: what is between people of whom one blocks the other, or restricts the one who
 * acts; a muted person's stories; and what their settings leave out (N5).
 */
export async function allowed(
  { facts, store, now }: Pick<NotifyDeps, 'facts' | 'store' | 'now'>,
  wishes: readonly NotificationWish[],
): Promise<NotificationWish[]> {
  const keyOf = ({ recipientId, actorId }: NotificationWish) => relationKey(recipientId, actorId)
  const wanted = wishes.filter((wish) => wish.wanted)
  if (wanted.length === 0) return [...wishes]
  const [relations, settings] = await Promise.all([
    facts.relations.get([...new Set(wanted.map(keyOf))]),
    store.listSettings([...new Set(wanted.map((wish) => wish.recipientId))]).then(byId),
  ])
  return wishes.map((wish) => {
    if (!wish.wanted) return wish
    const relation = relations.get(keyOf(wish)) ?? stranger
    const setting = settingOf(settings.get(wish.recipientId), wish.kind)
    const isApart = relation.blocks || relation.blockedBy || relation.restricts
    const isMuted =
      wish.kind === 'MENTION' && wish.postId === null && (relation.storiesMutedUntil ?? 0) > now().getTime()
    if (isApart || isMuted || !isWanted(setting, relation)) return { ...wish, wanted: false }
    return setting.channels.includes('IN_APP') ? wish : { ...wish, quiet: true }
  })
}

/** Reads, in a constant number of round trips, the rows that decide about a batch. */
async function readKnown(
  { store, facts }: NotifyDeps,
  tx: Transaction,
  events: readonly NotifyingEvent[],
): Promise<Known> {
  const postIds = new Set<string>()
  const mentioning = new Set<string>()
  const showing = new Set<string>()
  const commentIds = new Set<string>()
  const pairs = new Set<string>()
  const likeIds = { likes: new Set<string>(), commentLikes: new Set<string>() }
  for (const { name, payload } of events) {
    switch (name) {
      case 'user.mentioned':
      case 'user.unmentioned':
        mentioning.add(payload.postId)
        postIds.add(payload.postId)
        break
      case 'user.tagged':
      case 'user.untagged':
        showing.add(payload.postId)
        postIds.add(payload.postId)
        break
      case 'post.liked':
      case 'post.unliked':
        postIds.add(payload.postId)
        likeIds.likes.add(reactionId(payload.postId, payload.userId))
        break
      case 'comment.liked':
      case 'comment.unliked':
        commentIds.add(payload.commentId)
        likeIds.commentLikes.add(reactionId(payload.commentId, payload.userId))
        break
      case 'comment.created':
      case 'comment.deleted':
      case 'comment.mentioned':
      case 'comment.unmentioned':
        postIds.add(payload.postId)
        commentIds.add(payload.commentId)
        if (payload.parentId) commentIds.add(payload.parentId)
        break
      case 'follow.created':
      case 'follow.requested':
      case 'follow.ended':
        pairs.add(relationKey(payload.userId, payload.otherId))
    }
  }
  const posts = await facts.posts.get([...postIds])
  const mentions = mentioning.size > 0 ? await facts.posts.mentionsOf([...mentioning]) : null
  const tags = showing.size > 0 ? await facts.posts.tagsOf([...showing]) : null
  const relations = await facts.relations.get([...pairs])
  const comments = byId(await store.listComments([...commentIds], tx))
  const likes = byId([
    ...(await store.findReactions(tx, 'likes', [...likeIds.likes])),
    ...(await store.findReactions(tx, 'commentLikes', [...likeIds.commentLikes])),
  ])
  return {
    postAuthor(postId) {
      const post = posts.get(postId)
      return post && post.status !== 'DELETED' ? post.authorId : null
    },
    mentions: (postId, userId) => mentions?.get(postId)?.has(userId) ?? false,
    shows: (postId, userId) => tags?.get(postId)?.has(userId) ?? false,
    comment: (id) => comments.get(id) ?? null,
    like: (targetId, userId) => likes.get(reactionId(targetId, userId)) ?? null,
    relation: (userId, otherId) => relations.get(relationKey(userId, otherId)) ?? stranger,
  }
}
