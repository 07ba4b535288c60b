import { useState } from 'react'
import type { TextEntityFieldsFragment } from '../operations.gen.ts'
import { UserName } from '../parts/person.tsx'
import { RichText } from '../text/rich-text.tsx'

const briefLength = 125

/** A caption, cut short until someone wants all of it. */
export function Caption({
  author,
  text,
  entities,
  whole = false,
}: {
  /** Whose name stands before it; null where it stands above. */
  author: { username: string } | null
  text: string
  entities: readonly TextEntityFieldsFragment[]
  whole?: boolean
}) {
  const [open, setOpen] = useState(whole)
  const short = text.length <= briefLength + 20 && text.split('\n').length <= 3
  const brief = () => text.slice(0, briefLength).split('\n').slice(0, 3).join('\n').trimEnd()
  return (
    <p className="caption">
      {author && <UserName user={author} />}{' '}
      <RichText text={open || short ? text : brief()} entities={entities} />
      {!open && !short && (
        <>
          …{' '}
          <button type="button" className="text-button muted" onClick={() => setOpen(true)}>
            more
          </button>
        </>
      )}
    </p>
  )
}
