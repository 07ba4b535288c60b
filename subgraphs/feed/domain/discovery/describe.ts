// What a post is about, for suggestions and trends. Only what is for everyone is described; who may be shown it is asked again
// whenever it is suggested.
import type { Accounts } from '#platform/accounts.ts'
import type { Posts } from '#platform/posts.ts'
import type { AccountFacts, PostFacts } from '#schema/facts.ts'
import type { Store } from '../../store.ts'
import { nearestTopic } from './topics.ts'
import { type TextModel, together } from './vectors.ts'

export interface DescribeDeps {
  store: Pick<Store, 'descriptions' | 'topics' | 'trends' | 'signals' | 'towers'>
  posts: Pick<Posts, 'get' | 'textsOf'>
  accounts: Pick<Accounts, 'get'>
  model: TextModel
  /** Left out where there is no model of pictures: captions alone tell then. */
  pictures?: PictureModel | null
}

/** Turns pictures into vectors of unit length, of as many numbers as those of texts. */
export interface PictureModel {
  name: string
  /**
   * The vector of the picture that is stored under a key; null for one with nothing in it, for one that is not there, and for one that
   * cannot be read. Rejects while the store is away.
   */
  vectorOf(key: string): Promise<Float32Array | null>
}

/**
 * Name of what a text model and a model of pictures, or none, say together. It is that of a post without a picture too: a caption's
 * vector alone can be compared with one that a picture was added to.
 */
export function modelName(text: string, pictures: string | null): string {
  return pictures === null ? text : `${text}+${pictures}`
}

/** Hashtags of a post that count. */
const countedHashtags = 30

/** Whether a post may be suggested to anyone at all. */
export function isForEveryone(post: PostFacts): boolean {
  return post.status === 'PUBLISHED' && post.audience === 'PUBLIC' && !post.limited
}

/**
 * Whether a post's hashtags count for trends and for names of topics: it is for everyone and not sensitive, and its author's account is
 * proven, in use, open, and not kept out of sight.
 */
export function countsForTrends(post: PostFacts, author: AccountFacts): boolean {
  if (!isForEveryone(post) || post.sensitive) return false
  return author.status === 'ACTIVE' && author.emailVerified && !author.isPrivate && !author.shadowBanned
}

/** Describes a post as it is at this moment, or forgets it. May be repeated. */
export async function describePost(deps: DescribeDeps, postId: string): Promise<void> {
  const { descriptions, topics, trends, signals, towers } = deps.store
  const post = (await deps.posts.get([postId])).get(postId)
  if (!post || !isForEveryone(post) || post.publishedAt === null) {
    await Promise.all([descriptions.remove(postId), trends.remove(postId), towers.remove(postId)])
    if (!post || post.status === 'DELETED') await signals.forget(postId)
    return
  }
  const [texts, accounts] = await Promise.all([
    deps.posts.textsOf([postId]),
    deps.accounts.get([post.authorId]),
  ])
  const text = texts.get(postId)
  const hashtags = (text?.hashtags ?? []).slice(0, countedHashtags)
  const { model, pictures } = deps
  const [caption, picture] = await Promise.all([
    model.vectorOf(text?.caption ?? ''),
    text?.pictureKey && pictures ? pictures.vectorOf(text.pictureKey) : null,
  ])
  const vector = together(caption, picture)
  const name = modelName(model.name, pictures?.name ?? null)
  const centres = (await topics.get(name))?.centres ?? []
  await descriptions.put({
    _id: postId,
    authorId: post.authorId,
    kind: post.kind,
    hashtags,
    durationMs: text?.durationMs ?? null,
    publishedAt: new Date(post.publishedAt),
    model: name,
    topic: vector && nearestTopic(vector, centres),
    vector,
  })
  await towers.put({ _id: postId, authorId: post.authorId, vector })
  const account = accounts.get(post.authorId)
  const counted = account && countsForTrends(post, account) ? hashtags : []
  await trends.put({ id: postId, authorId: post.authorId, at: post.publishedAt }, counted)
}
