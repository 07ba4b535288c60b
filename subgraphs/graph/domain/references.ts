// Which accounts Graph may refer to.
import type { FactModel } from '#platform/facts.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { UserRef } from '../model.ts'

/**
 * A reference to an account that the viewer may see, or that he blocks himself: his list of such accounts and the payload of
 * his block show their header. Null for all others.
 */
export async function referTo(
  deps: { visibility: Visibility; accounts: FactModel<AccountFacts> },
  userId: string,
): Promise<UserRef | null> {
  if (await deps.visibility.account(userId)) return { id: userId }
  if (!(await deps.visibility.relation(userId)).blocks) return null
  const account = (await deps.accounts.get([userId])).get(userId)
  return account?.status === 'ACTIVE' ? { id: userId } : null
}
