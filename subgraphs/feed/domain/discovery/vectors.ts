// Numbers for what a text is about: texts about the same have a small angle between their vectors.
import { createHash } from 'node:crypto'

/** Numbers of a vector. */
export const vectorSize = 384

/** Turns texts into vectors of unit length; null for a text that says nothing. */
export interface TextModel {
  /** Vectors of different models cannot be compared. */
  name: string
  vectorOf(text: string): Promise<Float32Array | null>
}

/** Stands in for a model that should be there and is not: nothing says anything, until it is described again. */
export const noModel: TextModel = { name: 'none', vectorOf: async () => null }

/** A vector of length 1 with the same direction; null when it has none. */
export function unit(vector: Float32Array): Float32Array | null {
  const length = Math.hypot(...vector)
  return length > 0 ? vector.map((value) => value / length) : null
}

/**
 * One vector for a caption and a picture, in which each has half a say: directions of unrelated things are about at right angles, so
 * that what both say adds up. Null when there is neither.
 */
export function together(caption: Float32Array | null, picture: Float32Array | null): Float32Array | null {
  return caption && picture ? meanDirection([caption, picture]) : (caption ?? picture)
}

/** The cosine of two vectors of unit length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** The direction between several; null when there is none. */
export function meanDirection(vectors: readonly Float32Array[], size = vectorSize): Float32Array | null {
  const sum = new Float32Array(size)
  for (const vector of vectors) {
    for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0)
  }
  return unit(sum)
}

/** How near posts are to the middle of those that are liked, as a cosine; 0 for those without a vector, and when nothing is liked. */
export function interestIn(
  liked: readonly Float32Array[],
  vectors: ReadonlyMap<string, Float32Array>,
): (postId: string) => number {
  const middle = meanDirection(liked)
  return (postId) => {
    const vector = middle && vectors.get(postId)
    return middle && vector ? Math.max(0, cosine(middle, vector)) : 0
  }
}

/**
 * Where there is no model: each word is a direction of its own, drawn from its hash (random indexing), so that texts with common
 * words are near each other.
 */
export const wordModel: TextModel = {
  name: 'words-1',
  async vectorOf(text) {
    const found =
      text
        .toLowerCase()
        .normalize('NFKC')
        .match(/[\p{L}\p{N}]+/gu) ?? []
    const sum = new Float32Array(vectorSize)
    // A word that is repeated says little more.
    for (const word of new Set(found.slice(0, 400))) {
      const bytes = createHash('sha512').update(word).digest()
      for (let i = 0; i < 16; i++) {
        const place = bytes.readUInt16BE(i * 2) % vectorSize
        sum[place] = (sum[place] ?? 0) + ((bytes[32 + i] ?? 0) % 2 === 0 ? 1 : -1)
      }
    }
    return unit(sum)
  },
}
