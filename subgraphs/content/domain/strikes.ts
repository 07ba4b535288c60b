// Copyright strikes: things that were removed for copyright within a year, and still are. An answer that is granted, or an undo, takes
// one back.
import { AppError } from '#schema/errors.ts'
import type { Store } from '../store.ts'

const strikeMs = 365 * 86_400_000

/** Strikes with which nobody publishes. */
const tooMany = 3

type StrikeDeps = Pick<Store, 'countStrikes'> & { now(): Date }

/** How many strikes each of some owners has; those who have none are left out. */
export function strikesOf(deps: StrikeDeps, ownerIds: readonly string[]): Promise<Map<string, number>> {
  return deps.countStrikes(ownerIds, new Date(deps.now().getTime() - strikeMs))
}

/** Whether an account may publish, as far as its strikes go. Throws BLOCKED_BY_POLICY. */
export async function checkStrikes(deps: StrikeDeps, ownerId: string): Promise<void> {
  if (((await strikesOf(deps, [ownerId])).get(ownerId) ?? 0) < tooMany) return
  throw new AppError(
    'BLOCKED_BY_POLICY',
    'Three of your things were removed for copyright. Answer the claims to publish again.',
    { field: ['input'] },
  )
}
