import {
  type Cache,
  type CacheExchangeOpts,
  cacheExchange,
  type Resolver,
  type UpdateResolver,
} from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { gql } from 'urql'
import type * as G from '../operations.gen.ts'
import { append, forget, prepend, remove } from './lists.ts'
import { optimistic } from './optimistic.ts'

const joined = relayPagination()

/** The pages of a list as one. The joining leaves out a page that has nothing: where it goes on is said all the same. */
const page: Resolver = (parent, args, cache, info) => {
  const whole = joined(parent, args, cache, info) as { pageInfo: object } | undefined
  const key = cache.resolve(info.parentKey, info.fieldName, args) as string | null | undefined
  const nodes = key ? (cache.resolve(key, 'nodes') ?? cache.resolve(key, 'edges')) : null
  if (!whole || !key || !args.after || !Array.isArray(nodes) || nodes.length > 0) return whole
  const pageInfo = cache.resolve(key, 'pageInfo') as string
  const [endCursor, hasNextPage] = [
    cache.resolve(pageInfo, 'endCursor'),
    cache.resolve(pageInfo, 'hasNextPage'),
  ]
  return { ...whole, pageInfo: { ...whole.pageInfo, endCursor, hasNextPage } }
}

/** Objects without an identity live inside the object that has them. */
const embedded = [
  ...[
    'PageInfo',
    'UserError',
    'Image',
    'Settings',
    'MediaRendition',
    'MediaFailure',
    'ConversationMember',
    'ServerInfo',
    'TextEntity',
    'UserTag',
    'MediaCaptions',
    'SocialProvider',
    'Consent',
  ],
  'ExperimentAssignment',
  ...['Presence', 'MessageReaction', 'ConversationNotice', 'LinkPreview'],
  ...['AuthorizedApp', 'AppUsageDay', 'DocumentManifest', 'DocumentError'],
  ...[
    'PostConnection',
    'FeedConnection',
    'FeedEdge',
    'SavedPostConnection',
    'LikerConnection',
    'CommentConnection',
  ],
  ...['StoryTrayConnection', 'StoryTrayEdge', 'StoryViewerConnection', 'StoryViewerEdge', 'StoryConnection'],
  'HighlightConnection',
  ...['SearchConnection', 'RecentSearch', 'SuggestedPostConnection', 'SuggestedPostEdge'],
  ...['ReviewConnection', 'ReasonCount', 'Appeal', 'ReviewTemplate', 'ReviewMetrics', 'ReportEvidence'],
  ...['AccountTrust', 'VerificationConnection'],
  ...['AuditConnection', 'AuditEntry', 'ModerationDecisionConnection', 'ReportConnection'],
  ...[
    'StorySticker',
    'StoryPoll',
    'StoryPollOption',
    'StoryQuestion',
    'StoryAnswer',
    'StoryAnswerConnection',
  ],
  ...['FollowConnection', 'RelationConnection', 'MessageConnection', 'ConversationConnection'],
  ...[
    'Insights',
    'InsightDay',
    'AudienceGroup',
    'NotificationSettings',
    'NotificationKindSetting',
    'QuietHours',
    'NotificationConnection',
    'NotificationActorConnection',
    'NotificationActorEdge',
    'MediaUpload',
    'UploadField',
  ],
  ...[
    'MediaProgressEvent',
    'PostLikedEvent',
    'CommentAddedEvent',
    'NotificationReceivedEvent',
    'MessageReceivedEvent',
    'ConversationChangedEvent',
    'PresenceChangedEvent',
    'StoryViewedEvent',
  ],
]

/** The types that can be what a notification is about, and that `node` can give. */
const nodeTypes = [
  'App',
  'Highlight',
  'User',
  'Post',
  'Media',
  'Story',
  'Comment',
  'Notification',
  'Conversation',
  'Message',
]

const unreadCount = gql`
  fragment UnreadCount on Viewer {
    id
    unreadNotificationCount
  }
`

const viewerKey = (cache: Cache) => cache.resolve('Query', 'viewer') as string | null

/** An update with the types of one operation; graphcache itself knows the operation only when it runs. */
function update<Data>(apply: (data: Data, cache: Cache) => void): UpdateResolver {
  return (data, _args, cache) => apply(data as Data, cache)
}

interface AddedComment {
  readonly id: string
  readonly parent: { readonly id: string } | null
}

function addComment(cache: Cache, postId: string, comment: AddedComment): void {
  const entity = { __typename: 'Comment', id: comment.id }
  if (comment.parent) append(cache, `Comment:${comment.parent.id}`, 'replies', entity)
  else prepend(cache, `Post:${postId}`, 'comments', entity)
}

function addMessage(
  cache: Cache,
  conversationId: string,
  { id, isChange }: { id: string; isChange: boolean },
): void {
  const message = { __typename: 'Message', id }
  append(cache, `Conversation:${conversationId}`, 'messages', message)
  // What changes an earlier one is no news of its own.
  if (!isChange) cache.link(`Conversation:${conversationId}`, 'lastMessage', message)
}

function addConversation(cache: Cache, { id, folder }: { id: string; folder: G.ConversationFolder }): void {
  const entity = { __typename: 'Conversation', id }
  prepend(cache, 'Query', 'conversations', entity, (field) => field.arguments?.folder === folder)
}

function dropConversation(cache: Cache, id: string): void {
  remove(cache, 'Query', 'conversations', { __typename: 'Conversation', id })
}

/** A request that was answered is no request any more. */
const answerRequest = (name: 'acceptFollowRequest' | 'declineFollowRequest') =>
  update<Record<string, { user: { id: string } | null }>>((data, cache) => {
    const viewer = viewerKey(cache)
    const user = data[name]?.user
    if (viewer && user) remove(cache, viewer, 'followRequests', { __typename: 'User', id: user.id })
  })

/** A tag that was answered waits no more. */
const answerTag = (name: 'approveTag' | 'removeTag') =>
  update<Record<string, { post: { id: string } | null }>>((data, cache) => {
    const viewer = viewerKey(cache)
    const post = data[name]?.post
    if (viewer && post) remove(cache, viewer, 'pendingTags', { __typename: 'Post', id: post.id })
  })

/** Which posts are to be seen has changed: the next look at the feed asks the server. */
const forgetFeed = update<unknown>((_data, cache) => forget(cache, 'Query', 'homeFeed'))

const forgetSaved = update<unknown>((_data, cache) => {
  const viewer = viewerKey(cache)
  if (viewer) forget(cache, viewer, 'savedPosts')
})

const forgetHighlights = (name: 'createHighlight' | 'deleteHighlight') =>
  update<Record<string, { highlight: { author: { id: string } } | null }>>((data, cache) => {
    const author = data[name]?.highlight?.author
    if (author) forget(cache, `User:${author.id}`, 'highlights')
  })

/** Which reviews wait, and how many, has changed. */
const forgetReviews = update<unknown>((_data, cache) => {
  for (const field of ['reviewQueue', 'reviewMetrics', 'auditLog']) forget(cache, 'Query', field)
})

const forgetTray = update<unknown>((_data, cache) => forget(cache, 'Query', 'storyTray'))

/** Each first page of what is ranked begins another order: the pages of the one before do not continue it. */
const begin =
  (field: 'homeFeed' | 'reels' | 'explore'): UpdateResolver =>
  (_data, { after }, cache) => {
    if (!after) forget(cache, 'Query', field, (page) => Boolean(page.arguments?.after))
  }

const updates: CacheExchangeOpts['updates'] = {
  Query: { homeFeed: begin('homeFeed'), reels: begin('reels'), explore: begin('explore') },
  Mutation: {
    deletePost: update<G.DeletePostMutation>(({ deletePost: { post } }, cache) => {
      if (!post) return
      const entity = { __typename: 'Post', id: post.id }
      remove(cache, 'Query', 'homeFeed', entity)
      remove(cache, `User:${post.author.id}`, 'posts', entity)
    }),
    archivePost: update<G.ArchivePostMutation>(({ archivePost: { post } }, cache) => {
      if (!post) return
      const entity = { __typename: 'Post', id: post.id }
      remove(cache, 'Query', 'homeFeed', entity)
      remove(cache, `User:${post.author.id}`, 'posts', entity)
    }),
    createComment: update<G.CreateCommentMutation>(({ createComment: { post, comment } }, cache) => {
      if (post && comment) addComment(cache, post.id, comment)
    }),
    deleteComment: update<G.DeleteCommentMutation>(({ deleteComment: { post, comment } }, cache) => {
      if (post && comment)
        remove(cache, `Post:${post.id}`, 'comments', { __typename: 'Comment', id: comment.id })
    }),
    approveTag: answerTag('approveTag'),
    removeTag: answerTag('removeTag'),
    claimReview: forgetReviews,
    resolveReview: forgetReviews,
    undoReview: forgetReviews,
    savePost: forgetSaved,
    unsavePost: forgetSaved,
    createStory: forgetTray,
    deleteStory: forgetTray,
    createHighlight: forgetHighlights('createHighlight'),
    deleteHighlight: forgetHighlights('deleteHighlight'),
    acceptFollowRequest: answerRequest('acceptFollowRequest'),
    declineFollowRequest: answerRequest('declineFollowRequest'),
    blockUser: forgetFeed,
    muteUser: forgetFeed,
    unmuteUser: forgetFeed,
    unfollowUser: forgetFeed,
    addFavorite: forgetFeed,
    removeFavorite: forgetFeed,
    createConversation: update<G.CreateConversationMutation>(
      ({ createConversation: { conversation } }, cache) => {
        if (conversation) addConversation(cache, conversation)
      },
    ),
    acceptMessageRequest: update<G.AcceptMessageRequestMutation>(
      ({ acceptMessageRequest: { conversation } }, cache) => {
        if (!conversation) return
        const entity = { __typename: 'Conversation', id: conversation.id }
        remove(cache, 'Query', 'conversations', entity, (field) => field.arguments?.folder === 'REQUESTS')
        addConversation(cache, conversation)
      },
    ),
    declineMessageRequest: update<G.DeclineMessageRequestMutation>(
      ({ declineMessageRequest: { conversation } }, cache) => {
        if (conversation) dropConversation(cache, conversation.id)
      },
    ),
    leaveConversation: (_data, { input }, cache) => {
      dropConversation(cache, (input as G.LeaveConversationInput).conversationId)
    },
    sendMessage: (data, { input }, cache) => {
      const { sendMessage } = data as unknown as G.SendMessageMutation
      const { conversationId } = input as G.SendMessageInput
      if (sendMessage.message) addMessage(cache, conversationId, sendMessage.message)
    },
  },
  Subscription: {
    commentAdded: update<G.CommentAddedSubscription>(({ commentAdded }, cache) => {
      const comment = commentAdded?.comment
      if (comment?.post) addComment(cache, comment.post.id, comment)
    }),
    messageReceived: update<G.MessageReceivedSubscription>(({ messageReceived }, cache) => {
      const { conversation, message } = messageReceived ?? {}
      if (!conversation || !message) return
      addMessage(cache, conversation.id, message)
      if (!message.isChange) addConversation(cache, conversation)
    }),
    conversationChanged: update<G.ConversationChangedSubscription>(({ conversationChanged }, cache) => {
      if (!conversationChanged || conversationChanged.conversation) return
      const { conversationId: id } = conversationChanged
      dropConversation(cache, id)
      // Where it is open, it is asked for again, and is not there.
      cache.invalidate({ __typename: 'Conversation', id })
    }),
    notificationReceived: update<G.NotificationReceivedSubscription>(
      ({ notificationReceived: event }, cache) => {
        const viewer = viewerKey(cache)
        if (!viewer || !event) return
        const { unreadNotificationCount } = event
        cache.writeFragment(unreadCount, {
          __typename: 'Viewer',
          id: cache.resolve(viewer, 'id'),
          unreadNotificationCount,
        })
        // One that was read on another device stays where it is.
        if (event.notification && !event.notification.readAt)
          prepend(cache, viewer, 'notifications', { __typename: 'Notification', id: event.notification.id })
      },
    ),
  },
}

/** The normalised cache: what is known of a post, a person or a conversation is known on every screen at once. */
export function graphCache() {
  return cacheExchange({
    keys: Object.fromEntries(embedded.map((name) => [name, () => null])),
    possibleTypes: { Node: nodeTypes },
    resolvers: {
      Query: {
        homeFeed: page,
        search: page,
        reels: page,
        explore: page,
        reviewQueue: page,
        auditLog: page,
        verificationQueue: page,
        conversations: page,
        post: (_parent, { id }) => ({ __typename: 'Post', id }),
        conversation: (_parent, { id }) => ({ __typename: 'Conversation', id }),
      },
      User: { posts: page, followers: page, following: page, highlights: page },
      Post: { comments: page, likers: page },
      Hashtag: { posts: page },
      Place: { posts: page },
      Comment: { replies: page },
      Conversation: { messages: page },
      Viewer: {
        notifications: page,
        moderationDecisions: page,
        savedPosts: page,
        storyArchive: page,
        pendingTags: page,
        drafts: page,
        archive: page,
        followRequests: page,
        blockedUsers: page,
        mutedUsers: page,
      },
    },
    updates,
    optimistic,
  })
}
