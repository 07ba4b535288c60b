// Every path of the API to a thing: what it leads to, and what a viewer must find there. The matrix walks the schema; a field that
// leads somewhere, or tells of something, and has no row here fails it. A new field joins by one line.
import type { Oracle } from './oracle.ts'
import type {
  Account,
  Collection,
  Comment,
  Conversation,
  Highlight,
  Kind,
  Message,
  Notification,
  Place,
  Post,
  Story,
  Thing,
  World,
} from './world.ts'

/** What is known when a path's answer is judged. */
export interface Look {
  world: World
  oracle: Oracle
  viewer: Account | null
}

export interface Path {
  /** Types of the things that it leads to; empty when it tells of nothing but the thing that it belongs to. */
  to: readonly string[]
  /** Its arguments, one string for each way to ask; `first: 20` where that is all it needs. */
  args?: readonly string[] | ((world: World) => readonly string[])
  /** The argument that takes the id of a thing; then it is asked for each that there is. */
  byId?: string
  /** What must be found there, as far as the viewer may know of it; nothing else may. Unordered. `way` counts `args` from 0. */
  finds?(parent: Thing | null, look: Look, way: number): readonly Thing[]
  /** Whether it may show more than the viewer knows elsewhere. */
  shows?(thing: Thing, look: Look): boolean
}

/** Facts about the thing itself, or of nobody. */
const own: Path = { to: [] }
/** A number over things, without saying which. */
const count: Path = { to: [] }
/** How the viewer himself stands to the thing. */
const mine: Path = { to: [] }
/** Addresses of bytes; who has one has the bytes, so it goes with its thing (V16 has tests of its own). */
const bytes: Path = { to: [] }
/** Leads to some things of these types, which the product picks: what is not among them is not missing. */
const picks = (...types: string[]): Path => ({ to: types })
/** Leads to things of these types, and the field that leads here says which. */
const inner = picks
/** Leads to things of this type, and exactly these are there. */
const finds = <T extends Thing | null>(
  type: string,
  found: (parent: T, look: Look) => readonly Thing[],
): Path => ({ to: [type], finds: (parent, look) => found(parent as T, look) })

const things = <K extends Kind>(look: Look, kind: K) =>
  [...look.world.things.values()].filter((thing): thing is Extract<Thing, { kind: K }> => thing.kind === kind)
const follows = (look: Look, account: Account) =>
  things(look, 'User').filter((other) => other !== account && look.world.standing(account, other).follows)
const blocked = (look: Look) =>
  things(look, 'User').filter((other) => look.viewer && look.world.standing(look.viewer, other).blocks)
/** What nobody in this world made any of. */
const none = (type: string): Path => finds(type, () => [])
/** Lists of an account are its content's: a private one's are its followers', a shadow-banned one's its own. */
const ofContent = (account: Account, look: Look, list: readonly Account[]) => {
  const { viewer, world, oracle } = look
  if (viewer === account) return list
  if (account.shadowBanned || !oracle.reads(viewer, account)) return []
  return !account.isPrivate || (viewer && world.standing(viewer, account).follows) ? list : []
}
const under = (look: Look, post: Post) => things(look, 'Comment').filter((one) => one.post === post)
const mutes = ({ viewer, world }: Look, account: Account) =>
  viewer !== null && viewer !== account && world.standing(viewer, account).mutes
const named = (look: Look, ...names: string[]) =>
  things(look, 'User').filter(({ name }) => names.includes(name))
/** Whom everybody's feed and tray is of: himself, and those whom he follows and does not mute. */
const wants = (look: Look, author: Account) =>
  look.viewer !== null &&
  (author === look.viewer || (look.world.standing(look.viewer, author).follows && !mutes(look, author)))

export const paths: Record<string, Path> = {
  'Query.viewer': own,
  'Query.rateLimit': own,
  'Query.serverInfo': own,
  'Query.node': { to: [], byId: 'id' },
  'Query.nodes': { to: [], args: [] },
  'Query.post': { to: ['Post'], byId: 'id' },
  'Query.user': { to: ['User'], byId: 'id' },
  'Query.conversation': { to: ['Conversation'], byId: 'id' },
  'Query.conversations': {
    to: ['Conversation'],
    args: ['first: 20, folder: PRIMARY', 'first: 20, folder: REQUESTS'],
    // Everybody said something where he is.
    finds: (_root, look, way) =>
      things(look, 'Conversation').filter(
        ({ members }) => way === 0 && members.some((one) => one === look.viewer),
      ),
  },
  'Query.suggestedUsers': picks('User'),
  'Query.homeFeed': {
    to: ['Post'],
    args: ['first: 50', 'first: 50, order: CHRONOLOGICAL'],
    finds: (_root, look) =>
      things(look, 'Post').filter(({ author, status }) => status === 'PUBLISHED' && wants(look, author)),
  },

  'Query.reels': none('Post'),
  'Query.explore': picks('Post'),
  'Query.relatedPosts': {
    to: ['Post'],
    args: (world) =>
      [...world.things.values()].flatMap((thing) =>
        thing.kind === 'Post' ? [`first: 20, postId: "${thing.id}"`] : [],
      ),
  },
  'Query.trendingHashtags': picks('Hashtag'),
  'Query.suggestedHashtags': picks('Hashtag'),
  'Query.storyTray': {
    to: ['User', 'Story'],
    finds: (_root, look) => {
      const shown = things(look, 'Story').filter(
        (one) =>
          one.status === 'PUBLISHED' &&
          !one.isOver &&
          wants(look, one.author) &&
          look.oracle.reads(look.viewer, one),
      )
      return [...shown, ...new Set(shown.map(({ author }) => author))]
    },
  },
  'StoryTrayEdge.author': inner('User'),
  'StoryTrayEdge.stories': inner('Story'),
  // Figures are their owner's, and the platform's are the staff's: the tests of insights say so.
  'Query.postInsights': { to: [], args: [] },
  'Query.accountInsights': own,
  'Query.platformInsights': own,
  'Insights.audience': count,
  'Insights.days': count,
  'PlatformInsights.retention': count,
  'PlatformInsights.featureUse': count,
  'PlatformInsights.days': count,
  'PlatformInsights.pushDigest': count,
  'Query.socialProviders': own,
  // Moderators' work, counts for everyone, and one's own: the tests of moderation say who sees what.
  'Query.reviewQueue': own,
  'Query.auditLog': own,
  'Query.review': { to: [], args: [] },
  'AuditEntry.actor': own,
  'ReviewItem.owner': own,
  'ReviewItem.ring': own,
  'ReviewItem.media': own,
  'ReviewItem.evidence': own,
  'ReportEvidence.messageId': own,
  'ReportEvidence.senderId': own,
  'Query.reviewTemplates': own,
  'Query.reviewMetrics': own,
  'Query.transparencyReport': count,
  'Viewer.reports': own,
  'Viewer.moderationDecisions': own,
  'Viewer.copyrightClaims': own,
  'AuditEntry.actorId': own,
  'AuditEntry.itemId': own,
  'AuditEntry.subjectId': own,
  'CopyrightClaim.subjectId': own,
  'ModerationDecision.subjectId': own,
  'ModerationDecision.appeal': own,
  'Report.subjectId': own,
  'ReviewItem.subjectId': own,
  'ReviewItem.ownerId': own,
  'ReviewItem.reasons': own,
  'ReviewItem.reportCount': count,
  'ReviewItem.viewerHasClaimed': mine,
  'ReviewItem.appeal': own,
  'ReviewItem.ownerStrikeCount': count,
  'ReviewItem.ownerTrust': own,
  'AccountTrust.violationCount': count,
  'AccountTrust.upheldReportCount': count,
  'AccountTrust.openReportCount': count,
  'AccountTrust.ringSize': count,
  'TransparencyReport.reports': count,
  'TransparencyReport.decisions': count,
  'Query.hashtag': { to: ['Hashtag'], args: ['name: "matrix"'] },
  'Query.place': { to: ['Place'], byId: 'id' },
  'Query.placesNear': {
    to: ['Place'],
    args: ['latitude: 54, longitude: 10, first: 20'],
    finds: (_, look) => things(look, 'Place'),
  },
  // The queue is the staff's; whose application it is is the applicant's.
  'Query.verificationQueue': { to: ['User'], args: ['first: 20'] },
  'Verification.user': inner('User'),
  'Verification.checkoutUrl': own,
  'Viewer.verifications': own,
  'Viewer.notificationSettings': own,
  'NotificationSettings.kinds': own,
  'NotificationSettings.quietHours': own,
  'Viewer.consents': own,
  'Viewer.consentHistory': own,
  'Viewer.pendingTags': finds('Post', (_, look) =>
    look.viewer?.name === 'follower'
      ? things(look, 'Post').filter(({ status }) => status === 'PUBLISHED')
      : [],
  ),
  'Viewer.followedHashtags': finds('Hashtag', (_, look) =>
    look.viewer?.name === 'follower' ? things(look, 'Hashtag') : [],
  ),
  'Query.pendingWelcomes': picks('Conversation'),
  'Welcome.conversationId': inner('Conversation'),
  'Query.messagingDevices': own,
  'MessagingDevice.keyPackageCount': count,
  'ClaimedKeyPackage.user': picks('User'),
  'ClaimedKeyPackage.deviceId': own,
  'Query.experiment': { to: [], args: [] },
  'Query.experimentReport': { to: [], args: [] },

  // Every secret is in the words that somebody wrote; the tests of search ask for them.
  'Query.search': {
    to: ['User', 'Hashtag', 'Post', 'Place', 'Comment'],
    args: ['query: "said", first: 100', 'query: "matrix", first: 100', 'query: "o", type: USER'],
  },
  'Query.searchSuggestions': {
    to: ['User', 'Hashtag', 'Place'],
    args: ['prefix: "m"', 'prefix: "p"', 'prefix: "#m"', 'prefix: "o"'],
  },
  'Viewer.recentSearches': own,

  'Viewer.drafts': finds('Post', (_, look) => ofStatus(look, 'DRAFT', 'SCHEDULED')),
  'Viewer.archive': finds('Post', (_, look) => ofStatus(look, 'ARCHIVED')),
  'Viewer.storyArchive': finds('Story', (_, look) =>
    things(look, 'Story').filter(({ author }) => author === look.viewer),
  ),
  'Viewer.experiments': own,
  'Viewer.socialIdentities': own,
  // What an archive holds has a test of its own (`tests/account-lifecycle.test.ts`).
  'Viewer.dataExports': own,
  'DataExport.url': bytes,
  'Viewer.passkeys': own,
  'Viewer.apps': picks('App'),
  'Viewer.authorizedApps': picks('App'),
  'Viewer.user': finds('User', (_, { viewer }) => (viewer ? [viewer] : [])),
  'Viewer.settings': own,
  'Viewer.sessions': own,
  'Viewer.savedPosts': finds('Post', (_, look) =>
    things(look, 'Post').filter(({ id }) => look.world.savers.get(id)?.includes(look.viewer as Account)),
  ),
  'Viewer.collections': finds('Collection', (_, look) =>
    things(look, 'Collection').filter(({ owner }) => owner === look.viewer),
  ),
  'Viewer.notifications': {
    to: ['Notification'],
    args: ['first: 100'],
    finds: (_, look) => things(look, 'Notification').filter(({ recipient }) => recipient === look.viewer),
  },
  'Viewer.unreadNotificationCount': count,
  'Viewer.followRequests': finds('User', (_, look) =>
    things(look, 'User').filter(
      (other) => look.viewer && look.viewer !== other && look.world.standing(other, look.viewer).asks,
    ),
  ),
  'Viewer.blockedUsers': {
    to: ['User'],
    finds: (_, look) => blocked(look),
    // The one list that shows the header of whom one blocks (V2).
    shows: (thing, look) =>
      thing.kind === 'User' && thing.status === 'ACTIVE' && blocked(look).includes(thing),
  },
  'Viewer.mutedUsers': finds('User', (_, look) => things(look, 'User').filter((other) => mutes(look, other))),
  'Viewer.mutedStoryUsers': finds('User', (_, look) =>
    things(look, 'User').filter((other) => mutes(look, other)),
  ),
  'Viewer.storiesHiddenFrom': finds('User', (_, look) => byOwner(look, 'hidden')),
  'Viewer.restrictedUsers': finds('User', (_, look) => byOwner(look, 'restricted')),
  'Viewer.closeFriends': finds('User', (_, look) => byOwner(look, 'friend')),
  'Viewer.favorites': finds('User', () => []),

  'User.postCount': count,
  'User.followerCount': count,
  'User.followingCount': count,
  'User.viewerFollowState': mine,
  'User.followsViewer': mine,
  'User.viewerHasBlocked': mine,
  'User.viewerHasMuted': mine,
  'User.viewerHasMutedStories': mine,
  'User.viewerHidesStories': mine,
  'User.viewerHasRestricted': mine,
  'User.viewerIsCloseFriend': mine,
  'User.viewerIsFavorite': mine,
  'User.website': own,
  'User.avatar': bytes,
  'User.posts': finds<Account>('Post', (author, look) =>
    things(look, 'Post').filter((post) => post.author === author && post.status === 'PUBLISHED'),
  ),
  'User.reels': finds<Account>('Post', () => []),
  'User.taggedPosts': finds<Account>('Post', (account, look) =>
    ['third', 'blocked'].includes(account.name)
      ? things(look, 'Post').filter(({ status }) => status === 'PUBLISHED')
      : [],
  ),
  'User.stories': finds<Account>('Story', (account, look) =>
    things(look, 'Story').filter(
      ({ author, isOver, status }) =>
        author === account &&
        !isOver &&
        // What was taken down its author still sees.
        (status === 'PUBLISHED' || author === look.viewer),
    ),
  ),
  'User.highlights': finds<Account>('Highlight', (account, look) =>
    things(look, 'Highlight').filter(({ author }) => author === account),
  ),
  'User.followers': finds<Account>('User', (account, look) =>
    ofContent(account, look, look.world.followers(account)),
  ),
  'User.following': finds<Account>('User', (account, look) =>
    ofContent(account, look, follows(look, account)),
  ),
  'User.mutualFollowers': finds<Account>('User', (account, look) =>
    look.viewer
      ? ofContent(account, look, look.world.followers(account)).filter(
          (one) => one !== look.viewer && look.viewer && look.world.standing(look.viewer, one).follows,
        )
      : [],
  ),

  'Post.url': own,
  'Post.moderation': own,
  'Post.author': finds<Post>('User', ({ author }) => [author]),
  'Post.media': finds<Post>('Media', ({ media }) => [media]),
  'Post.likeCount': count,
  'Post.dislikeCount': count,
  'Post.commentCount': count,
  'Post.shareCount': count,
  'Post.viewCount': count,
  'Post.saveCount': count,
  'Post.viewerHasLiked': mine,
  'Post.viewerHasDisliked': mine,
  'Post.viewerHasSaved': mine,
  'Post.likers': finds<Post>('User', ({ id }, { world }) => world.likers.get(id) ?? []),
  'Post.comments': {
    to: ['Comment'],
    args: ['first: 20', 'first: 20, order: NEWEST'],
    finds: (post, look) => under(look, post as Post).filter(({ parent }) => parent === null),
  },
  'Post.previewComments': picks('Comment'),

  'Post.hashtags': finds<Post>('Hashtag', (_, look) => things(look, 'Hashtag')),
  'Post.mentions': none('User'),
  'Post.captionEntities': none('User'),
  'TextEntity.user': inner('User'),
  'TextEntity.hashtag': inner('Hashtag'),
  'TextEntity.url': own,
  'Post.userTags': {
    to: ['User', 'Media'],
    finds: (post, look) => {
      const { author, media } = post as Post
      // What is not approved yet is between the two.
      const waits = look.viewer === author || look.viewer?.name === 'follower'
      return [media, ...named(look, 'third', 'blocked', ...(waits ? ['follower'] : []))]
    },
  },
  'UserTag.user': inner('User'),
  'UserTag.media': inner('Media'),
  'Post.place': finds<Post>('Place', (post, look) =>
    things(look, 'Place').filter(({ creator }) => creator === post.author),
  ),
  'PostRevision.place': inner('Place'),
  'PostRevision.userTags': inner('User', 'Media'),
  'Hashtag.postCount': count,
  'Hashtag.viewerFollows': mine,
  'Hashtag.posts': finds('Post', (_, look) => shared(look)),
  'Place.postCount': count,
  'Place.posts': finds<Place>('Post', ({ creator }, look) =>
    shared(look).filter(({ author }) => author === creator),
  ),
  'Post.hideLikeCount': own,
  'Post.viewerCanComment': mine,
  'Post.editHistory': none('Media'),
  'PostRevision.media': inner('Media'),

  'Story.author': finds<Story>('User', ({ author }) => [author]),
  'Story.media': finds<Story>('Media', ({ media }) => [media]),
  'Story.mentions': finds<Story>('User', (_, look) => named(look, 'third', 'blocked')),
  'Story.stickers': finds<Story>('User', (_, look) => named(look, 'third', 'blocked')),
  'StorySticker.user': inner('User'),
  'StorySticker.url': own,
  'Story.poll': own,
  'StoryPoll.options': own,
  'StoryPoll.voteCount': count,
  'StoryPoll.viewerVote': mine,
  'StoryPollOption.voteCount': count,
  'Story.question': none('User'),
  'StoryQuestion.viewerAnswer': mine,
  'StoryQuestion.answers': inner('User'),
  'StoryAnswer.author': inner('User'),
  'Story.viewerHasSeen': mine,
  'Story.viewerReaction': mine,
  'Story.viewerCount': count,
  'Story.viewers': finds<Story>('User', ({ author, viewers }, look) =>
    look.viewer === author ? viewers : [],
  ),
  'Highlight.author': finds<Highlight>('User', ({ author }) => [author]),
  'Highlight.cover': finds<Highlight>('Media', ({ stories }) => stories.map(({ media }) => media)),
  'Highlight.stories': finds<Highlight>('Story', ({ stories }) => stories),

  'Media.failure': own,
  'Media.feedCrop': own,
  'Media.previewUrl': bytes,
  'Media.thumbnailsUrl': bytes,
  'Media.fileUrl': bytes,
  'Media.captions': bytes,
  'Media.upload': bytes,
  'MediaCaptions.url': bytes,
  'Media.renditions': bytes,
  'Media.rendition': bytes,
  'Media.hlsUrl': bytes,
  'Media.posterUrl': bytes,
  'MediaRendition.url': bytes,
  'Image.url': bytes,

  'Comment.author': finds<Comment>('User', ({ author }) => [author]),
  'Comment.post': finds<Comment>('Post', ({ post }) => [post]),
  'Comment.textEntities': none('User'),
  'Comment.parent': finds<Comment>('Comment', ({ parent }) => (parent ? [parent] : [])),
  'Comment.replies': finds<Comment>('Comment', (comment, look) =>
    under(look, comment.post).filter(({ parent }) => parent === comment),
  ),
  'Comment.likeCount': count,
  'Comment.replyCount': count,
  'Comment.viewerHasLiked': mine,

  'Collection.posts': finds<Collection>('Post', ({ posts }) => posts),

  'Conversation.members': finds<Conversation>('User', ({ members }) => members),
  'Conversation.messages': {
    to: ['Message'],
    args: ['last: 20', 'first: 20'],
    finds: (where, look) => things(look, 'Message').filter(({ conversation }) => conversation === where),
  },
  'Conversation.lastMessage': finds<Conversation>('Message', (where, look) =>
    things(look, 'Message')
      .filter(({ conversation }) => conversation === where)
      .slice(-1),
  ),
  'Conversation.unreadCount': count,
  'Conversation.viewerHasMuted': mine,
  'Conversation.viewerMutedUntil': mine,
  'ConversationMember.user': inner('User'),
  'ConversationMember.deviceIds': own,
  'ConversationMember.lastReadMessageId': picks('Message'),
  'ConversationMember.lastDeliveredMessageId': picks('Message'),
  'ConversationMember.presence': mine,
  'Message.sender': finds<Message>('User', ({ sender }) => [sender]),
  'Message.sharedPost': finds<Message>('Post', ({ shared, sender }, { oracle, viewer }) =>
    shared && oracle.reads(viewer, sender) ? [shared] : [],
  ),
  'Message.story': none('Story'),
  'Message.media': none('Media'),
  'Message.replyTo': none('Message'),
  'Message.reactions': none('User'),
  'Message.clientMessageId': own,
  'Message.notice': none('User'),
  'Message.linkPreview': own,
  'LinkPreview.url': own,
  'ConversationNotice.users': inner('User'),
  'MessageReaction.user': inner('User'),

  'Notification.actors': {
    to: ['User'],
    args: ['first: 20'],
    finds: (one) => (one as Notification).actors,
  },
  'Notification.actorCount': count,
  'Notification.subject': {
    to: ['Post', 'Story', 'Comment'],
    finds: (one) => ((one as Notification).about ? [(one as Notification).about as Thing] : []),
  },

  'Subscription.feedUpdated': picks('Post'),
  'Subscription.mediaProgress': { to: ['Media'], byId: 'mediaId' },
  'Subscription.postLiked': { to: ['Post', 'User'], byId: 'postId' },
  'Subscription.commentAdded': { to: ['Comment'], byId: 'postId' },
  'Subscription.storyViewed': { to: ['Story'], byId: 'storyId' },
  'Subscription.commentChanged': { to: ['Comment'], byId: 'postId' },
  'CommentChangedEvent.commentId': picks('Comment'),
  'Subscription.presenceChanged': picks('User'),
  'Subscription.notificationReceived': picks('Notification'),
  'Subscription.messageReceived': { to: ['Message', 'Conversation'], byId: 'conversationId' },
  // One that he had, and has no more.
  'ConversationChangedEvent.conversationId': picks('Conversation'),
  'Subscription.conversationChanged': { to: ['Conversation', 'Message', 'User'], byId: 'conversationId' },
}

const ofStatus = (look: Look, ...statuses: Post['status'][]) =>
  things(look, 'Post').filter(({ author, status }) => author === look.viewer && statuses.includes(status))
/** What stands on the pages of topics: published, and for others as well. Rows that are left of others show them to their author alone. */
const shared = (look: Look) =>
  things(look, 'Post').filter(
    ({ author, audience, status }) =>
      author === look.viewer || (status === 'PUBLISHED' && audience !== 'ONLY_ME'),
  )
/** Lists that an owner keeps about one of the others. */
const byOwner = (look: Look, name: string) =>
  look.viewer && isOwner(look.viewer) ? things(look, 'User').filter((one) => one.name === name) : []
const isOwner = ({ name }: Account) => ['open', 'closed', 'gone', 'away', 'leaving', 'ghosted'].includes(name)

/** Types with a global id that the world has none of, and why that hides nothing. */
export const unheld: Record<string, string> = {
  App: 'who may see what of an app is tested with the scopes',
}

/** What the id in an input names; empty for what is nobody else's. */
export const inputIds: Record<string, readonly Kind[]> = {
  postId: ['Post'],
  sharedPostId: ['Post'],
  commentId: ['Comment'],
  parentId: ['Comment'],
  userId: ['User'],
  userIds: ['User'],
  memberIds: ['User'],
  mediaId: ['Media'],
  mediaIds: ['Media'],
  avatarMediaId: ['Media'],
  storyId: ['Story'],
  storyIds: ['Story'],
  coverStoryId: ['Story'],
  highlightId: ['Highlight'],
  collectionId: ['Collection'],
  conversationId: ['Conversation'],
  conversationIds: ['Conversation'],
  messageId: ['Message'],
  replyToId: ['Message'],
  subjectId: ['Post', 'User'],
  // Only one's own sessions can be named; A has tests of its own.
  sessionId: [],
  placeId: ['Place'],
  hashtagId: ['Hashtag'],
  // One's own devices, and what lies ready for them.
  deviceId: [],
  welcomeIds: [],
  passkeyId: [],
  verificationId: [],
  // One's own notifications; others' ids mark nothing.
  notificationIds: [],
  // Moderation has tests of its own.
  itemId: [],
  decisionId: [],
  claimId: [],
  identityId: [],
  // Apps have tests of their own.
  appId: [],
  requestId: [],
}

/** Mutations that may act on what the viewer does not see, and who may. */
export const beyond: Record<string, (thing: Thing, look: Look) => boolean> = {
  // Who blocked takes it back.
  unblockUser: (thing, look) => thing.kind === 'User' && blocked(look).includes(thing),
  blockUser: (thing, look) => thing.kind === 'User' && blocked(look).includes(thing),
  setAccountStatus: (_thing, { viewer }) => viewer?.name === 'moderator',
}
