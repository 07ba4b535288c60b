// One decision on every path (V1, V2, V6, V8, V11, V12, V14, V15, V20, V21): a private account as its owner, a follower, a stranger,
// one who asks to follow, the blocked, the one who blocks, and somebody signed out meet it. Hidden is what never was.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import * as op from '../web/src/operations.gen.ts'
import { type Answer, type Person, send } from './person.ts'
import { picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

const names = ['owner', 'follower', 'stranger', 'asking', 'blocked', 'blocking', 'third'] as const
type Name = (typeof names)[number]
type Viewer = Name | 'nobody'
const viewers: readonly Viewer[] = [...names, 'nobody']
/** Those who only wrote under the owner's post while it was theirs to see. */
const outsiders = ['stranger', 'asking', 'blocked', 'blocking'] as const

/** Who sees what the owner publishes, and who knows of the owner at all. */
const content: readonly Viewer[] = ['owner', 'follower']
const header: readonly Viewer[] = ['owner', 'follower', 'stranger', 'asking', 'third', 'nobody']

let system: System
const people = {} as Record<Name, Person>
const ids = {
  post: '',
  media: '',
  comment: '',
  square: '',
  collection: '',
  ownerOnSquare: '',
  group: '',
  directBlocked: '',
  directBlocking: '',
  messageBlocked: '',
  messageBlocking: '',
  story: '',
  storyMedia: '',
  highlight: '',
  place: '',
}
/** Ids of what each outsider wrote under the owner's post. */
const under = {} as Record<Name, string>

const ghosts: Record<string, string> = {
  post: 'post_01j00000000000000000000000',
  media: 'media_01j00000000000000000000000',
  comment: 'comment_01j00000000000000000000000',
  collection: 'collection_01j00000000000000000000000',
  conversation: 'conversation_01j00000000000000000000000',
  message: 'message_01j00000000000000000000000',
  user: 'user_01j00000000000000000000000',
  story: 'story_01j00000000000000000000000',
  highlight: 'highlight_01j00000000000000000000000',
  place: 'place_01j00000000000000000000000',
}
const ghostOf = (id: string) => ghosts[id.split('_')[0] ?? ''] ?? ''

const asks = (viewer: Viewer, query: string): Promise<Answer<unknown>> =>
  send(system.url, query, {}, viewer === 'nobody' ? null : people[viewer].accessToken)
const textOf = (answer: Answer<unknown>) => JSON.stringify(answer)

async function publishes(person: Person, colour: string, caption: string) {
  const mediaId = await person.uploads(await picture(colour), 'image/jpeg')
  await system.settle()
  return { mediaId, id: (await person.posts([mediaId], caption)).id }
}

beforeAll(async () => {
  system = await startSystem()
  for (const name of names) people[name] = await system.signsUp(name)
  // Only who has confirmed his address is suggested.
  const verified = names.map((name) => people[name].id)
  await system.platform.facts.accounts.changing(verified, () =>
    system.platform
      .db('user')
      .collection<AccountRow>('users')
      .updateMany(
        { _id: { $in: verified } },
        { $set: { emailVerifiedAt: new Date() }, $inc: { version: 1 } },
      ),
  )
  const { owner, follower, stranger, asking, blocked, blocking, third } = people
  for (const other of [follower, stranger, asking, blocked, blocking]) await other.follows(owner)
  for (const other of [blocked, blocking, third]) await owner.follows(other)

  const secret = await publishes(owner, '#102030', 'secret caption #veiled')
  const corner = 'location: { name: "Veiled Corner", latitude: 12.5, longitude: 45.5 }'
  const placed = `{ postId: "${secret.id}", ${corner}, userTags: [{ userId: "${follower.id}" }] }`
  const edited = await asks('owner', `mutation { updatePost(input: ${placed}) { post { place { id } } } }`)
  ids.place = /place_[0-9a-z]+/.exec(textOf(edited))?.[0] ?? ''
  await asks('follower', `mutation { approveTag(input: { postId: "${secret.id}" }) { post { id } } }`)
  Object.assign(ids, { post: secret.id, media: secret.mediaId })
  ids.square = (await publishes(third, '#405060', 'the square')).id
  const theirs = [await publishes(blocked, '#708090', 'one'), await publishes(blocking, '#a0b0c0', 'two')]
  for (const post of [...theirs, { id: ids.square }]) await owner.likes(post)
  ids.ownerOnSquare = (await owner.comments({ id: ids.square }, 'owner on the square'))?.id ?? ''
  ids.comment = (await follower.comments(secret, 'follower under the secret'))?.id ?? ''
  for (const name of outsiders) {
    const person = people[name]
    await person.likes(secret)
    const made = await asks(
      name,
      `mutation { createCollection(input: { name: "kept" }) { collection { id } } }`,
    )
    ids.collection = /collection_[0-9a-z]+/.exec(textOf(made))?.[0] ?? ''
    const save = `{ postId: "${secret.id}", collectionId: "${ids.collection}" }`
    expect(textOf(await asks(name, `mutation { savePost(input: ${save}) { post { id } } }`))).toContain(
      secret.id,
    )
    under[name] = (await person.comments(secret, `${name} under the secret`))?.id ?? ''
    await person.comments({ id: ids.square }, `${name} on the square`)
  }
  await follower.likes(secret)

  ids.storyMedia = await owner.uploads(await picture('#203040'), 'image/jpeg')
  const { createStory } = await owner.does(op.CreateStoryDocument, { input: { mediaId: ids.storyMedia } })
  ids.story = createStory.story?.id ?? ''
  const kept = await asks(
    'owner',
    `mutation { createHighlight(input: { storyIds: ["${ids.story}"] }) { highlight { id } } }`,
  )
  ids.highlight = /highlight_[0-9a-z]+/.exec(textOf(kept))?.[0] ?? ''

  const group = await follower.opensConversation(stranger, asking, blocked, blocking, third)
  ids.group = group.id
  await follower.does(op.SendMessageDocument, {
    input: { conversationId: group.id, sharedPostId: secret.id, text: 'look', clientMessageId: 'share' },
  })
  for (const [name, where, what] of [
    ['blocked', 'directBlocked', 'messageBlocked'],
    ['blocking', 'directBlocking', 'messageBlocking'],
  ] as const) {
    const direct = await owner.opensConversation(people[name])
    ids[where] = direct.id
    await people[name].says(direct, `${name} in private`)
    ids[what] = (await owner.says(direct, `owner to ${name}`))?.id ?? ''
  }
  await system.settle()

  await owner.becomesPrivate()
  await stranger.unfollows(owner)
  await asking.unfollows(owner)
  await asking.follows(owner)
  await owner.blocks(blocked)
  await blocking.blocks(owner)
  // What happens now under the owner's post is no business of those who see it no longer.
  for (const name of outsiders) {
    await follower.does(op.CreateCommentDocument, {
      input: { postId: secret.id, parentId: under[name], text: `to ${name}` },
    })
    await follower.does(op.LikeCommentDocument, { input: { commentId: under[name] } })
  }
  await system.settle()
}, 180_000)
afterAll(() => system?.[Symbol.asyncDispose]())

describe('by id or name', () => {
  const paths: Record<string, { query: () => string; id: () => string; seenBy: readonly Viewer[] }> = {
    'post(id)': {
      id: () => ids.post,
      query: () => `{ post(id: "${ids.post}") { id caption url author { id } media { id } } }`,
      seenBy: content,
    },
    'node of the post': {
      id: () => ids.post,
      query: () => `{ node(id: "${ids.post}") { id ... on Post { likeCount previewComments { text } } } }`,
      seenBy: content,
    },
    'nodes of the post': {
      id: () => ids.post,
      query: () => `{ nodes(ids: ["${ids.post}"]) { id } }`,
      seenBy: content,
    },
    'node of the media': {
      id: () => ids.media,
      query: () => `{ node(id: "${ids.media}") { id ... on Media { renditions { url } } } }`,
      seenBy: content,
    },
    'node of the place where it was made': {
      id: () => ids.place,
      query: () =>
        `{ node(id: "${ids.place}") { id ... on Place { name posts(first: 5) { nodes { id } } } } }`,
      seenBy: content,
    },
    'place(id)': {
      id: () => ids.place,
      query: () => `{ place(id: "${ids.place}") { id name latitude } }`,
      seenBy: content,
    },
    'node of the story': {
      id: () => ids.story,
      query: () => `{ node(id: "${ids.story}") { id ... on Story { author { id } media { id } } } }`,
      seenBy: content,
    },
    'node of the story’s media': {
      id: () => ids.storyMedia,
      query: () => `{ node(id: "${ids.storyMedia}") { id ... on Media { renditions { url } } } }`,
      seenBy: content,
    },
    'node of a highlight of the story': {
      id: () => ids.highlight,
      query: () =>
        `{ node(id: "${ids.highlight}") { id ... on Highlight { title cover { id } stories(first: 5) { nodes { id } } } } }`,
      seenBy: content,
    },
    'node of a collection that the post is in': {
      id: () => ids.collection,
      query: () => `{ node(id: "${ids.collection}") { id ... on Collection { name } } }`,
      seenBy: outsiders.slice(-1),
    },
    'node of a comment under the post': {
      id: () => ids.comment,
      query: () => `{ node(id: "${ids.comment}") { id ... on Comment { text author { id } } } }`,
      seenBy: content,
    },
    'node of a comment of the owner elsewhere': {
      id: () => ids.ownerOnSquare,
      query: () => `{ node(id: "${ids.ownerOnSquare}") { id ... on Comment { text author { id } } } }`,
      seenBy: header,
    },
    'user(id)': {
      id: () => people.owner.id,
      query: () => `{ user(id: "${people.owner.id}") { id username postCount followerCount } }`,
      seenBy: header,
    },
    'node of the owner': {
      id: () => people.owner.id,
      query: () => `{ node(id: "${people.owner.id}") { id ... on User { username postCount } } }`,
      seenBy: header,
    },
    'the conversation with the blocked': {
      id: () => ids.directBlocked,
      query: () => `{ conversation(id: "${ids.directBlocked}") { id lastMessage { text } } }`,
      seenBy: [],
    },
    'node of the conversation with the one who blocks': {
      id: () => ids.directBlocking,
      query: () => `{ node(id: "${ids.directBlocking}") { id ... on Conversation { kind } } }`,
      seenBy: [],
    },
    'node of a message to the blocked': {
      id: () => ids.messageBlocked,
      query: () => `{ node(id: "${ids.messageBlocked}") { id ... on Message { text } } }`,
      seenBy: [],
    },
    'node of a message to the one who blocks': {
      id: () => ids.messageBlocking,
      query: () => `{ node(id: "${ids.messageBlocking}") { id ... on Message { text } } }`,
      seenBy: [],
    },
  }

  test.each(Object.entries(paths))('%s', async (_path, { query, id, seenBy }) => {
    for (const viewer of viewers) {
      const answer = await asks(viewer, query())
      if (seenBy.includes(viewer)) expect(textOf(answer), viewer).toContain(id())
      else expect(answer, viewer).toEqual(await asks(viewer, query().replaceAll(id(), ghostOf(id()))))
    }
  })

  test('user(username)', async () => {
    for (const viewer of viewers) {
      const answer = await asks(viewer, '{ user(username: "owner") { id username } }')
      if (header.includes(viewer)) expect(textOf(answer), viewer).toContain(people.owner.id)
      else
        expect(answer, viewer).toEqual(await asks(viewer, '{ user(username: "never.was") { id username } }'))
    }
  })

  test('one’s own comment under the post is gone with it', async () => {
    for (const name of outsiders) {
      const query = `{ node(id: "${under[name]}") { id ... on Comment { text post { id } } } }`
      expect((await asks(name, query)).data, name).toEqual({ node: null })
    }
  })
})

describe('in lists', () => {
  const user = '{ id username }'
  /** Paths, and for each text who may find it there; whoever is not named must not. */
  const paths: Record<string, { query: () => string; finds: () => Record<string, readonly Viewer[]> }> = {
    'the owner’s lists': {
      query: () =>
        `{ user(username: "owner") { posts(first: 9) { nodes { id caption } }
           followers(first: 9) { totalCount nodes ${user} } following(first: 9) { nodes ${user} } } }`,
      finds: () => ({ [ids.post]: content, [people.follower.id]: content, [people.third.id]: content }),
    },
    'the owner’s stories and highlights': {
      query: () =>
        `{ user(username: "owner") { stories(first: 9) { nodes { id } } highlights(first: 9) { nodes { id } } } }`,
      finds: () => ({ [ids.story]: content, [ids.highlight]: content }),
    },
    'the story tray': {
      query: () => `{ storyTray(first: 9) { edges { author ${user} stories { id } } } }`,
      finds: () => ({ [ids.story]: content, [people.owner.id]: content }),
    },
    'a third account’s followers': {
      query: () => `{ user(username: "third") { followers(first: 9) { nodes ${user} } } }`,
      finds: () => ({ [people.owner.id]: header }),
    },
    'a third account’s followers whom one follows': {
      query: () => `{ user(username: "third") { mutualFollowers(first: 9) { nodes ${user} } } }`,
      finds: () => ({ [people.owner.id]: ['follower'] }),
    },
    'the owner’s followers whom one follows': {
      query: () => `{ user(username: "owner") { mutualFollowers(first: 9) { nodes ${user} } } }`,
      finds: () => ({ [people.follower.id]: [], [people.third.id]: [] }),
    },
    'whom one may want to follow': {
      query: () => `{ suggestedUsers(first: 50) { nodes ${user} } }`,
      finds: () => ({
        [people.owner.id]: ['stranger', 'third'],
        [people.third.id]: ['follower', ...outsiders],
      }),
    },
    'likers, comments and previews of a public post': {
      query: () =>
        `{ post(id: "${ids.square}") { likers(first: 9) { nodes ${user} } previewComments(first: 5) { text }
           comments(first: 9) { nodes { text author ${user} } } } }`,
      finds: () => ({
        [people.owner.id]: header,
        'owner on the square': header,
        'blocked on the square': viewers.filter((viewer) => viewer !== 'owner'),
        'blocking on the square': viewers.filter((viewer) => viewer !== 'owner'),
        'stranger on the square': viewers,
      }),
    },
    'likers and comments of the post': {
      query: () =>
        `{ post(id: "${ids.post}") { likers(first: 9) { nodes ${user} }
           comments(first: 9) { nodes { text replies(first: 9) { nodes { text } } } } } }`,
      finds: () => ({
        'follower under the secret': content,
        'stranger under the secret': content,
        'to stranger': content,
        'blocked under the secret': ['follower'],
        'to blocked': ['follower'],
        [people.blocking.id]: ['follower'],
      }),
    },
    'the home feed': {
      query: () =>
        `{ homeFeed(first: 50) { nodes { id author { id } } }
           newest: homeFeed(first: 50, order: CHRONOLOGICAL) { nodes { id author { id } } } }`,
      finds: () => ({ [ids.post]: content, [people.owner.id]: content }),
    },
    'the pages of hashtags, places and people in posts': {
      query: () =>
        `{ hashtag(name: "veiled") { posts(first: 9) { nodes { id author ${user} } } }
           placesNear(latitude: 12.5, longitude: 45.5) { id name posts(first: 9) { nodes { id } } }
           user(username: "${people.follower.username}") { taggedPosts(first: 9) { nodes { id } } } }`,
      finds: () => ({
        [ids.post]: content,
        [people.owner.id]: content,
        'Veiled Corner': content,
        [ids.place]: content,
      }),
    },
    'what one saved, is told of, and asks for': {
      query: () =>
        `{ viewer { savedPosts(first: 9) { nodes { id } } unreadNotificationCount
           collections(first: 9) { nodes { posts(first: 9) { nodes { id } } } }
           notifications(first: 50) { nodes { kind actors(first: 9) { edges { node ${user} } }
             subject { id ... on Comment { text } } } }
           followRequests(first: 9) { nodes ${user} } mutedUsers(first: 9) { nodes ${user} } } }`,
      finds: () => ({
        [ids.post]: content,
        [people.owner.id]: ['follower', 'third'],
        [people.follower.id]: ['owner'],
        // Third parties still see both sides of a block (V6).
        [people.asking.id]: ['owner', 'third'],
        [people.blocked.id]: ['third'],
        [people.blocking.id]: ['third'],
        'under the secret': ['owner'],
      }),
    },
    'whom one blocks': {
      query: () => `{ viewer { blockedUsers(first: 9) { nodes ${user} } } }`,
      finds: () => ({ [people.owner.id]: ['blocking'], [people.blocked.id]: ['owner'] }),
    },
    conversations: {
      query: () =>
        `{ ${['PRIMARY', 'REQUESTS'].map(
          (folder) =>
            `${folder}: conversations(first: 9, folder: ${folder}) { nodes { id members { user ${user} }
             lastMessage { text } messages(last: 9) { nodes { text sender ${user} sharedPost { id author { id } } } } } }`,
        )} }`,
      finds: () => ({
        look: names.filter((name) => name !== 'owner'),
        [ids.post]: ['follower'],
        [people.owner.id]: ['follower'],
        [ids.directBlocked]: [],
        [ids.directBlocking]: [],
        'in private': [],
        'owner to': [],
      }),
    },
  }

  test.each(Object.entries(paths))('%s', async (_path, { query, finds }) => {
    for (const viewer of viewers) {
      const text = textOf(await asks(viewer, query()))
      for (const [what, by] of Object.entries(finds())) {
        // Nobody signs in to find himself.
        if (viewer !== 'nobody' && people[viewer].id === what) continue
        expect([viewer, what, text.includes(what), text]).toEqual([viewer, what, by.includes(viewer), text])
      }
    }
  })
})

describe('in what one does and hears', () => {
  const mutations: Record<string, (id: string, comment: string) => string> = {
    likePost: (id) => `likePost(input: { postId: "${id}" }) { post { id }`,
    unlikePost: (id) => `unlikePost(input: { postId: "${id}" }) { post { id }`,
    dislikePost: (id) => `dislikePost(input: { postId: "${id}" }) { post { id }`,
    savePost: (id) => `savePost(input: { postId: "${id}" }) { post { id }`,
    unsavePost: (id) => `unsavePost(input: { postId: "${id}" }) { post { id }`,
    deletePost: (id) => `deletePost(input: { postId: "${id}" }) { post { id }`,
    updatePost: (id) => `updatePost(input: { postId: "${id}", caption: "mine" }) { post { id }`,
    publishPost: (id) => `publishPost(input: { postId: "${id}" }) { post { id }`,
    archivePost: (id) => `archivePost(input: { postId: "${id}" }) { post { id }`,
    pinPost: (id) => `pinPost(input: { postId: "${id}" }) { post { id }`,
    approveTag: (id) => `approveTag(input: { postId: "${id}" }) { post { id }`,
    removeTag: (id) => `removeTag(input: { postId: "${id}" }) { post { id }`,
    createComment: (id) => `createComment(input: { postId: "${id}", text: "hello" }) { comment { id }`,
    updateComment: (_, comment) =>
      `updateComment(input: { commentId: "${comment}", text: "hello" }) { comment { id }`,
    pinComment: (_, comment) => `pinComment(input: { commentId: "${comment}" }) { comment { id }`,
    hideComment: (_, comment) => `hideComment(input: { commentId: "${comment}" }) { comment { id }`,
    likeComment: (_, comment) => `likeComment(input: { commentId: "${comment}" }) { comment { id }`,
    deleteComment: (_, comment) => `deleteComment(input: { commentId: "${comment}" }) { comment { id }`,
    sendMessage: (id) =>
      `sendMessage(input: { conversationId: "${ids.group}", sharedPostId: "${id}", clientMessageId: "x" }) { message { id }`,
  }

  test.each(Object.entries(mutations))('%s', async (_name, call) => {
    const mutation = (...of: [string, string]) =>
      `mutation { ${call(...of)} userErrors { code message field } } }`
    for (const name of outsiders) {
      const answer = await asks(name, mutation(ids.post, ids.comment))
      expect(textOf(answer), name).toContain('NOT_FOUND')
      expect(answer, name).toEqual(await asks(name, mutation(ghosts.post ?? '', ghosts.comment ?? '')))
    }
  })

  const relating = [
    ...['followUser', 'muteUser', 'unfollowUser', 'acceptFollowRequest', 'restrictUser', 'unrestrictUser'],
    ...['addCloseFriend', 'removeCloseFriend', 'addFavorite', 'removeFavorite', 'dismissSuggestion'],
  ]
  test.each(relating)('%s (V2, V7)', async (name) => {
    const mutation = (id: string) =>
      `mutation { ${name}(input: { userId: "${id}" }) { user { id } userErrors { code message field } } }`
    for (const [viewer, other] of [
      ['blocked', 'owner'],
      ['blocking', 'owner'],
      ['owner', 'blocked'],
    ] as const) {
      const answer = await asks(viewer, mutation(people[other].id))
      expect(answer, viewer).toEqual(await asks(viewer, mutation(ghosts.user ?? '')))
    }
  })

  test('messages to the other side of a block are as those to nobody (V7)', async () => {
    const mutation = (id: string) =>
      `mutation { sendMessage(input: { conversationId: "${id}", text: "hello", clientMessageId: "y" }) {
         message { id } userErrors { code message field } } }`
    for (const [viewer, id] of [
      ['owner', ids.directBlocked],
      ['blocked', ids.directBlocked],
      ['owner', ids.directBlocking],
      ['blocking', ids.directBlocking],
    ] as const) {
      const answer = await asks(viewer, mutation(id))
      expect(answer, viewer).toEqual(await asks(viewer, mutation(ghosts.conversation ?? '')))
    }
  })

  test('subscriptions are refused alike', async () => {
    const refusal = (name: Name, document: typeof op.PostLikedDocument, postId: string) =>
      people[name]
        .listens(document, { postId })
        .next()
        .then(
          () => 'an event',
          (error: Error) => error.message,
        )
    for (const name of outsiders) {
      for (const document of [op.PostLikedDocument, op.CommentAddedDocument] as never[]) {
        const refused = await refusal(name, document, ids.post)
        expect(refused, name).toContain('FORBIDDEN')
        expect(refused, name).toBe(await refusal(name, document, ghosts.post ?? ''))
      }
    }
  })
})

test('the owner’s cursors and keys are worth nothing to others, and an open page closes with the door (V4, V20)', async () => {
  const { owner, follower } = people
  const page = await asks(
    'owner',
    `{ post(id: "${ids.post}") { comments(first: 1) { pageInfo { endCursor } } } }`,
  )
  const cursor = /"endCursor":"([^"]+)"/.exec(textOf(page))?.[1]
  const query = `{ post(id: "${ids.post}") { comments(first: 1, after: "${cursor}") { nodes { id } } } }`
  expect(textOf(await asks('follower', query))).toContain('BAD_CURSOR')

  const first = await follower.feed(1)
  await owner.does(op.RemoveFollowerDocument, { input: { userId: follower.id } })
  expect(await follower.post(ids.post)).toBeNull()
  const rest = await follower.feed(1, first.pageInfo.endCursor)
  expect(rest.nodes).toEqual([])
  expect((await follower.feed()).nodes).toEqual([])
})

test('what a restricted account comments is seen by itself and the post’s author only, and notifies nobody (V10)', async () => {
  const [author, heckler, reader] = await Promise.all(
    ['v10author', 'v10heckler', 'v10reader'].map((name) => system.signsUp(name)),
  )
  if (!author || !heckler || !reader) throw new Error('three people')
  const mediaId = await author.uploads(await picture(), 'image/jpeg')
  await system.settle()
  const post = await author.posts([mediaId])
  const restrict = (verb: string) =>
    author.asks(`mutation { ${verb}(input: { userId: "${heckler.id}" }) { user { viewerHasRestricted } } }`)
  expect(textOf(await restrict('restrictUser'))).toContain('"viewerHasRestricted":true')
  const comment = await heckler.comments(post, 'boo')
  await system.settle()

  const seen = async (person: Person) => {
    const list = await person.does(op.CommentsDocument, { postId: post.id, first: 10 })
    const byId = await person.asks(`{ node(id: "${comment?.id}") { id } }`)
    return [list.post?.comments?.nodes.length, textOf(byId).includes(comment?.id ?? '')]
  }
  expect(await seen(heckler)).toEqual([1, true])
  expect(await seen(author)).toEqual([1, true])
  expect(await seen(reader)).toEqual([0, false])
  expect((await reader.post(post.id))?.previewComments).toEqual([])
  const { viewer } = await author.does(op.NotificationsDocument, { first: 10 })
  expect(viewer?.notifications.nodes).toEqual([])

  await restrict('unrestrictUser')
  expect(await seen(reader)).toEqual([1, true])
})
