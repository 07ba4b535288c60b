// What Content's resolvers have at hand.
import type { Accounts } from '#platform/accounts.ts'
import { type Comments, createComments } from '#platform/comments.ts'
import { publicUrlOf } from '#platform/config.ts'
import { createMessageMedia, type MessageMedia } from '#platform/message-media.ts'
import { playlistUrl } from '#platform/playlist.ts'
import type { Posts } from '#platform/posts.ts'
import { createReportables, type Reportables } from '#platform/reportables.ts'
import type { Platform } from '#platform/service.ts'
import { type Storage, signedUrlSeconds } from '#platform/storage.ts'
import type { Stories } from '#platform/stories.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import type { Topics } from '#platform/topics.ts'
import { ownMedia } from './domain/media.ts'
import type { SearchIndex } from './domain/search-index.ts'
import { createTransparency, type Transparency } from './domain/transparency.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { MediaRow } from './model.ts'
import { createStore, type Store } from './store.ts'

export interface Context extends BaseContext<'content'> {
  store: Store
  loaders: Loaders
  storage: Storage
  messageMedia: MessageMedia
  posts: Posts
  accounts: Accounts
  stories: Stories
  search: SearchIndex
  comments: Comments
  reportables: Reportables
  topics: Topics
  transparency: Transparency
  /** Whom an account follows, the last first. */
  followingIds(userId: string, limit: number): Promise<string[]>
  /** Whether limits on how many are in force. */
  limited: boolean
  now(): Date
  /** Where people open a post. */
  postUrl(postId: string): string
  /** Where a player fetches a master playlist; a private one is made for whoever holds the URL, which ends in minutes. */
  hlsUrl(key: string): string
  /** An item for the viewer to work on. Throws NOT_FOUND or FORBIDDEN. */
  ownMedia(mediaId: string): Promise<MediaRow>
}

/** Makes the context of each request. */
export function createContexts(
  platform: Platform,
  search: SearchIndex,
): (base: BaseContext<'content'>) => Context {
  const { config, storage, facts } = platform
  const store = createStore(platform.db('content'))
  const messageMedia = createMessageMedia(platform.mongo, config.namespace)
  const comments = createComments(platform.mongo, config.namespace)
  const reportables = createReportables(platform.mongo, config.namespace)
  const transparency = createTransparency(store, platform.now)
  const signer = platform.signer('playlist')
  const publicUrl = publicUrlOf(config)
  const postUrl = (postId: string) => `${publicUrl}/p/${postId}`
  const hlsUrl = (key: string) =>
    key.startsWith('public/')
      ? storage.urlOf(key)
      : playlistUrl(signer, publicUrl, { key, expiresAt: Date.now() + signedUrlSeconds * 1000 })
  const now = () => new Date(platform.now())
  return (base) => {
    const { visibility, recent } = base
    const loaders = createLoaders(
      store,
      visibility,
      messageMedia,
      reportables,
      facts.accounts,
      platform.topics,
      now,
      recent,
    )
    return {
      ...base,
      store,
      loaders,
      storage,
      messageMedia,
      posts: facts.posts,
      accounts: facts.accounts,
      stories: facts.stories,
      search,
      comments,
      reportables,
      topics: platform.topics,
      transparency,
      followingIds: facts.relations.followingIds,
      limited: config.rateLimits,
      now,
      postUrl,
      hlsUrl,
      ownMedia: (mediaId) => ownMedia((id) => loaders.visibleMedia.load(id), base.viewer.userId, mediaId),
    }
  }
}

/** What the domain's functions work with, apart from `transact`, which comes from the mutation. */
export const deps = (context: Context) => ({
  ...context.store,
  posts: context.posts,
  accounts: context.accounts,
  visiblePlace: (id: string) => context.loaders.visiblePlaces.load(id),
  visibleHashtag: (id: string) => context.loaders.visibleHashtags.load(id),
  stories: context.stories,
  comments: context.comments,
  reportables: context.reportables,
  visibleMedia: (id: string) => context.loaders.visibleMedia.load(id),
  storage: context.storage,
  messageMedia: context.messageMedia,
  visibility: context.visibility,
  ownMedia: context.ownMedia,
  limited: context.limited,
  now: context.now,
})
