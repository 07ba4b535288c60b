import { type ReactNode, useDeferredValue, useState } from 'react'
import { useQuery } from 'urql'
import { FindUserDocument, type UserRowFragment } from '../operations.gen.ts'

/** Finds someone by the exact username. `children` shows whom it found. */
export function FindPerson({ children }: { children: (user: UserRowFragment) => ReactNode }) {
  const [text, setText] = useState('')
  const username = useDeferredValue(text.trim().replace(/^@/, '').toLowerCase())
  const valid = /^[a-z0-9._]{1,30}$/.test(username)
  const [{ data, fetching }] = useQuery({ query: FindUserDocument, variables: { username }, pause: !valid })
  const found = valid && data?.user?.username === username ? data.user : undefined
  return (
    <div className="find">
      <label className="find-field">
        <span aria-hidden="true">@</span>
        <input
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="username"
          aria-label="Find by username"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={31}
        />
      </label>
      <div aria-live="polite">
        {found && children(found)}
        {username && !found && !fetching && <p className="muted find-none">Nobody is called “{username}”.</p>}
      </div>
    </div>
  )
}
