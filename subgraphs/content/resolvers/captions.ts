// What a post's caption says, and where it was made.
import { type TextEntity as Parsed, parseEntities } from '#platform/entities.ts'
import type { Context } from '../context.ts'
import type { HashtagRow, LivePost, UserRef } from '../model.ts'
import type { Resolvers } from '../types.gen.ts'
import { ifRead } from './served.ts'

interface Entity extends Pick<Parsed, 'kind' | 'start' | 'length'> {
  hashtag: HashtagRow | null
  user: UserRef | null
  url: string | null
}

/**
 * The hashtags that have a page for the viewer, by name. A published post that he is shown is one of theirs; of a hashtag that only
 * one yet unpublished has he must see another post.
 */
const hashtagsOf = async (post: LivePost, { loaders }: Context): Promise<HashtagRow[]> => {
  const byName = post.status === 'PUBLISHED' ? loaders.hashtagsByName : loaders.visibleHashtagsByName
  const found = await Promise.all((post.hashtags ?? []).map((name) => byName.load(name)))
  return found.filter((row) => row !== null)
}

/** Whom the caption mentions, as far as they exist for the viewer. */
const mentionsOf = (post: LivePost, { visibility }: Context) =>
  visibility.filterByAccount(post.mentions ?? [], (mention) => mention.userId)

/** At once where there are none, as in most captions. */
function entitiesOf(post: LivePost, context: Context): Entity[] | Promise<Entity[]> {
  const parsed = post.caption === null ? [] : parseEntities(post.caption)
  return parsed.length === 0 ? [] : linked(post, parsed, context)
}

async function linked(post: LivePost, parsed: readonly Parsed[], context: Context): Promise<Entity[]> {
  const [hashtags, mentions] = await Promise.all([hashtagsOf(post, context), mentionsOf(post, context)])
  return parsed.flatMap((entity): Entity[] => {
    const { kind, start, length } = entity
    const plain = { kind, start, length, hashtag: null, user: null, url: null }
    if (kind === 'URL') return [{ ...plain, url: entity.url }]
    if (kind === 'HASHTAG') {
      if (!post.hashtags?.includes(entity.name)) return []
      return [{ ...plain, hashtag: hashtags.find((row) => row.name === entity.name) ?? null }]
    }
    const mention = mentions.find(({ name }) => name === entity.name)
    return mention ? [{ ...plain, user: { id: mention.userId } }] : []
  })
}

export const captionResolvers: Resolvers = {
  Post: {
    caption: (post, _, context) => ifRead(post, context, () => post.caption, null),
    captionEntities: (post, _, context) => ifRead(post, context, () => entitiesOf(post, context), []),
    hashtags: (post, _, context) => ifRead(post, context, () => hashtagsOf(post, context), []),
    mentions: (post, _, context) =>
      ifRead(
        post,
        context,
        async () => (await mentionsOf(post, context)).map(({ userId }) => ({ id: userId })),
        [],
      ),
    // Whoever may see the post may see where it was made.
    place: (post, _, { loaders }) => (post.placeId ? loaders.places.load(post.placeId) : null),
  },
  PostRevision: {
    place: (revision, _, { loaders }) => (revision.placeId ? loaders.places.load(revision.placeId) : null),
  },
}
