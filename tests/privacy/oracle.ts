// Who may see what, written from the invariants (V) and the API's conventions alone: it shares no line with the product, so
// that a mistake of the one is not the other's too.
import type { Account, Comment, Media, Message, Post, Story, Thing, World } from './world.ts'

export interface Oracle {
  /** Whether a viewer may know that a thing is there. `viewer` null is somebody signed out. */
  knows(viewer: Account | null, thing: Thing): boolean
  /** Whether he may read what is in it. */
  reads(viewer: Account | null, thing: Thing): boolean
}

export function createOracle(world: World): Oracle {
  const between = (viewer: Account | null, other: Account) =>
    viewer && viewer !== other ? world.standing(viewer, other) : null

  /** V1, V2, V19: a block either way hides all of it, and so does an account that is not in use. */
  const account = (viewer: Account | null, other: Account): boolean => {
    if (viewer === other) return true
    const standing = between(viewer, other)
    return other.status === 'ACTIVE' && !standing?.blocks && !standing?.blockedBy
  }

  /** V11, V12, V23: what a private account publishes is its followers' (asking is not following); a shadow-banned one's nobody's. */
  const published = (viewer: Account | null, author: Account): boolean => {
    if (viewer === author) return true
    if (!account(viewer, author) || author.shadowBanned) return false
    return !author.isPrivate || Boolean(between(viewer, author)?.follows)
  }

  /** V18 and the audiences. */
  const post = (viewer: Account | null, { author, audience, status }: Post): boolean => {
    if (status === 'DELETED') return false
    if (viewer === author) return true
    if (status !== 'PUBLISHED' || !published(viewer, author)) return false
    const standing = between(viewer, author)
    switch (audience) {
      case 'PUBLIC':
        return true
      case 'FOLLOWERS':
        return Boolean(standing?.follows)
      case 'CLOSE_FRIENDS':
        return Boolean(standing?.closeFriendOf)
      case 'ONLY_ME':
        return false
    }
  }

  /** S1, S2, V17: a day, or as long as a highlight keeps it; for whom its author does not hide his stories from. */
  const story = (viewer: Account | null, one: Story): boolean => {
    if (one.status === 'DELETED') return false
    if (viewer === one.author) return true
    if (!viewer || one.status !== 'PUBLISHED' || (one.isOver && one.highlights.length === 0)) return false
    const standing = between(viewer, one.author)
    if (!published(viewer, one.author) || standing?.storiesHiddenBy) return false
    return one.audience === 'FOLLOWERS' || Boolean(standing?.closeFriendOf)
  }

  const media = (viewer: Account | null, item: Media): boolean =>
    viewer === item.owner ||
    item.posts.some((one) => post(viewer, one)) ||
    item.stories.some((one) => story(viewer, one))

  /** V10: a restricted account's comment is its writer's and the post's author's. A reply goes with what it replies to. */
  const comment = (viewer: Account | null, one: Comment): boolean => {
    if (one.isDeleted || !post(viewer, one.post) || !account(viewer, one.author)) return false
    if (one.author.shadowBanned && viewer !== one.author) return false
    const restricted = between(one.author, one.post.author)?.restrictedBy
    if (restricted && viewer !== one.author && viewer !== one.post.author) return false
    return one.parent === null || comment(viewer, one.parent)
  }

  /** D1, V2: participants; a conversation of two is gone while one blocks the other. */
  const conversation = (viewer: Account | null, members: Account[], isGroup: boolean): boolean =>
    viewer !== null &&
    members.includes(viewer) &&
    (isGroup ||
      members.every((member) => {
        const standing = between(viewer, member)
        return !standing?.blocks && !standing?.blockedBy
      }))

  const message = (viewer: Account | null, { conversation: where, sender }: Message): boolean =>
    conversation(viewer, where.members, where.isGroup) &&
    account(viewer, sender) &&
    (viewer === sender || !sender.shadowBanned)

  const reads = (viewer: Account | null, thing: Thing): boolean => {
    switch (thing.kind) {
      case 'User':
        return account(viewer, thing)
      case 'Post':
        return post(viewer, thing)
      case 'Story':
        return story(viewer, thing)
      // Who sees none of its stories never hears of it (V17).
      case 'Highlight':
        return viewer === thing.author || thing.stories.some((one) => story(viewer, one))
      case 'Hashtag':
        return true
      // Where only posts were made that are hidden from him, there is no place: it would tell where somebody has been.
      case 'Place':
        return (
          viewer === thing.creator ||
          thing.posts.some(
            (one) => one.audience !== 'ONLY_ME' && one.status === 'PUBLISHED' && post(viewer, one),
          )
        )
      case 'Media':
        return media(viewer, thing)
      case 'Comment':
        return comment(viewer, thing)
      case 'Collection':
        return viewer === thing.owner
      case 'Conversation':
        return conversation(viewer, thing.members, thing.isGroup)
      case 'Message':
        return message(viewer, thing)
      // N4: it goes with what it is about, and with the last of those who did it.
      case 'Notification':
        return (
          viewer === thing.recipient &&
          (thing.about === null || reads(viewer, thing.about)) &&
          thing.actors.some((actor) => account(viewer, actor))
        )
    }
  }

  return {
    reads,
    // A group's message by someone who is hidden keeps its place in the order, without a word of it (V8).
    knows: (viewer, thing) =>
      thing.kind === 'Message'
        ? conversation(viewer, thing.conversation.members, thing.conversation.isGroup)
        : reads(viewer, thing),
  }
}
