// Reading accounts, as one viewer may see them.
import type { Accounts } from '#platform/accounts.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError } from '#schema/errors.ts'
import type { Account } from '../model.ts'

interface Deps {
  visibility: Visibility
  loaders: {
    users: { load(id: string): Promise<Account | null> }
    usersByName: { load(username: string): Promise<Account | null> }
  }
}

/** An account by exactly one of id and username; null when absent or hidden. Throws BAD_USER_INPUT. */
export async function findAccount(
  deps: Deps,
  by: { id?: string | null | undefined; username?: string | null | undefined },
): Promise<Account | null> {
  const { id, username } = by
  if (typeof id === 'string' && typeof username !== 'string') return visibleAccount(deps, id)
  if (typeof username === 'string' && typeof id !== 'string') {
    if (!/^[A-Za-z0-9._]{1,30}$/.test(username)) return null
    const found = await deps.loaders.usersByName.load(username.toLowerCase())
    return found && (await deps.visibility.account(found._id)) ? found : null
  }
  throw new AppError('BAD_USER_INPUT', 'Give exactly one of `id` and `username`.', { field: ['id'] })
}

/** An account by id; null when absent or hidden. */
async function visibleAccount(deps: Deps, id: string): Promise<Account | null> {
  return (await deps.visibility.account(id)) ? deps.loaders.users.load(id) : null
}

/**
 * An account that another subgraph's answer refers to. The header of one whom the viewer himself blocks is shown, since only
 * Graph refers to such (his own list of them, and the payload of his block); `lookup` marks a client's own question for an
 * id, to which it stays hidden.
 */
export async function referredAccount(
  deps: Deps & { accounts: Pick<Accounts, 'get'> },
  reference: { id: string; lookup?: boolean },
): Promise<Account | null> {
  const visible = await visibleAccount(deps, reference.id)
  if (visible || reference.lookup) return visible
  if (!(await deps.visibility.relation(reference.id)).blocks) return null
  // The facts say it, not the row, which may be half a second old.
  const facts = await deps.accounts.get([reference.id])
  return facts.get(reference.id)?.status === 'ACTIVE' ? deps.loaders.users.load(reference.id) : null
}
