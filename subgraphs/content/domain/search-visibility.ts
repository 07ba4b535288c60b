// Which of the things that an engine found exist for the viewer. The index holds what is private too, for those who may see it.
import { type Comments, filterVisibleComments } from '#platform/comments.ts'
import { byId } from '#platform/loader.ts'
import type { SearchHit, SearchType } from '#platform/search/engine.ts'
import { hashtagTopic, postsLookedAt, type Topics } from '#platform/topics.ts'
import type { Store } from '../store.ts'
import { type FindDeps, findsPost as findsOne, isNear } from './findable.ts'
import { searchTypeOf } from './search-index.ts'

export interface FilterDeps extends FindDeps, Pick<Store, 'findHashtags' | 'findPlaces'> {
  comments: Comments
  topics: Pick<Topics, 'newestPosts'>
}

/** Those hits that the viewer may find, in order; posts as `findsPost` says. A hashtag or a place exists by a post that he finds. */
export async function filterHits<H extends SearchHit>(deps: FilterDeps, hits: readonly H[]): Promise<H[]> {
  const { visibility } = deps
  const { viewerId } = visibility
  const ids = Map.groupBy(
    hits.map(({ id }) => id),
    searchTypeOf,
  )
  const of = (type: SearchType) => ids.get(type) ?? []

  const findsPost = (postId: string) => findsOne(deps, postId)
  const findsUser = async (userId: string): Promise<boolean> => {
    const account = await visibility.account(userId)
    return account !== null && (!account.shadowBanned || isNear(visibility, userId))
  }
  const kept = async (all: readonly string[], finds: (id: string) => Promise<boolean>): Promise<string[]> => {
    const verdicts = await Promise.all(all.map(finds))
    return all.filter((_, i) => verdicts[i])
  }
  const seenComments = async (): Promise<string[]> => {
    if (of('COMMENT').length === 0) return []
    const rows = await deps.comments.find(of('COMMENT'))
    const seen = byId(await filterVisibleComments(deps.comments, visibility, rows))
    return kept([...seen.keys()], (id) => findsPost(seen.get(id)?.postId ?? ''))
  }
  const seenTopics = async (): Promise<string[]> => {
    if (of('HASHTAG').length + of('PLACE').length === 0) return []
    const [hashtags, places] = await Promise.all([
      of('HASHTAG').length > 0 ? deps.findHashtags(of('HASHTAG')) : [],
      of('PLACE').length > 0 ? deps.findPlaces(of('PLACE')) : [],
    ])
    const topics = new Map([
      ...hashtags.map(({ _id, name }) => [_id, hashtagTopic(name)] as const),
      ...places.map(({ _id }) => [_id, _id] as const),
    ])
    const newest = await deps.topics.newestPosts([...topics.values()], postsLookedAt)
    const posts = Map.groupBy(newest, ({ topicId }) => topicId)
    const own = new Set(places.filter(({ creatorId }) => creatorId === viewerId).map(({ _id }) => _id))
    return kept([...topics.keys()], async (id) => {
      if (own.has(id)) return true
      const verdicts = await Promise.all(
        (posts.get(topics.get(id) ?? '') ?? []).map(({ postId }) => findsPost(postId)),
      )
      return verdicts.includes(true)
    })
  }

  const parts = await Promise.all([
    kept(of('USER'), findsUser),
    kept(of('POST'), findsPost),
    seenComments(),
    seenTopics(),
  ])
  const seen = new Set(parts.flat())
  return hits.filter(({ id }) => seen.has(id))
}
