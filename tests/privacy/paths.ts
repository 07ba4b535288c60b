// Every path of the API to a thing: what it leads to, and what a viewer must find there. The matrix walks the schema; a field that
// leads somewhere, or tells of something, and has no row here fails it. A new field joins by one line.
import type { Oracle } from './oracle.ts'
import type {
  Account,
  Comment,
  Conversation,
  Highlight,
  Kind,
  Message,
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
  /** What must be found there, as far as the viewer may know of it; nothing else may. Unordered. */
  finds?(parent: Thing | null, look: Look): readonly Thing[]
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
/** Leads to things of these types. */
const to = (...types: string[]): Path => ({ to: types })
/** As `to`, and exactly these are there. */
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
/** Lists of an account are its content's: a private one's are its followers', a shadow-banned one's its own. */
const ofContent = (account: Account, look: Look, list: readonly Account[]) => {
  const { viewer, world, oracle } = look
  if (viewer === account) return list
  if (account.shadowBanned || !oracle.reads(viewer, account)) return []
  return !account.isPrivate || (viewer && world.standing(viewer, account).follows) ? list : []
}
const under = (look: Look, post: Post) => things(look, 'Comment').filter((one) => one.post === post)
const muted = (look: Look, account: Account) =>
  look.viewer?.name === 'muting' && !['third', 'muting'].includes(account.name)

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
    to: ['Conversation', 'Message', 'User'],
    args: ['first: 20, folder: PRIMARY', 'first: 20, folder: REQUESTS'],
  },
  'Query.suggestedUsers': to('User'),
  'Query.homeFeed': {
    to: ['Post'],
    args: ['first: 50', 'first: 50, order: CHRONOLOGICAL'],
    finds: (_root, look) =>
      things(look, 'Post').filter(
        ({ author, status }) =>
          look.viewer !== null &&
          status === 'PUBLISHED' &&
          (author === look.viewer || look.world.standing(look.viewer, author).follows) &&
          !muted(look, author),
      ),
  },

  'Query.reels': to('Post'),
  'Query.explore': to('Post'),
  'Query.relatedPosts': {
    to: ['Post'],
    args: (world) =>
      [...world.things.values()].flatMap((thing) =>
        thing.kind === 'Post' ? [`first: 20, postId: "${thing.id}"`] : [],
      ),
  },
  'Query.trendingHashtags': to('Hashtag'),
  'Query.suggestedHashtags': to('Hashtag'),
  'Query.storyTray': to('User', 'Story'),
  'StoryTrayEdge.author': to('User'),
  'StoryTrayEdge.stories': to('Story'),
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
  'AccountTrust.openReportCount': count,
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
  'Verification.user': to('User'),
  'Verification.checkoutUrl': own,
  'Viewer.verifications': own,
  'Viewer.notificationSettings': own,
  'NotificationSettings.kinds': own,
  'NotificationSettings.quietHours': own,
  'Viewer.consents': own,
  'Viewer.consentHistory': own,
  'Viewer.pendingTags': to('Post'),
  'Viewer.followedHashtags': to('Hashtag'),
  'Query.pendingWelcomes': to('Conversation'),
  'Welcome.conversationId': to('Conversation'),
  'Query.messagingDevices': own,
  'MessagingDevice.keyPackageCount': count,
  'ClaimedKeyPackage.user': to('User'),
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
  'Viewer.apps': to('App'),
  'Viewer.authorizedApps': to('App'),
  'Viewer.user': finds('User', (_, { viewer }) => (viewer ? [viewer] : [])),
  'Viewer.settings': own,
  'Viewer.sessions': own,
  'Viewer.savedPosts': finds('Post', (_, look) =>
    things(look, 'Post').filter(({ id }) => look.world.savers.get(id)?.includes(look.viewer as Account)),
  ),
  'Viewer.collections': to('Collection', 'Post'),
  'Viewer.notifications': to('Notification', 'User', 'Post', 'Comment'),
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
  'Viewer.mutedUsers': finds('User', (_, look) =>
    things(look, 'User').filter(
      (other) => look.viewer?.name === 'muting' && muted(look, other) && isOwner(other),
    ),
  ),
  'Viewer.mutedStoryUsers': finds('User', (_, look) =>
    things(look, 'User').filter(
      (other) => look.viewer?.name === 'muting' && muted(look, other) && isOwner(other),
    ),
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
  'User.taggedPosts': to('Post'),
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
  'Post.previewComments': to('Comment'),

  'Post.hashtags': finds<Post>('Hashtag', (_, look) => things(look, 'Hashtag')),
  'Post.mentions': to('User'),
  'Post.captionEntities': to('User', 'Hashtag'),
  'TextEntity.user': to('User'),
  'TextEntity.hashtag': to('Hashtag'),
  'TextEntity.url': own,
  'Post.userTags': to('User', 'Media'),
  'UserTag.user': to('User'),
  'UserTag.media': to('Media'),
  'Post.place': finds<Post>('Place', (post, look) =>
    things(look, 'Place').filter(({ creator }) => creator === post.author),
  ),
  'PostRevision.place': to('Place'),
  'PostRevision.userTags': to('User', 'Media'),
  'Hashtag.postCount': count,
  'Hashtag.viewerFollows': mine,
  'Hashtag.posts': finds('Post', (_, look) => shared(look)),
  'Place.postCount': count,
  'Place.posts': finds<Place>('Post', ({ creator }, look) =>
    shared(look).filter(({ author }) => author === creator),
  ),
  'Post.hideLikeCount': own,
  'Post.viewerCanComment': mine,
  'Post.editHistory': to('Media'),
  'PostRevision.media': to('Media'),

  'Story.author': finds<Story>('User', ({ author }) => [author]),
  'Story.media': finds<Story>('Media', ({ media }) => [media]),
  'Story.mentions': finds<Story>('User', (_, look) =>
    things(look, 'User').filter(({ name }) => name === 'third' || name === 'blocked'),
  ),
  'Story.stickers': to('User'),
  'StorySticker.user': to('User'),
  'StorySticker.url': own,
  'Story.poll': own,
  'StoryPoll.options': own,
  'StoryPoll.voteCount': count,
  'StoryPoll.viewerVote': mine,
  'StoryPollOption.voteCount': count,
  'Story.question': to('User'),
  'StoryQuestion.viewerAnswer': mine,
  'StoryQuestion.answers': to('User'),
  'StoryAnswer.author': to('User'),
  'Story.viewerHasSeen': mine,
  'Story.viewerReaction': mine,
  'Story.viewerCount': count,
  'Story.viewers': to('User'),
  'Highlight.author': finds<Highlight>('User', ({ author }) => [author]),
  'Highlight.cover': to('Media'),
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
  'Media.hlsUrl': bytes,
  'Media.posterUrl': bytes,
  'MediaRendition.url': bytes,
  'Image.url': bytes,

  'Comment.author': finds<Comment>('User', ({ author }) => [author]),
  'Comment.post': finds<Comment>('Post', ({ post }) => [post]),
  'Comment.textEntities': to('User', 'Hashtag'),
  'Comment.parent': finds<Comment>('Comment', ({ parent }) => (parent ? [parent] : [])),
  'Comment.replies': finds<Comment>('Comment', (comment, look) =>
    under(look, comment.post).filter(({ parent }) => parent === comment),
  ),
  'Comment.likeCount': count,
  'Comment.replyCount': count,
  'Comment.viewerHasLiked': mine,

  'Collection.posts': to('Post'),

  'Conversation.members': finds<Conversation>('User', ({ members }) => members),
  'Conversation.messages': {
    to: ['Message'],
    args: ['last: 20', 'first: 20'],
    finds: (where, look) => things(look, 'Message').filter(({ conversation }) => conversation === where),
  },
  'Conversation.lastMessage': to('Message'),
  'Conversation.unreadCount': count,
  'Conversation.viewerHasMuted': mine,
  'Conversation.viewerMutedUntil': mine,
  'ConversationMember.user': to('User'),
  'ConversationMember.deviceIds': own,
  'ConversationMember.lastReadMessageId': to('Message'),
  'ConversationMember.lastDeliveredMessageId': to('Message'),
  'ConversationMember.presence': mine,
  'Message.sender': finds<Message>('User', ({ sender }) => [sender]),
  'Message.sharedPost': finds<Message>('Post', ({ shared, sender }, { oracle, viewer }) =>
    shared && oracle.reads(viewer, sender) ? [shared] : [],
  ),
  'Message.story': to('Story'),
  'Message.media': to('Media'),
  'Message.replyTo': to('Message'),
  'Message.reactions': to('User'),
  'Message.clientMessageId': own,
  'Message.notice': to('User'),
  'Message.linkPreview': own,
  'LinkPreview.url': own,
  'ConversationNotice.users': to('User'),
  'MessageReaction.user': to('User'),

  'Notification.actors': to('User'),
  'Notification.actorCount': count,
  'Notification.subject': to('Post', 'Comment', 'User'),

  'Subscription.feedUpdated': to('Post'),
  'Subscription.mediaProgress': { to: ['Media'], byId: 'mediaId' },
  'Subscription.postLiked': { to: ['Post', 'User'], byId: 'postId' },
  'Subscription.commentAdded': { to: ['Comment'], byId: 'postId' },
  'Subscription.storyViewed': { to: ['Story'], byId: 'storyId' },
  'Subscription.commentChanged': { to: ['Comment'], byId: 'postId' },
  'CommentChangedEvent.commentId': to('Comment'),
  'Subscription.presenceChanged': to('User'),
  'Subscription.notificationReceived': to('Notification'),
  'Subscription.messageReceived': { to: ['Message', 'Conversation'], byId: 'conversationId' },
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
