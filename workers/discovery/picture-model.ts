// Vectors of pictures, in the space of those of captions: what open_nsfw sees in them, drawn together by random signs, which leaves
// angles about as they are (Achlioptas, Database-friendly random projections, 2003).
import { buffer } from 'node:stream/consumers'
import type { Log } from '#platform/log.ts'
import { loadPictureNet } from '#platform/picture-net.ts'
import { createRandom } from '#platform/random.ts'
import type { Storage } from '#platform/storage.ts'
import type { PictureModel } from '#subgraphs/feed/domain/discovery/describe.ts'
import { unit, vectorSize } from '#subgraphs/feed/domain/discovery/vectors.ts'

/** Name of what is added to that of the text model: other signs would be another model. */
export const pictureModelName = 'open-nsfw-1'
const seed = 1_024

/** Loads the model from a file; pictures are objects of the store. */
export async function loadPictureModel(
  path: string,
  storage: Pick<Storage, 'head' | 'read'>,
  log: Pick<Log, 'warn'>,
): Promise<PictureModel> {
  const net = await loadPictureNet(path)
  let signs: Int8Array | undefined
  return {
    name: pictureModelName,
    async vectorOf(key) {
      // It may have gone, or moved behind the door of a private account, since its post was read.
      if (!(await storage.head(key))) return null
      const picture = await buffer(await storage.read(key))
      const sight = await net.see(picture).catch((error: unknown) => {
        // It will not be better the next time.
        log.warn(
          { key, error: String(error) },
          'a picture cannot be read: its post is described by its words',
        )
        return null
      })
      if (!sight) return null
      const { features } = sight
      signs ??= randomSigns(features.length * vectorSize)
      return projected(features, signs)
    },
  }
}

/** So many signs, always the same. */
export function randomSigns(count: number): Int8Array {
  const random = createRandom(seed)
  return Int8Array.from({ length: count }, () => (random() < 0.5 ? -1 : 1))
}

/** As many numbers as captions have, of unit length. The net's are none below zero: less their mean, unrelated pictures stand at right angles. */
export function projected(features: Float32Array, signs: Int8Array): Float32Array | null {
  const mean = features.reduce((sum, value) => sum + value, 0) / features.length
  const sums = new Float32Array(vectorSize)
  for (let i = 0; i < vectorSize; i++) {
    let sum = 0
    for (let j = 0; j < features.length; j++)
      sum += ((features[j] as number) - mean) * (signs[i * features.length + j] as number)
    sums[i] = sum
  }
  return unit(sums)
}
