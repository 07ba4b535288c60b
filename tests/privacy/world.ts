// The world of the privacy matrix: people who stand in every relation to every kind of account, what these own, and what was
// said and done about it while all of it was everyone's to see. Then doors close.
import type { SessionRow } from '#platform/apps.ts'
import type { Platform } from '#platform/service.ts'
import { createTokenIssuer } from '#platform/tokens.ts'
import type { AccountFacts, PostFacts, StoryFacts } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import { grantableScopes } from '#schema/scopes.ts'
import {
  type HashtagRow,
  type HighlightRow,
  type LivePost,
  type MediaRow,
  type PlaceRow,
  type StoryRow,
  type TagRow,
  type TopicPostRow,
  tagId,
} from '#subgraphs/content/model.ts'
import type { UserRow } from '#subgraphs/user/model.ts'
import { Person, send } from '../person.ts'
import { accountRow } from '../rows.ts'
import type { System } from '../system.ts'
import { authorizes, registersApp } from '../third-party.ts'

/** Whose things are looked at. Every viewer stands in the same relation to all of them. */
export const ownerNames = ['open', 'closed', 'gone', 'away', 'leaving', 'ghosted'] as const
/** Who looks, besides the owners themselves. */
export const viewerNames = [
  'follower',
  'friend',
  'asking',
  'stranger',
  'muting',
  'muted',
  'restricted',
  'hidden',
  'blocked',
  'blocking',
  'moderator',
  'third',
] as const
export type OwnerName = (typeof ownerNames)[number]
export type ViewerName = (typeof viewerNames)[number]

export interface Account {
  kind: 'User'
  id: string
  name: OwnerName | ViewerName
  isPrivate: boolean
  status: AccountFacts['status']
  shadowBanned: boolean
}
export interface Post {
  kind: 'Post'
  id: string
  author: Account
  audience: PostFacts['audience']
  status: PostFacts['status']
  media: Media
}
export interface Media {
  kind: 'Media'
  id: string
  owner: Account
  /** The posts and stories that use it. */
  posts: Post[]
  stories: Story[]
}
export interface Story {
  kind: 'Story'
  id: string
  author: Account
  audience: StoryFacts['audience']
  status: StoryFacts['status']
  isOver: boolean
  highlights: Highlight[]
  media: Media
  /** Who saw it. */
  viewers: Account[]
}
export interface Highlight {
  kind: 'Highlight'
  id: string
  author: Account
  stories: Story[]
}
export interface Hashtag {
  kind: 'Hashtag'
  id: string
}
export interface Place {
  kind: 'Place'
  id: string
  /** Whose post brought it; all of his were made there. */
  creator: Account
  posts: Post[]
}
export interface Comment {
  kind: 'Comment'
  id: string
  author: Account
  post: Post
  parent: Comment | null
  isDeleted: boolean
}
export interface Collection {
  kind: 'Collection'
  id: string
  owner: Account
  posts: Post[]
}
export interface Conversation {
  kind: 'Conversation'
  id: string
  isGroup: boolean
  members: Account[]
}
export interface Message {
  kind: 'Message'
  id: string
  conversation: Conversation
  sender: Account
  shared: Post | null
}
export interface Notification {
  kind: 'Notification'
  id: string
  /** The kind that the API gives it. */
  told: string
  recipient: Account
  /** What it is about; null when it is about the recipient himself. */
  about: Story | Post | Comment | null
  /** Who did it; nobody when nobody here did any such thing. */
  actors: Account[]
}
export type Thing =
  | Account
  | Post
  | Media
  | Story
  | Highlight
  | Hashtag
  | Place
  | Comment
  | Collection
  | Conversation
  | Message
  | Notification
export type Kind = Thing['kind']
export const kinds: readonly Kind[] = [
  ...(['User', 'Post', 'Media', 'Story', 'Highlight', 'Hashtag', 'Place'] as const),
  ...(['Comment', 'Collection', 'Conversation', 'Message', 'Notification'] as const),
]

/** How one account stands to another, as the tests arranged it. */
export interface Standing {
  follows: boolean
  asks: boolean
  closeFriendOf: boolean
  blocks: boolean
  blockedBy: boolean
  restrictedBy: boolean
  storiesHiddenBy: boolean
  mutes: boolean
}

export interface Viewer {
  name: string
  /** Null when signed out, and for a token that is worth nothing any more. */
  account: Account | null
  token: string | null
  /** Whether it sees less than its account by design: what it does not find is not missing. */
  partial?: boolean
  /** What the app may do that asks for him; absent for our own clients. */
  scopes?: readonly string[]
}

export interface World {
  system: System
  accounts: Map<string, Account>
  viewers: Viewer[]
  things: Map<string, Thing>
  /** What only who may see a thing may read: a text that stands in the thing and nowhere else. */
  secrets: Map<string, Thing>
  standing(viewer: Account, other: Account): Standing
  /** Says that they stand otherwise from now on. */
  turns(viewer: Account, other: Account, change: Partial<Standing>): void
  followers(of: Account): Account[]
  /** Who liked a post, and who saved it. */
  likers: Map<string, Account[]>
  savers: Map<string, Account[]>
  asks(viewer: Viewer, query: string, variables?: object): ReturnType<typeof send>
  /** Has someone do something, by name; answers the payload. */
  does(name: string, mutation: string, input: object, fields?: string): Promise<Payload>
}

type Payload = Record<string, { id: string } | null>

const follows: readonly string[] = ['follower', 'friend', 'muting', 'muted', 'restricted', 'hidden']
const posts: readonly [PostFacts['audience'], PostFacts['status']][] = [
  ['PUBLIC', 'PUBLISHED'],
  ['FOLLOWERS', 'PUBLISHED'],
  ['CLOSE_FRIENDS', 'PUBLISHED'],
  ['ONLY_ME', 'PUBLISHED'],
  ['PUBLIC', 'DRAFT'],
  ['PUBLIC', 'SCHEDULED'],
  ['PUBLIC', 'PROCESSING'],
  ['PUBLIC', 'ARCHIVED'],
  ['PUBLIC', 'REMOVED'],
  ['PUBLIC', 'DELETED'],
]

/** Audience, status, whether its day is over, and whether a highlight keeps it. */
const storyKinds: readonly [StoryFacts['audience'], StoryFacts['status'], boolean, boolean][] = [
  ['FOLLOWERS', 'PUBLISHED', false, false],
  ['FOLLOWERS', 'PUBLISHED', true, false],
  ['FOLLOWERS', 'PUBLISHED', true, true],
  ['FOLLOWERS', 'REMOVED', false, false],
  ['FOLLOWERS', 'DELETED', false, false],
  ['CLOSE_FRIENDS', 'PUBLISHED', false, false],
  ['CLOSE_FRIENDS', 'PUBLISHED', true, true],
]

/** Builds the world in a running system. */
export async function buildWorld(system: System): Promise<World> {
  const { platform } = system
  const issuer = createTokenIssuer(platform.config)
  const accounts = new Map<string, Account>()
  const things = new Map<string, Thing>()
  const secrets = new Map<string, Thing>()
  const likers = new Map<string, Account[]>()
  const savers = new Map<string, Account[]>()
  const tokens = new Map<string, string>()
  const sessions: SessionRow[] = []
  const add = <T extends Thing>(thing: T): T => {
    things.set(thing.id, thing)
    return thing
  }
  /** What people are to be told of, by whom, about what: all who do the same are one notification. */
  const news = new Map<string, Notification>()
  const keyOf = (told: string, recipientId: string, aboutId: string | null) =>
    [told, recipientId, aboutId].join(' ')
  const tells = (told: string, recipient: Account, about: Notification['about'], actor: Account) => {
    if (recipient === actor) return
    const key = keyOf(told, recipient.id, about?.id ?? null)
    const known = news.get(key)
    if (known) known.actors.push(actor)
    else news.set(key, { kind: 'Notification', id: key, told, recipient, about, actors: [actor] })
  }
  /** A text that gives its thing away. */
  const secretOf = (thing: Thing) => {
    const secret = `secret of ${thing.id}`
    secrets.set(secret, thing)
    return secret
  }

  for (const name of [...ownerNames, ...viewerNames]) {
    const account = add<Account>({
      kind: 'User',
      id: newId('user'),
      name,
      isPrivate: false,
      status: 'ACTIVE',
      shadowBanned: false,
    })
    accounts.set(name, account)
    const session = sessionRow(account)
    sessions.push(session)
    const { token } = await issuer.issue({ userId: account.id, sessionId: session._id }, new Date())
    tokens.set(name, token)
  }
  await platform.db('user').collection<SessionRow>('sessions').insertMany(sessions)
  const who = (name: OwnerName | ViewerName) => accounts.get(name) as Account
  await platform
    .db('user')
    .collection<UserRow>('users')
    .insertMany([...accounts.values()].map((account) => userRow(account, secretOf(account))))

  const asks: World['asks'] = (viewer, query, variables = {}) =>
    send(system.url, query, variables, viewer.token)
  /** Has someone do something; answers the payload. */
  const does = async (name: string, mutation: string, input: object, fields = 'userErrors { code }') => {
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`
    const query = `mutation ($input: ${type}) { ${mutation}(input: $input) { ${fields} } }`
    const { data, errors } = await send<Record<string, never>, object>(
      system.url,
      query,
      { input },
      tokens.get(name),
    )
    if (errors.length > 0) throw new Error(`${name} ${mutation}: ${JSON.stringify(errors)}`)
    return data?.[mutation] as unknown as Payload
  }
  const owners = ownerNames.map(who)

  // Everyone follows everyone who will be looked at, and these follow each other and the third.
  for (const owner of owners) {
    const all = [...follows, 'stranger', 'blocked', 'blocking']
    await Promise.all(all.map((name) => does(name, 'followUser', { userId: owner.id })))
    await does(owner.name, 'followUser', { userId: who('third').id })
    await does(owner.name, 'followUser', { userId: who('follower').id })
    await does(owner.name, 'followUser', { userId: who('blocked').id })
  }
  await does('follower', 'followUser', { userId: who('third').id })

  const made: Post[] = []
  for (const author of [...owners, who('third')]) {
    const some = author.name === 'open' || author.name === 'closed' ? posts : posts.slice(0, 2)
    for (const [audience, status] of author.name === 'third' ? posts.slice(0, 1) : some) {
      const media = add<Media>({ kind: 'Media', id: newId('media'), owner: author, posts: [], stories: [] })
      const post = add<Post>({ kind: 'Post', id: newId('post'), author, audience, status, media })
      media.posts.push(post)
      made.push(post)
      likers.set(post.id, [])
      savers.set(post.id, [])
    }
  }
  const stories: Story[] = []
  const highlights: Highlight[] = []
  for (const author of owners) {
    const kept = (['FOLLOWERS', 'CLOSE_FRIENDS'] as const).map((title) => ({
      title,
      highlight: add<Highlight>({ kind: 'Highlight', id: newId('highlight'), author, stories: [] }),
    }))
    highlights.push(...kept.map(({ highlight }) => highlight))
    for (const [audience, status, isOver, inHighlight] of storyKinds) {
      const media = add<Media>({ kind: 'Media', id: newId('media'), owner: author, posts: [], stories: [] })
      const held = inHighlight
        ? kept.filter(({ title }) => title === audience).map(({ highlight }) => highlight)
        : []
      const story = add<Story>({
        kind: 'Story',
        id: newId('story'),
        author,
        audience,
        status,
        isOver,
        highlights: held,
        media,
        viewers: [],
      })
      media.stories.push(story)
      for (const highlight of held) highlight.stories.push(story)
      stories.push(story)
    }
  }
  const content = platform.db('content')
  await content
    .collection<MediaRow>('media')
    .insertMany([...made, ...stories].map(({ media }) => mediaRow(media, secretOf(media))))
  await content
    .collection<LivePost>('posts')
    .insertMany(made.map((post, i) => postRow(post, secretOf(post), i)))

  await content
    .collection<StoryRow>('stories')
    .insertMany(stories.map((story) => storyRow(story, secretOf(story), [who('third'), who('blocked')])))
  await content
    .collection<HighlightRow>('highlights')
    .insertMany(highlights.map((highlight) => highlightRow(highlight, secretOf(highlight).slice(-30))))
  for (const highlight of highlights) secrets.set(highlight.id.slice(-30), highlight)

  const hashtag = await putTopics(platform, made, add)
  await content
    .collection<TagRow>('tags')
    .insertMany([
      ...tagRows(made, [who('third'), who('blocked')], 'APPROVED'),
      ...tagRows(made, [who('follower')], 'PENDING'),
    ])

  // What is said and done while all of it is public.
  await does('follower', 'followHashtag', { hashtagId: hashtag.id })
  for (const story of stories.filter(
    ({ audience, status, isOver }) => audience === 'FOLLOWERS' && status === 'PUBLISHED' && !isOver,
  ))
    for (const viewer of ['follower', 'friend', 'stranger', 'blocked'] as const) {
      await does(viewer, 'markStoryViewed', { storyId: story.id })
      tells('STORY_VIEW', story.author, story, who(viewer))
      story.viewers.push(who(viewer))
    }
  const comments = async (name: string, post: Post, parent: Comment | null = null) => {
    const mark = newId('event')
    const payload = await does(
      name,
      'createComment',
      { postId: post.id, text: `said ${mark}`, parentId: parent?.id },
      'comment { id } userErrors { code }',
    )
    const author = accounts.get(name)
    if (!payload.comment || !author) throw new Error(`${name} could not comment: ${JSON.stringify(payload)}`)
    const comment = add<Comment>({
      kind: 'Comment',
      id: payload.comment.id,
      author,
      post,
      parent,
      isDeleted: false,
    })
    secrets.set(mark, comment)
    if (parent) tells('REPLY', parent.author, comment, author)
    if (parent?.author !== post.author) tells('COMMENT', post.author, comment, author)
    return comment
  }
  const talked = made.filter(
    ({ author, status }) =>
      ['open', 'closed', 'third'].includes(author.name) && (status === 'PUBLISHED' || status === 'ARCHIVED'),
  )
  /** Those of them who are answered, and who like and save as well. */
  const answered: readonly string[] = ['stranger', 'restricted', 'blocked', 'ghosted']
  const talkers = [
    ...(['follower', 'stranger', 'muted', 'restricted'] as const),
    ...(['blocked', 'blocking', 'ghosted', 'away'] as const),
  ]
  await Promise.all(
    talked.map(async (post) => {
      const own = await comments(post.author.name, post)
      for (const name of talkers) {
        const comment = await comments(name, post)
        if (!answered.includes(name)) continue
        await comments('follower', post, comment)
        await does(name, 'likePost', { postId: post.id })
        tells('POST_LIKE', post.author, post, who(name))
        likers.get(post.id)?.push(accounts.get(name) as Account)
        savers.get(post.id)?.push(accounts.get(name) as Account)
        await does(name, 'savePost', { postId: post.id })
        if (post !== talked[0]) continue
        await does(name, 'likeComment', { commentId: own.id })
        tells('COMMENT_LIKE', own.author, own, who(name))
      }
    }),
  )
  for (const name of ['open', 'closed', 'stranger', 'blocked'] as const) {
    const mark = newId('event')
    const payload = await does(name, 'createCollection', { name: `kept ${mark}` }, 'collection { id }')
    const collection = add<Collection>({
      kind: 'Collection',
      id: payload.collection?.id ?? '',
      owner: who(name),
      posts: talked,
    })
    secrets.set(mark, collection)
    for (const post of talked) {
      await does(name, 'savePost', { postId: post.id, collectionId: collection.id })
      savers.get(post.id)?.push(who(name))
    }
  }
  const talks = async (name: string, conversation: Conversation, shared: Post | null = null) => {
    const mark = newId('event')
    const payload = await does(
      name,
      'sendMessage',
      {
        conversationId: conversation.id,
        text: `whispered ${mark}`,
        clientMessageId: newId('event'),
        sharedPostId: shared?.id,
      },
      'message { id } userErrors { code }',
    )
    const sender = accounts.get(name)
    if (!payload.message || !sender) throw new Error(`${name} could not write: ${JSON.stringify(payload)}`)
    secrets.set(mark, add<Message>({ kind: 'Message', id: payload.message.id, conversation, sender, shared }))
  }
  const meets = async (...names: (OwnerName | ViewerName)[]) => {
    const [first = 'third', ...others] = names
    const memberIds = others.map((name) => who(name).id)
    const payload = await does(first, 'createConversation', { memberIds }, 'conversation { id }')
    const conversation = add<Conversation>({
      kind: 'Conversation',
      id: payload.conversation?.id ?? '',
      isGroup: others.length > 1,
      members: names.map(who),
    })
    for (const name of names) await talks(name, conversation)
    return conversation
  }
  await meets('follower', 'ghosted')
  for (const name of ['open', 'closed'] as const) {
    await meets(name, 'follower')
    await meets(name, 'blocked')
    await meets('blocking', name)
    const group = await meets('third', 'follower', 'stranger', 'blocked', name)
    for (const post of made.filter(({ author, status }) => author.name === name && status === 'PUBLISHED'))
      await talks('follower', group, post)
  }
  await system.settle()

  // Apps that people let act for them: one may all that can be given, another little. With all it sees what its person sees.
  const person = (name: OwnerName | ViewerName) =>
    new Person(
      system.url,
      { accessToken: tokens.get(name) ?? '', refreshToken: '' },
      { id: who(name).id, username: name },
    )
  const byApp = async (name: OwnerName | ViewerName, scopes: readonly string[]): Promise<Viewer> => {
    const app = await registersApp(person('third'), { name: `for ${name}`, scopes })
    const { access_token: token } = await authorizes(person(name), app, scopes.join(' '))
    const all = scopes.length === grantableScopes.length
    return {
      name: `${name} by an app with ${all ? 'all' : scopes.join(' and ')}`,
      account: who(name),
      token,
      scopes,
      partial: !all,
    }
  }
  const apps = [
    await byApp('closed', grantableScopes),
    await byApp('follower', grantableScopes),
    await byApp('blocked', grantableScopes),
    await byApp('friend', ['profile:read', 'graph:read', 'content:read']),
    await byApp('moderator', ['feed:read', 'engagement:read', 'messages:read']),
  ]

  // Doors close.
  const accountsNow: [OwnerName | ViewerName, Partial<UserRow> & Partial<Account>][] = [
    ['open', { isPrivate: false }],
    ['closed', { isPrivate: true }],
    ['ghosted', { shadowBanned: true }],
    ['moderator', { role: 'MODERATOR' }],
  ]
  for (const owner of owners) {
    await does('stranger', 'unfollowUser', { userId: owner.id })
    await changes(platform, owner, { isPrivate: true })
    await does('asking', 'followUser', { userId: owner.id })
    await does(owner.name, 'addCloseFriend', { userId: who('friend').id })
    await does(owner.name, 'restrictUser', { userId: who('restricted').id })
    await does(owner.name, 'hideStoriesFrom', { userId: who('hidden').id })
    await does('muting', 'muteUser', { userId: owner.id })
    await does(owner.name, 'muteUser', { userId: who('muted').id })
    await does(owner.name, 'blockUser', { userId: who('blocked').id })
    await does('blocking', 'blockUser', { userId: owner.id })
    await changes(platform, owner, { isPrivate: false })
  }
  await Promise.all(made.map((post) => closes(platform, post)))
  for (const [name, { role, ...change }] of accountsNow) {
    Object.assign(who(name), change)
    await changes(platform, who(name), role ? { role } : change)
  }
  // These end as accounts do, and their sessions with them: what their tokens are worth then is nothing (V19).
  const ends = async (
    name: OwnerName,
    status: Account['status'],
    by: string,
    mutation: string,
    input: object,
  ) => {
    const { userErrors } = await does(by, mutation, input)
    if (JSON.stringify(userErrors) !== '[]') throw new Error(`${mutation}: ${JSON.stringify(userErrors)}`)
    who(name).status = status
  }
  const suspends = { userId: who('gone').id, status: 'SUSPENDED' }
  await ends('gone', 'SUSPENDED', 'moderator', 'setAccountStatus', suspends)
  await ends('away', 'DEACTIVATED', 'away', 'deactivateAccount', {})
  await ends('leaving', 'DELETED', 'leaving', 'deleteAccount', {})
  await system.settle()
  const isOwner = (account: Account) => (ownerNames as readonly string[]).includes(account.name)
  const turned = new Map<string, Partial<Standing>>()
  const between = (viewer: Account, other: Account) => `${viewer.name} and ${other.name}`
  const standing: World['standing'] = (viewer, other) => {
    const [mine, theirs] = [viewer.name as string, other.name as string]
    const toOwner = isOwner(other)
    return {
      follows:
        (toOwner && !isOwner(viewer) && follows.includes(mine)) ||
        (isOwner(viewer) && ['third', 'follower'].includes(theirs)) ||
        (mine === 'follower' && theirs === 'third'),
      asks: toOwner && mine === 'asking',
      closeFriendOf: toOwner && mine === 'friend',
      blocks: (toOwner && mine === 'blocking') || (isOwner(viewer) && theirs === 'blocked'),
      blockedBy: (toOwner && mine === 'blocked') || (isOwner(viewer) && theirs === 'blocking'),
      restrictedBy: toOwner && mine === 'restricted',
      storiesHiddenBy: toOwner && mine === 'hidden',
      mutes: (toOwner && mine === 'muting') || (isOwner(viewer) && theirs === 'muted'),
      ...turned.get(between(viewer, other)),
    }
  }
  const followers: World['followers'] = (of) =>
    [...accounts.values()].filter((account) => account !== of && standing(account, of).follows)
  for (const account of accounts.values()) {
    const id = keyOf('FOLLOW', account.id, null)
    if (followers(account).length > 0)
      news.set(id, {
        ...{ kind: 'Notification', id, told: 'FOLLOW', recipient: account, about: null },
        // Who no longer follows is not in it any more.
        get actors() {
          return followers(account)
        },
      })
    for (const other of accounts.values())
      if (standing(other, account).asks) tells('FOLLOW_REQUEST', account, null, other)
  }
  const told = platform
    .db('engagement')
    .collection<{ _id: string; kind: string; recipientId: string; subjectId: string | null }>('notifications')
    .find({}, { projection: { kind: 1, recipientId: 1, subjectId: 1 } })
  for await (const { _id, kind, recipientId, subjectId } of told) {
    const recipient = things.get(recipientId)
    if (recipient?.kind !== 'User') continue
    const key = keyOf(kind, recipientId, subjectId)
    const known = news.get(key)
    add<Notification>(
      known
        ? Object.assign(known, { id: _id })
        : { kind: 'Notification', id: _id, told: kind, recipient, about: null, actors: [] },
    )
    news.delete(key)
  }
  // Those that are left nobody was told; whoever is to find them will not.
  for (const notification of news.values()) add(notification)

  const viewers: Viewer[] = [
    ...[...accounts.values()].map((account): Viewer => {
      const { name } = account
      const token = tokens.get(name) ?? null
      return account.status === 'ACTIVE'
        ? { name, account, token }
        : { name: `${name} (${account.status})`, account: null, token, partial: true }
    }),
    ...apps,
    { name: 'nobody', account: null, token: null },
  ]
  return {
    system,
    accounts,
    viewers,
    things,
    secrets,
    standing,
    turns(viewer, other, change) {
      const key = between(viewer, other)
      turned.set(key, { ...turned.get(key), ...change })
    },
    followers,
    likers,
    savers,
    asks,
    does,
  }
}

/** Changes an account's row as User does. */
async function changes(platform: Platform, { id }: Account, change: Partial<UserRow>): Promise<void> {
  await platform.facts.accounts.changing([id], () =>
    platform
      .db('user')
      .collection<UserRow>('users')
      .updateOne({ _id: id }, { $set: change, $inc: { version: 1 } }),
  )
}

/** Gives a post the audience and the status that it is to have. */
async function closes(platform: Platform, { id, audience, status }: Post): Promise<void> {
  const unpublished = ['DRAFT', 'SCHEDULED', 'PROCESSING'].includes(status)
  await platform.facts.posts.changing([id], () =>
    platform
      .db('content')
      .collection<{ _id: string }>('posts')
      .updateOne({ _id: id }, {
        $set: { audience, status, ...(unpublished ? { publishedAt: null } : {}) },
        $inc: { version: 1 },
      } as object),
  )
}

function userRow({ id, name }: Account, secret: string): UserRow {
  return {
    ...accountRow({ _id: id }),
    username: name,
    email: `${name}@example.org`,
    emailFolded: `${name}@example.org`,
    passwordHash: null,
    displayName: name,
    bio: secret,
    website: null,
    pronouns: null,
    avatar: null,
    isVerified: false,
    accountType: 'PERSONAL',
  }
}

/** A session that has just begun, as a sign-in would have. */
function sessionRow({ id }: Account): SessionRow {
  const now = new Date()
  return {
    _id: newId('session'),
    userId: id,
    seed: 'of nobody’s tokens',
    generation: 0,
    rotatedAt: now,
    createdAt: now,
    lastSeenAt: now,
    device: null,
    endedAt: null,
    expiresAt: new Date(now.getTime() + 86_400_000),
  }
}

function mediaRow({ id, owner }: Media, secret: string): MediaRow {
  const prefix = `public/media/${id}/0f3a5c7e9b1d2f4a/`
  return {
    _id: id,
    ownerId: owner.id,
    kind: 'IMAGE',
    status: 'READY',
    contentType: 'image/jpeg',
    byteSize: 2_400_000,
    failure: null,
    progress: 100,
    altText: secret,
    uses: 1,
    fence: 1,
    width: 320,
    height: 400,
    durationMs: null,
    placeholder: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w',
    dominantColor: '#8a6f5c',
    exposure: 'public',
    prefix,
    renditions: [{ key: `${prefix}320x400.webp`, width: 320, height: 400, contentType: 'image/webp' }],
    originalKey: `${prefix}original.jpeg`,
    hlsKey: null,
    posterKey: null,
    createdAt: new Date(),
    updatedAt: new Date(),
  }
}

/** A post as it is before doors close: published, for everyone. */
function postRow({ id, author, media }: Post, caption: string, i: number): LivePost {
  const at = new Date(Date.now() - 3_600_000 + i * 1_000)
  return {
    _id: id,
    authorId: author.id,
    audience: 'PUBLIC',
    status: 'PUBLISHED',
    publishedAt: at,
    version: 1,
    kind: 'POST',
    caption,
    mediaIds: [media.id],
    createdAt: at,
    updatedAt: at,
  }
}

function storyRow(story: Story, prompt: string, mentioned: readonly Account[]): StoryRow {
  const day = 24 * 3_600_000
  const createdAt = new Date(Date.now() - (story.isOver ? day + 60_000 : 60_000))
  const nowhere = { x: 0.5, y: 0.5, text: null, url: null, latitude: null, longitude: null }
  return {
    _id: story.id,
    authorId: story.author.id,
    audience: story.audience,
    status: story.status,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + day),
    highlightCount: story.highlights.length,
    version: 1,
    mediaId: story.media.id,
    stickers: mentioned.map(({ id }) => ({ kind: 'MENTION', userId: id, ...nowhere })),
    poll: { question: null, options: ['yes', 'no'] },
    question: { prompt },
  }
}

function highlightRow({ id, author, stories }: Highlight, title: string): HighlightRow {
  return {
    _id: id,
    authorId: author.id,
    title,
    storyIds: stories.map((story) => story.id),
    coverStoryId: null,
    createdAt: new Date(),
    updatedAt: new Date(),
  }
}

/** Puts every post on the page of one hashtag and on that of its author's place. */
async function putTopics(
  platform: Platform,
  posts: readonly Post[],
  add: <T extends Thing>(thing: T) => T,
): Promise<Hashtag> {
  const content = platform.db('content')
  const at = new Date()
  const hashtag = add<Hashtag>({ kind: 'Hashtag', id: newId('hashtag') })
  const topics: TopicPostRow[] = []
  const onPage = (topicId: string, postId: string, i: number) =>
    topics.push({
      _id: `${topicId}:${postId}`,
      topicId,
      postId,
      publishedAt: new Date(at.getTime() + i),
      counts: true,
      counted: true,
      shown: true,
    })
  const places: PlaceRow[] = []
  for (const [creator, own] of Map.groupBy(posts, ({ author }) => author)) {
    const place = add<Place>({ kind: 'Place', id: newId('place'), creator, posts: own })
    const name = `where ${creator.name} was`
    const point: PlaceRow['point'] = { type: 'Point', coordinates: [10, 54 + places.length / 10_000] }
    places.push({
      _id: place.id,
      name,
      nameKey: name,
      key: name,
      point,
      creatorId: creator.id,
      postCount: own.length,
      createdAt: at,
      checkedAt: at,
    })
    for (const [i, { id }] of own.entries()) {
      onPage('#matrix', id, i)
      onPage(place.id, id, i)
    }
    await content
      .collection<LivePost>('posts')
      .updateMany({ authorId: creator.id }, { $set: { hashtags: ['matrix'], placeId: place.id } })
  }
  const row: HashtagRow = {
    _id: hashtag.id,
    name: 'matrix',
    postCount: posts.length,
    createdAt: at,
    checkedAt: at,
  }
  await content.collection<HashtagRow>('hashtags').insertOne(row)
  await content.collection<PlaceRow>('places').insertMany(places)
  await content.collection<TopicPostRow>('topicPosts').insertMany(topics)
  return hashtag
}

/** The rows that tag people in posts. */
function tagRows(posts: readonly Post[], people: readonly Account[], state: TagRow['state']): TagRow[] {
  return posts.flatMap((post) =>
    people.map((person) => ({
      _id: tagId(post.id, person.id),
      postId: post.id,
      userId: person.id,
      authorId: post.author.id,
      mediaId: post.media.id,
      x: null,
      y: null,
      state,
      at: new Date(),
    })),
  )
}
