// Media in batches.
import { createLoader } from '#platform/loader.ts'
import type { MessageMedia } from '#platform/message-media.ts'
import type { Visibility } from '#platform/visibility.ts'
import { visibleMedia } from '../domain/media.ts'
import type { MediaRow } from '../model.ts'
import type { Store } from '../store.ts'

/**
 * Loaders of media. `media` does not ask the policy: its callers have; `visibleMedia` does. `recent` says whether rows of a moment
 * ago will do.
 */
export function createMediaLoaders(
  store: Store,
  visibility: Visibility,
  messageMedia: MessageMedia,
  now: () => Date,
  recent: () => Promise<boolean>,
) {
  const isOwn = ({ ownerId }: MediaRow) => ownerId === visibility.viewerId
  const media = createLoader(async (ids) => store.gatherMedia(ids, await recent(), isOwn))
  return {
    /** Media of a post that the viewer may see. */
    media,
    /** The same in order, without those that are gone. */
    async listMedia(ids: readonly string[]): Promise<MediaRow[]> {
      return (await Promise.all(ids.map((id) => media.load(id)))).filter((item) => item !== null)
    },
    visibleMedia: createLoader((ids) => visibleMedia({ ...store, visibility, messageMedia, now }, ids)),
  }
}
