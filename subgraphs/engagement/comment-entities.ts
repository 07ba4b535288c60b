// The parts of a comment that mean more than their letters.
import { type TextEntity as Parsed, parseEntities } from '#platform/entities.ts'
import type { Context } from './context.ts'
import type { CommentRow } from './model.ts'

interface Entity extends Pick<Parsed, 'kind' | 'start' | 'length'> {
  hashtag: { id: string } | null
  user: { id: string } | null
  url: string | null
}

/** Hashtags, addresses, and those mentions that stood when it was written and that the viewer may see. */
export async function commentEntities(row: CommentRow, { visibility, loaders }: Context): Promise<Entity[]> {
  const parsed = parseEntities(row.text)
  if (parsed.length === 0) return []
  const mentions = await visibility.filterByAccount(row.mentions ?? [], ({ userId }) => userId)
  const entities = parsed.map(async (entity): Promise<Entity[]> => {
    const { kind, start, length } = entity
    const plain = { kind, start, length, hashtag: null, user: null, url: null }
    if (kind === 'URL') return [{ ...plain, url: entity.url }]
    if (kind === 'HASHTAG') return [{ ...plain, hashtag: await loaders.hashtag(entity.name) }]
    const mention = mentions.find(({ name }) => name === entity.name)
    return mention ? [{ ...plain, user: { id: mention.userId } }] : []
  })
  return (await Promise.all(entities)).flat()
}
