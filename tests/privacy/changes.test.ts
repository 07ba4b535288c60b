// What somebody may no longer see is gone within a second, on every path by which he saw it: cached pages, pages of lists that
// he had opened before, and things by their ids (V1, V2, V4, V9, V11, V12, V14, V18, V19).
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inParallel } from '#platform/parallel.ts'
import { pauseMs } from '../settle.ts'
import { isProof } from '../size.ts'
import { type System, startSystem } from '../system.ts'
import { asking, createJudge, type Judge } from './judge.ts'
import { createOracle } from './oracle.ts'
import { documentOf, rootDocuments } from './walk.ts'
import {
  type Account,
  buildWorld,
  type Comment,
  kinds,
  type Post,
  type Story,
  type Thing,
  type Viewer,
  type World,
} from './world.ts'

/** Requests that begin later than this after a change must show nothing of what it hides. The machine may be slow elsewhere. */
const deadlineMs = isProof ? 1_000 : 30_000
/** Things that one request follows every field of, and requests at a time. */
const few = 10
const width = 8

interface Change {
  by: string
  does: string
  /** Fields of the mutation's input. */
  input: () => object
  /** Says to the oracle how it is now. */
  makes: () => void
  /** Who loses sight of something. */
  from: readonly string[]
  /** Some of the paths by which he saw it. */
  paths: readonly string[]
}

/** One look by one path. */
interface Look {
  viewer: Viewer
  query: string
  variables?: object
}

let system: System
let world: World
let judge: Judge
let asks: ReturnType<typeof asking>

beforeAll(async () => {
  system = await startSystem()
  world = await buildWorld(system)
  judge = createJudge(world, createOracle(world))
  asks = asking(world, judge)
}, 240_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const who = (name: string) => world.accounts.get(name) as Account
const some = <T extends Thing>(kind: T['kind'], wanted: (thing: T) => boolean): T => {
  const found = [...world.things.values()].find((thing) => thing.kind === kind && wanted(thing as T))
  if (!found) throw new Error(`there is no such ${kind}`)
  return found as T
}
const postOf = (name: string, audience: Post['audience']) =>
  some<Post>('Post', (post) => post.author === who(name) && post.audience === audience)
const storyOf = (name: string) =>
  some<Story>('Story', ({ author, audience, isOver }) => {
    return author === who(name) && audience === 'FOLLOWERS' && !isOver
  })
const commentOf = (name: string, under: string) =>
  some<Comment>('Comment', ({ author, post, parent }) => {
    return author === who(name) && post.author === who(under) && parent === null
  })
const parts = (one: Account, other: Account) => {
  world.turns(one, other, { follows: false, closeFriendOf: false })
  world.turns(other, one, { follows: false, closeFriendOf: false })
}

const changes: Record<string, Change> = {
  'a mute': {
    by: 'friend',
    does: 'muteUser',
    input: () => ({ userId: who('open').id }),
    makes: () => world.turns(who('friend'), who('open'), { mutes: true }),
    from: ['friend'],
    paths: ['Query.homeFeed', 'Query.storyTray'],
  },
  'a narrower audience': {
    by: 'open',
    does: 'updatePost',
    input: () => ({ postId: postOf('open', 'PUBLIC').id, audience: 'CLOSE_FRIENDS' }),
    makes: () => Object.assign(postOf('open', 'PUBLIC'), { audience: 'CLOSE_FRIENDS' }),
    from: ['follower', 'nobody'],
    paths: ['User.posts', 'Hashtag.posts', 'Place.posts', 'Post.comments', 'Comment.post', 'Media.id'],
  },
  'a deleted post': {
    by: 'closed',
    does: 'deletePost',
    input: () => ({ postId: postOf('closed', 'FOLLOWERS').id }),
    makes: () => Object.assign(postOf('closed', 'FOLLOWERS'), { status: 'DELETED' }),
    from: ['follower', 'closed'],
    paths: ['User.posts', 'Query.homeFeed', 'Hashtag.posts', 'Message.sharedPost', 'Post.comments'],
  },
  'a deleted comment': {
    by: 'follower',
    does: 'deleteComment',
    input: () => ({ commentId: commentOf('follower', 'third').id }),
    makes: () => Object.assign(commentOf('follower', 'third'), { isDeleted: true }),
    from: ['stranger'],
    paths: ['Post.comments', 'Comment.id'],
  },
  'a deleted story': {
    by: 'open',
    does: 'deleteStory',
    input: () => ({ storyId: storyOf('open').id }),
    makes: () => Object.assign(storyOf('open'), { status: 'DELETED' }),
    from: ['restricted'],
    paths: ['User.stories', 'Query.storyTray', 'Story.id'],
  },
  'a removal of a follower': {
    by: 'closed',
    does: 'removeFollower',
    input: () => ({ userId: who('restricted').id }),
    makes: () => world.turns(who('restricted'), who('closed'), { follows: false }),
    from: ['restricted'],
    paths: ['User.posts', 'User.followers', 'Query.homeFeed', 'Query.storyTray', 'Post.comments', 'Story.id'],
  },
  'an unfollow': {
    by: 'friend',
    does: 'unfollowUser',
    input: () => ({ userId: who('closed').id }),
    makes: () => world.turns(who('friend'), who('closed'), { follows: false }),
    from: ['friend'],
    paths: ['User.posts', 'User.highlights', 'Query.homeFeed', 'Query.storyTray', 'Media.id'],
  },
  'a block': {
    by: 'closed',
    does: 'blockUser',
    input: () => ({ userId: who('follower').id }),
    makes() {
      parts(who('closed'), who('follower'))
      world.turns(who('closed'), who('follower'), { blocks: true })
      world.turns(who('follower'), who('closed'), { blockedBy: true })
    },
    from: ['follower', 'closed'],
    paths: ['User.id', 'User.followers', 'Post.comments', 'Conversation.members', 'Conversation.messages'],
  },
  'an account that becomes private': {
    by: 'open',
    does: 'updateSettings',
    input: () => ({ isPrivate: true }),
    makes: () => Object.assign(who('open'), { isPrivate: true }),
    from: ['stranger', 'nobody'],
    paths: ['User.followers', 'User.following', 'Highlight.id', 'Story.id'],
  },
  'a suspension': {
    by: 'moderator',
    does: 'setAccountStatus',
    input: () => ({ userId: who('open').id, status: 'SUSPENDED', reason: 'a test' }),
    makes: () => Object.assign(who('open'), { status: 'SUSPENDED' }),
    from: ['restricted', 'follower'],
    paths: ['User.id', 'User.posts', 'Query.homeFeed', 'Post.comments', 'Conversation.members', 'Media.id'],
  },
}

/** Lists of which a page is opened before a change, and the next one asked for after it. */
function lists(): ((page: string) => string)[] {
  const nodes = '{ nodes { __typename id } pageInfo { endCursor } }'
  const of = (thing: Thing, field: string) => (page: string) =>
    `node(id: "${thing.id}") { __typename id ... on ${thing.kind} { ${field}(${page}) ${nodes} } }`
  const own = (field: string) => (page: string) => `viewer { __typename ${field}(${page}) ${nodes} }`
  const owners = ['open', 'closed'].map(who)
  return [
    (page) => `homeFeed(${page}) ${nodes}`,
    (page) => `homeFeed(${page}, order: CHRONOLOGICAL) ${nodes}`,
    (page) => `explore(${page}) ${nodes}`,
    (page) =>
      `storyTray(${page}) { edges { author { __typename id } stories { __typename id } } pageInfo { endCursor } }`,
    (page) => `search(query: "said", ${page}) ${nodes}`,
    own('notifications'),
    own('savedPosts'),
    ...owners.flatMap((owner) =>
      ['posts', 'stories', 'highlights', 'followers', 'following'].map((field) => of(owner, field)),
    ),
    ...['comments', 'likers'].map((field) => of(postOf('closed', 'PUBLIC'), field)),
  ]
}

/** Every way in which someone may look at anything, the later pages of lists that he opens now included. */
async function looksOf(viewer: Viewer): Promise<Look[]> {
  const byId = kinds.flatMap((kind) => {
    const query = documentOf(kind, world)
    const ids = [...world.things.values()]
      .filter((thing) => thing.kind === kind)
      // Others' notifications are nobody's business, and there are hundreds.
      .filter((thing) => thing.kind !== 'Notification' || thing.recipient === viewer.account)
      .map(({ id }) => id)
    return Array.from({ length: Math.ceil(ids.length / few) }, (_, i) => ({
      viewer,
      query,
      variables: { ids: ids.slice(i * few, (i + 1) * few) },
    }))
  })
  const opened: Look[] = []
  await inParallel(lists(), width, async (list) => {
    const { data } = await asks(viewer, `{ ${list('first: 1')} }`)
    const cursor = /"endCursor":"([^"]+)"/.exec(JSON.stringify(data))?.[1]
    // What stood on the first page is not missing on the next.
    if (cursor)
      opened.push({
        viewer: { ...viewer, partial: true },
        query: `{ ${list(`first: 50, after: "${cursor}"`)} }`,
      })
  })
  return [...byId, ...rootDocuments(world).map((query) => ({ viewer, query })), ...opened]
}

test.each(Object.entries(changes))(
  '%s',
  async (_what, { by, does, input, makes, from, paths }) => {
    const viewers = world.viewers.filter(({ name }) => from.includes(name))
    expect(viewers).toHaveLength(from.length)
    const before: { look: Look; data: unknown }[] = []
    for (const viewer of viewers)
      await inParallel(await looksOf(viewer), width, async (look) => {
        const { data, wrong } = await asks(look.viewer, look.query, look.variables)
        expect(wrong).toEqual([])
        before.push({ look, data })
      })

    const { userErrors } = await world.does(by, does, input())
    const changedAt = performance.now()
    expect(userErrors).toEqual([])
    makes()
    // By what the oracle says now, these answers show too much.
    const shown = before.flatMap(({ look, data }) => {
      const tells = judge.judge(look.viewer, data, 'Query')
      return tells.length > 0 ? [{ look, tells }] : []
    })
    const told = shown.flatMap(({ tells }) => tells).join('\n')
    for (const path of paths) expect(told).toContain(path)

    const late: string[] = []
    await inParallel(shown, width, async ({ look }) => {
      for (;;) {
        const askedAt = performance.now()
        const { wrong } = await asks(look.viewer, look.query, look.variables)
        if (wrong.length === 0) return
        if (askedAt - changedAt > deadlineMs) return void late.push(...wrong)
        await delay(pauseMs)
      }
    })
    expect(late).toEqual([])
  },
  240_000,
)
