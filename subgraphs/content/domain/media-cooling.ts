// Originals: a picture as it was sent, without metadata. Nobody is shown one; they are kept for being drawn anew, which happens
// soon after they came or never. So they go to cheaper storage after some time.
import type { Storage } from '#platform/storage.ts'
import type { Store } from '../store.ts'

const dayMs = 86_400_000

/**
 * Gives up to `limit` originals that have not changed for `afterDays` another storage class; whether there may be more. May be
 * killed anywhere and run again, also twice at once. One that moves meanwhile is found again where it then lies.
 */
export async function coolOriginals(
  deps: Pick<Store, 'listWarmOriginals' | 'markCold'> & {
    storage: Pick<Storage, 'head' | 'copy'>
    now: () => Date
  },
  { storageClass, afterDays }: { storageClass: string; afterDays: number },
  limit: number,
): Promise<boolean> {
  const before = new Date(deps.now().getTime() - afterDays * dayMs)
  const rows = await deps.listWarmOriginals(before, limit)
  for (const row of rows) {
    const key = row.originalKey ?? ''
    const found = await deps.storage.head(key)
    if (found && found.storageClass !== storageClass) await deps.storage.copy(key, key, storageClass)
    await deps.markCold(row)
  }
  return rows.length === limit
}
