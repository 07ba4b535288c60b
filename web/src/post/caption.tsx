import { useState } from 'react'
import { UserName } from '../parts/person.tsx'

const briefLength = 125

/** A caption, cut short until someone wants all of it. */
export function Caption({
  author,
  text,
  whole = false,
}: {
  author: { username: string }
  text: string
  whole?: boolean
}) {
  const [open, setOpen] = useState(whole)
  const short = text.length <= briefLength + 20 && text.split('\n').length <= 3
  return (
    <p className="caption">
      <UserName user={author} />{' '}
      {open || short ? text : `${text.slice(0, briefLength).split('\n').slice(0, 3).join('\n').trimEnd()}… `}
      {!open && !short && (
        <button type="button" className="text-button muted" onClick={() => setOpen(true)}>
          more
        </button>
      )}
    </p>
  )
}
