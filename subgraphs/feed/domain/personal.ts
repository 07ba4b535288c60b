// What feeds and suggestions may be made of: of who refuses personalisation, nothing that he did.
import type { Visibility } from '#platform/visibility.ts'
import type { EngagementRow } from '../model.ts'
import type { Store } from '../store.ts'
import { sessionOf, type Taste, tasteOf } from './ranking/taste.ts'

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

/** What somebody's last deeds say of posts that he is offered. Costs no command: the process knows what posts are about. */
export async function tasteFrom(
  { descriptions }: Pick<Store, 'descriptions'>,
  deeds: readonly EngagementRow[],
  offered: Parameters<typeof tasteOf>[1],
  now: number,
): Promise<Taste> {
  const nearTo = (of: readonly EngagementRow[]) => descriptions.interestIn(of.map(({ postId }) => postId))
  return tasteOf(deeds, offered, now, await nearTo(deeds), await nearTo(sessionOf(deeds, now)))
}
