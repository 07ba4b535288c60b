// A photograph's whole journey through the one endpoint, in both ways of running the system.

import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import { type Person, passwordOf, send } from './person.ts'
import { film, phonePhotograph, picture } from './pictures.ts'
import { type Mode, type System, startSystem } from './system.ts'

describe.each<Mode>(['all-in-one', 'scaled'])('%s', (mode) => {
  let system: System
  let alice: Person
  let bob: Person
  let post: { id: string }

  beforeAll(async () => {
    system = await startSystem({ mode })
  }, 180_000)
  afterAll(() => system?.[Symbol.asyncDispose]())

  test('two people sign up and sign in, and one follows the other', async () => {
    alice = await system.signsUp('alice')
    bob = await system.signsUp('bob')
    const { data } = await send(system.url, op.SignInDocument, {
      input: { login: 'bob@example.org', password: passwordOf('bob') },
    })
    expect(data?.signIn.viewer?.id).toBe(bob.id)
    expect(await bob.follows(alice)).toMatchObject({ viewerFollowState: 'FOLLOWING' })
    // Following again changes nothing.
    expect(await bob.follows(alice)).toMatchObject({ viewerFollowState: 'FOLLOWING' })
    await system.settle()
    const { user } = await bob.does(op.FindUserDocument, { username: 'ALICE' })
    expect(user).toMatchObject({ id: alice.id, viewerFollowState: 'FOLLOWING', followsViewer: false })
  })

  test('a phone photograph becomes upright renditions without metadata, and its progress is heard (M2, M3)', async () => {
    const source = await phonePhotograph()
    const mediaId = await alice.uploads(source, 'image/jpeg')
    await system.settle()
    const media = await alice.media(mediaId)
    expect(media).toMatchObject({ status: 'READY', progress: 100 })
    const { width = 0, height = 0, orientation } = await sharp(source).metadata()
    expect(orientation).toBe(6)
    expect(media).toMatchObject({ width: height, height: width })

    const renditions = media?.renditions ?? []
    expect(new Set(renditions.map((rendition) => rendition.contentType))).toEqual(
      new Set(['image/webp', 'image/jpeg']),
    )
    expect(Math.max(...renditions.map((rendition) => rendition.width))).toBeLessThanOrEqual(height)
    expect(renditions.some((rendition) => rendition.width === 150 && rendition.height === 150)).toBe(true)
    for (const rendition of renditions) {
      const response = await fetch(rendition.url)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe(rendition.contentType)
      const found = await sharp(Buffer.from(await response.arrayBuffer())).metadata()
      expect(found).toMatchObject({ width: rendition.width, height: rendition.height })
      expect([found.exif, found.xmp, found.iptc, found.orientation]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ])
    }
    // Nothing in the store still says where it was taken: the upload itself is gone, the kept original is clean.
    expect(await system.platform.storage.head(`uploads/${mediaId}`)).toBeNull()
    // No post shows it yet, so it is its owner’s alone.
    const keys = await system.platform.storage.list(`private/media/${mediaId}/`)
    expect(keys.length).toBeGreaterThanOrEqual(renditions.length)
    for (const key of keys) {
      const bytes = Buffer.from(
        await new Response((await system.platform.storage.read(key)) as never).arrayBuffer(),
      )
      expect((await sharp(bytes).metadata()).exif, key).toBeUndefined()
    }
    post = await alice.posts([mediaId], 'Morning coffee ☕')
  })

  test('a video becomes a ladder with a poster', async () => {
    const mediaId = await alice.uploads(await film(), 'video/mp4')
    const progress = alice.listens(op.MediaProgressDocument, { mediaId })
    let heard = (await progress.next(60_000)).mediaProgress?.media
    while (heard?.status === 'PROCESSING') heard = (await progress.next(60_000)).mediaProgress?.media
    progress.stop()
    expect(heard).toMatchObject({ status: 'READY', progress: 100, width: 1280, height: 720 })
    expect(Math.abs((heard?.durationMs ?? 0) - 5_300)).toBeLessThan(500)
    // No post shows it yet, so its playlist is made for its owner, by the gateway, whose port the platform does not know here.
    const { pathname } = new URL(heard?.hlsUrl ?? '')
    const master = await (await fetch(new URL(pathname, system.url))).text()
    const heights = [...master.matchAll(/RESOLUTION=\d+x(\d+)/g)].map((match) => Number(match[1]))
    expect(heights).toContain(720)
    expect(Math.max(...heights)).toBeLessThanOrEqual(720)
    expect((await fetch(heard?.posterUrl ?? '')).headers.get('content-type')).toMatch(/^image\//)
    await system.settle()
  }, 120_000)

  test('the post is on the follower’s feed, with what five subgraphs know of it', async () => {
    await system.settle()
    const feed = await bob.feed()
    expect(feed.nodes).toHaveLength(1)
    expect(feed.nodes[0]).toMatchObject({
      id: post.id,
      status: 'PUBLISHED',
      caption: 'Morning coffee ☕',
      author: { username: 'alice', viewerFollowState: 'FOLLOWING' },
      likeCount: 0,
      commentCount: 0,
      viewerHasLiked: false,
    })
    expect(feed.nodes[0]?.media[0]).toMatchObject({ status: 'READY' })
    expect(feed.pageInfo.hasNextPage).toBe(false)
    // One's own post is in one's own feed at once (F11).
    expect((await alice.feed()).nodes.map((node) => node.id)).toEqual([post.id])
  })

  test('the author hears likes, comments and notifications live, across subgraphs', async () => {
    const likes = alice.listens(op.PostLikedDocument, { postId: post.id })
    const comments = alice.listens(op.CommentAddedDocument, { postId: post.id })
    const notifications = alice.listens(op.NotificationReceivedDocument, {})
    await system.hears(3)

    expect(await bob.likes(post)).toMatchObject({ likeCount: 1, viewerHasLiked: true })
    expect((await likes.next()).postLiked).toMatchObject({
      liked: true,
      actor: { username: 'bob', avatar: null },
      post: { id: post.id, likeCount: 1 },
    })
    expect((await notifications.next()).notificationReceived).toMatchObject({
      notification: { kind: 'POST_LIKE' },
      unreadNotificationCount: 2,
    })

    expect(await bob.comments(post, 'What a morning!')).toMatchObject({ text: 'What a morning!' })
    expect((await comments.next()).commentAdded).toMatchObject({
      comment: { text: 'What a morning!', author: { username: 'bob' } },
    })
    expect((await notifications.next()).notificationReceived).toMatchObject({
      notification: { kind: 'COMMENT' },
    })
    for (const listening of [likes, comments, notifications]) listening.stop()

    await system.settle()
    expect(await alice.post(post.id)).toMatchObject({
      likeCount: 1,
      commentCount: 1,
      previewComments: [{ text: 'What a morning!', author: { username: 'bob' } }],
    })
    const { viewer } = await alice.does(op.NotificationsDocument, { first: 10 })
    expect(viewer?.notifications.nodes.map((notification) => notification.kind)).toEqual([
      'COMMENT',
      'POST_LIKE',
      'FOLLOW',
    ])
  })

  test('they exchange direct messages, live, on both sides', async () => {
    const conversation = await bob.opensConversation(alice)
    const atAlice = alice.listens(op.MessageReceivedDocument, { conversationId: null })
    const atBob = bob.listens(op.MessageReceivedDocument, { conversationId: conversation.id })
    await system.hears(2)
    await bob.says(conversation, 'Which beans?')
    for (const listening of [atAlice, atBob]) {
      expect((await listening.next()).messageReceived).toMatchObject({
        message: { text: 'Which beans?', sender: { username: 'bob' } },
        conversation: { id: conversation.id },
      })
    }
    // Alice does not follow Bob: his conversation waits among her requests until she accepts.
    const requests = await alice.does(op.ConversationsDocument, { first: 10, folder: 'REQUESTS' })
    expect(requests.conversations.nodes).toMatchObject([{ id: conversation.id, unreadCount: 1 }])
    await alice.does(op.AcceptMessageRequestDocument, { input: { conversationId: conversation.id } })
    await alice.says(conversation, 'Ethiopian, washed.')
    expect((await atBob.next()).messageReceived).toMatchObject({ message: { text: 'Ethiopian, washed.' } })
    atAlice.stop()
    atBob.stop()
    const read = await alice.does(op.ConversationDocument, { id: conversation.id, last: 10 })
    expect(read.conversation?.messages.nodes.map((message) => message.text)).toEqual([
      'Which beans?',
      'Ethiopian, washed.',
    ])
  })

  test('a post that one shares is a message in the conversation, heard at once, and shares count', async () => {
    const { id } = await bob.opensConversation(alice)
    const atAlice = alice.listens(op.MessageReceivedDocument, { conversationId: null })
    await system.hears(1)
    const share = `mutation ($input: SharePostInput!) { sharePost(input: $input) { userErrors { code } } }`
    const input = { postId: post.id, conversationIds: [id], text: 'Your best one', idempotencyKey: 'once' }
    for (let i = 0; i < 2; i++) {
      expect(await bob.asks(share, { input })).toMatchObject({
        data: { sharePost: { userErrors: [] } },
        errors: [],
      })
    }
    expect((await atAlice.next()).messageReceived).toMatchObject({
      message: { kind: 'SHARED_POST', text: 'Your best one', sharedPost: { id: post.id } },
      conversation: { id },
    })
    await system.settle()
    expect(atAlice.waiting).toBe(0)
    atAlice.stop()
    const { conversation } = await alice.does(op.ConversationDocument, { id, last: 10 })
    expect(conversation?.messages.nodes.at(-1)).toMatchObject({ sharedPost: { id: post.id } })
    const counted = await alice.asks<{ post: { shareCount: number } }, { id: string }>(
      'query ($id: ID!) { post(id: $id) { shareCount } }',
      { id: post.id },
    )
    expect(counted.data?.post.shareCount).toBe(1)
  })

  test('nothing of a private account is visible to one who does not follow it (V11, V12, V14)', async () => {
    const carol = await system.signsUp('carol')
    const dave = await system.signsUp('dave')
    await dave.follows(carol)
    const mediaId = await carol.uploads(await picture('#884422'), 'image/jpeg')
    await system.settle()
    const secret = await carol.posts([mediaId], 'for friends')
    await carol.comments(post, 'carol was here')
    await system.settle()
    expect((await bob.post(secret.id))?.id).toBe(secret.id)

    const listening = bob.listens(op.PostLikedDocument, { postId: secret.id })
    await system.hears(1)
    await carol.becomesPrivate()

    // To a follower it stays; to anyone else it is as if it had never been.
    expect((await dave.post(secret.id))?.id).toBe(secret.id)
    expect((await dave.feed()).nodes.map((node) => node.id)).toEqual([secret.id])
    for (const viewer of [bob.accessToken, null]) {
      const byId = await send(system.url, op.PostDocument, { id: secret.id }, viewer)
      const absent = await send(
        system.url,
        op.PostDocument,
        { id: 'post_01j00000000000000000000000' },
        viewer,
      )
      expect(byId).toEqual(absent)
      for (const id of [secret.id, mediaId]) {
        expect(await send(system.url, `{ node(id: "${id}") { id } }`, {}, viewer)).toEqual({
          data: { node: null },
          errors: [],
        })
      }
      const profile = await send(system.url, op.UserProfileDocument, { username: 'carol' }, viewer)
      expect(profile.data?.user).toMatchObject({ username: 'carol', isPrivate: true })
      const posts = await send(system.url, op.UserPostsDocument, { username: 'carol', first: 9 }, viewer)
      expect(posts.data?.user?.posts).toBeNull()
      const followers = await send(system.url, op.FollowersDocument, { username: 'carol', first: 9 }, viewer)
      expect(followers.data?.user?.followers).toBeNull()
    }
    const refused = await bob.asks(op.LikePostDocument, { input: { postId: secret.id } })
    expect(refused.data?.likePost).toMatchObject({ post: null, userErrors: [{ code: 'NOT_FOUND' }] })
    const deaf = await bob.asks(op.CreateCommentDocument, { input: { postId: secret.id, text: 'hello?' } })
    expect(deaf.data?.createComment).toMatchObject({ comment: null, userErrors: [{ code: 'NOT_FOUND' }] })

    // An open subscription ends with the next event, and a new one is refused.
    await dave.likes(secret)
    await expect(listening.next()).rejects.toThrow(/FORBIDDEN|ended/)
    await expect(bob.listens(op.PostLikedDocument, { postId: secret.id }).next()).rejects.toThrow(/FORBIDDEN/)

    // Asking to follow shows nothing until she accepts.
    expect(await bob.follows(carol)).toMatchObject({ viewerFollowState: 'REQUESTED' })
    expect(await bob.post(secret.id)).toBeNull()
    expect(await carol.accepts(bob)).toMatchObject({ id: bob.id })
    expect((await bob.post(secret.id))?.id).toBe(secret.id)
    await system.settle()
    expect((await bob.feed()).nodes.map((node) => node.id)).toEqual([secret.id, post.id])

    // Blocked: absent both ways, and third parties still see both (V1, V2, V6).
    await carol.blocks(bob)
    expect(await bob.post(secret.id)).toBeNull()
    expect((await bob.does(op.FindUserDocument, { username: 'carol' })).user).toBeNull()
    expect((await carol.does(op.FindUserDocument, { username: 'bob' })).user).toBeNull()
    expect((await bob.feed()).nodes.map((node) => node.id)).toEqual([post.id])
    const seenByBob = await bob.does(op.CommentsDocument, { postId: post.id, first: 10 })
    expect(seenByBob.post?.comments?.nodes.map((comment) => comment.text)).toEqual(['What a morning!'])
    expect((await dave.does(op.FindUserDocument, { username: 'bob' })).user?.id).toBe(bob.id)
  })
})
