import type { TextEntityFieldsFragment } from '../operations.gen.ts'
import { Link } from '../router.tsx'
import { piecesOf } from './pieces.ts'

/** A text with its hashtags, mentions and addresses as links. */
export function RichText({
  text,
  entities,
}: {
  text: string
  entities: readonly TextEntityFieldsFragment[]
}) {
  return piecesOf(text, entities).map(({ text: piece, part }, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text do not move
    return part ? <EntityLink key={index} text={piece} entity={part} /> : piece
  })
}

function EntityLink({ text, entity }: { text: string; entity: TextEntityFieldsFragment }) {
  if (entity.hashtag) {
    return (
      <Link href={`/tags/${encodeURIComponent(entity.hashtag.name)}`} className="entity">
        {text}
      </Link>
    )
  }
  if (entity.user) {
    return (
      <Link href={`/@${entity.user.username}`} className="entity">
        {text}
      </Link>
    )
  }
  if (entity.url) {
    return (
      <a href={entity.url} className="entity" target="_blank" rel="noopener noreferrer nofollow ugc">
        {text}
      </a>
    )
  }
  return text
}
