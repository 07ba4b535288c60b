import type { SessionTokensFragment } from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'
import { navigate } from '../router.tsx'
import { tokens } from './session.ts'
import { tokensOf } from './tokens.ts'

const doors = ['/sign-in', '/sign-up', '/sign-in/callback']

/** Begins a session: from now on this browser is signed in. */
export function enter(session: SessionTokensFragment | null, isLeaving = false): void {
  const next = session && tokensOf(session)
  if (!next) {
    showToast('The server opened no session. Try again in a moment.', 'error')
    return
  }
  // Who asked for the deletion of his account sees first how to keep it.
  if (isLeaving) navigate('/settings', { replace: true })
  else if (doors.includes(location.pathname)) navigate('/', { replace: true })
  tokens.set(next)
}
