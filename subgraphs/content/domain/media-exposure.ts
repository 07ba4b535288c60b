// Where the objects of media lie. What everyone may see lies under the public prefix, where caches keep it; everything else
// under the private one, where each fetch needs a signature. What an item is used for and its owner's privacy change, so its
// objects move. Every move has a destination of its own that is written once and never again: an address that died stays dead.
import type { FactModel } from '#platform/facts.ts'
import { inParallel } from '#platform/parallel.ts'
import { type Exposure, type Storage, signedUrlSeconds } from '#platform/storage.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { MediaRow } from '../model.ts'
import type { Store } from '../store.ts'

const parallelCopies = 4

/** How long private objects stay after they became public: whoever was just shown a signed address can still use it. */
const leavingMs = 2 * signedUrlSeconds * 1000

/** Where an item's objects belong. An unknown owner counts as private: a mistake then shows less, not more. */
export function wantedExposure(
  owner: Pick<AccountFacts, 'isPrivate' | 'status'> | undefined,
  inPublicPost: boolean,
): Exposure {
  return inPublicPost && owner?.status === 'ACTIVE' && !owner.isPrivate ? 'public' : 'private'
}

/** Where an item's objects go next: the same hash, and the number of the move. */
export function nextPrefix(media: Pick<MediaRow, '_id' | 'prefix' | 'moves'>, exposure: Exposure): string {
  const hash = media.prefix?.split('/')[3]?.split('.')[0] ?? ''
  return `${exposure}/media/${media._id}/${hash}.${(media.moves ?? 0) + 1}/`
}

/** The addresses of an item under another prefix. */
export function movedKeys(media: MediaRow, exposure: Exposure, to: string): Partial<MediaRow> {
  const from = media.prefix ?? ''
  const moved = (key: string) => to + key.slice(from.length)
  const ifAny = (key: string | null | undefined) => (key ? moved(key) : null)
  return {
    exposure,
    prefix: to,
    renditions: media.renditions.map((one) => ({ ...one, key: moved(one.key) })),
    originalKey: ifAny(media.originalKey),
    // Stores differ in which class of storage a copy is in.
    isWarm: media.originalKey !== null,
    hlsKey: ifAny(media.hlsKey),
    captionedHlsKey: ifAny(media.captionedHlsKey),
    posterKey: ifAny(media.posterKey),
    previewKey: ifAny(media.previewKey),
    thumbnailsKey: ifAny(media.thumbnailsKey),
    fileKey: ifAny(media.fileKey),
    captions: (media.captions ?? []).map((one) => ({ ...one, key: moved(one.key) })),
  }
}

/** What settling needs. */
export type ExposureDeps = Pick<
  Store,
  'getMedia' | 'findPublicUses' | 'beginMove' | 'endMove' | 'giveUpMove' | 'forgetLeaving'
> & {
  accounts: Pick<FactModel<AccountFacts>, 'get' | 'refresh'>
  storage: Pick<Storage, 'listAll' | 'copy' | 'removePrefix'>
  now: () => Date
}

/** Copies what is not there yet, so that a move which was cut off is not begun anew. */
async function copyAll(
  storage: ExposureDeps['storage'],
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const there = new Set((await storage.listAll(to)).map((key) => key.slice(to.length)))
  const missing = (await storage.listAll(from))
    .map((key) => key.slice(from.length))
    .filter((path) => !there.has(path))
  await inParallel(missing, parallelCopies, (path) => {
    signal.throwIfAborted()
    return storage.copy(from + path, to + path)
  })
}

/** Removes what earlier moves left behind: public objects at once, private ones when no signature on them is valid any more. */
async function removeLeaving(deps: ExposureDeps, media: MediaRow): Promise<void> {
  const due = deps.now().getTime() - leavingMs
  for (const { prefix, at } of media.leaving ?? []) {
    if (prefix.startsWith('private/') && at.getTime() > due) continue
    await deps.storage.removePrefix(prefix)
    await deps.forgetLeaving(media._id, prefix)
  }
}

async function isInPublic(deps: ExposureDeps, media: MediaRow): Promise<Exposure> {
  const [accounts, uses] = await Promise.all([
    deps.accounts.get([media.ownerId]),
    deps.findPublicUses([media._id]),
  ])
  return wantedExposure(accounts.get(media.ownerId), uses.has(media._id))
}

/**
 * Brings an item's objects to where they belong now: copies them, switches the row, removes the old ones. May be killed anywhere
 * and run again, also twice at once. What is wanted is asked again after each move, so the last change wins.
 */
export async function settleExposure(
  deps: ExposureDeps,
  mediaId: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const media = await deps.getMedia(mediaId)
    if (media?.status !== 'READY' || media.prefix === null) return
    await removeLeaving(deps, media)
    const wanted = await isInPublic(deps, media)
    const { prefix, moving } = media
    if (media.exposure === wanted) {
      // Another run that has not switched yet cannot do so any more.
      if (moving && (await deps.giveUpMove(media))) await deps.storage.removePrefix(moving)
      return
    }
    const to = nextPrefix(media, wanted)
    if (!(await deps.beginMove(media, to))) continue
    try {
      await copyAll(deps.storage, prefix, to, signal)
    } catch (error) {
      // Another run was faster and has removed what this one was copying.
      if ((await deps.getMedia(mediaId))?.prefix === prefix) throw error
    }
    if (!(await deps.endMove(media, movedKeys(media, wanted, to), deps.now()))) {
      if ((await deps.getMedia(mediaId))?.prefix !== to) await deps.storage.removePrefix(to)
    }
  }
}
