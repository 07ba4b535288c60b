// What feeds and suggestions may be made of: of who refuses personalisation, nothing that he did.
import type { Visibility } from '#platform/visibility.ts'
import type { EngagementRow } from '../model.ts'
import type { Store } from '../store.ts'

interface Deps {
  store: Pick<Store, 'signals'>
  visibility: Visibility
}

/** Whether the viewer's feeds may be made of what he did. */
export async function isPersonal({ visibility }: Pick<Deps, 'visibility'>): Promise<boolean> {
  const { viewerId } = visibility
  return viewerId !== null && !(await visibility.account(viewerId))?.refusesPersonalisation
}

/** What the viewer did last, the newest first; nothing when his feeds may not be made of it. */
export async function recentDeeds(deps: Deps, limit: number): Promise<EngagementRow[]> {
  const { viewerId } = deps.visibility
  if (viewerId === null) return []
  const [mayTell, recent] = await Promise.all([
    isPersonal(deps),
    deps.store.signals.recentOf(viewerId, limit),
  ])
  return mayTell ? recent : []
}
