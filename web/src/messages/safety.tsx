import { useEffect, useState } from 'react'
import type { UserLinkFragment } from '../operations.gen.ts'
import type { Messenger } from './encryption/messenger.ts'

type Safety = Awaited<ReturnType<Messenger['safety']>>

const words = {
  UNVERIFIED: 'Not compared yet.',
  VERIFIED: 'You compared it, and it is the same.',
  CHANGED: 'It is another one than you compared: a device came or went. Compare it again.',
} as const

/** The numbers that the viewer and each of the others compare, to know that nobody sits between them. */
export function SafetyNumbers({
  conversationId,
  others,
  messenger,
}: {
  conversationId: string
  others: readonly UserLinkFragment[]
  messenger: Messenger
}) {
  return (
    <section aria-label="Safety numbers">
      <p className="muted">
        Messages here are encrypted from end to end. Compare these numbers on another way, by voice or side by
        side: when both of you see the same, nobody reads along.
      </p>
      {others.map((user) => (
        <SafetyNumber key={user.id} conversationId={conversationId} user={user} messenger={messenger} />
      ))}
    </section>
  )
}

function SafetyNumber({
  conversationId,
  user,
  messenger,
}: {
  conversationId: string
  user: UserLinkFragment
  messenger: Messenger
}) {
  const [safety, setSafety] = useState<Safety>()
  useEffect(() => {
    let current = true
    messenger.safety(conversationId, user.id).then(
      (value) => current && setSafety(value),
      () => current && setSafety(null),
    )
    return () => {
      current = false
    }
  }, [messenger, conversationId, user.id])
  const confirm = async (number: string) => {
    await messenger.verify(conversationId, user.id, number)
    setSafety({ number, state: 'VERIFIED' })
  }
  if (safety === undefined) return null
  return (
    <div className="safety-number">
      <h3>{user.username}</h3>
      {safety ? (
        <>
          <output aria-label={`Safety number with ${user.username}`}>
            {safety.number.match(/.{5}/g)?.join(' ')}
          </output>
          <p className="muted">{words[safety.state]}</p>
          {safety.state !== 'VERIFIED' && (
            <button type="button" className="button" onClick={() => confirm(safety.number)}>
              It is the same
            </button>
          )}
        </>
      ) : (
        <p className="muted">Takes no part yet: there is nothing to compare.</p>
      )}
    </div>
  )
}
