// Vectors of posts in the memory of a process: approximate nearest neighbours by usearch (HNSW, Malkov and Yashunin, 2016).
import { createRequire } from 'node:module'
import type { Binary } from 'mongodb'

const usearch = createRequire(import.meta.url)('usearch') as typeof import('usearch')

/** A post that is near another. */
export interface Neighbour {
  id: string
  /** The cosine of the two: 1 for the same. */
  similarity: number
}

/** Posts of an index; the last that were added stay. */
const indexedPosts = 200_000

/** An empty index of vectors with so many numbers each. */
export function createVectorIndex(dimensions: number) {
  const index = new usearch.Index({ metric: 'cos', dimensions, connectivity: 16 } as never)
  const ids = new Map<bigint, string>()
  const keys = new Map<string, bigint>()
  const vectors = new Map<string, Float32Array>()
  let nextKey = 1n
  const forget = (id: string) => {
    const key = keys.get(id)
    if (key === undefined) return
    index.remove(key)
    ids.delete(key)
    keys.delete(id)
    vectors.delete(id)
  }
  return {
    vectors: vectors as ReadonlyMap<string, Float32Array>,
    forget,
    /** Adds a post, or puts another vector in the place of its own. */
    take(id: string, vector: Float32Array): void {
      forget(id)
      const key = nextKey++
      index.add(key, vector)
      ids.set(key, id)
      keys.set(id, key)
      vectors.set(id, vector)
      const [oldest] = keys.size > indexedPosts ? keys.keys() : []
      if (oldest !== undefined) forget(oldest)
    },
    /** Posts near a vector, the nearest first. */
    near(vector: Float32Array, limit: number): Neighbour[] {
      if (ids.size === 0) return []
      const found = index.search(vector, Math.min(limit, ids.size), 0)
      return [...found.keys].flatMap((key, i) => {
        const id = ids.get(key)
        return id === undefined ? [] : [{ id, similarity: 1 - (found.distances[i] ?? 1) }]
      })
    },
  }
}

export type VectorIndex = ReturnType<typeof createVectorIndex>

/** The 32-bit floats of a field. A copy: the driver's bytes need not stand where floats may. */
export function floatsOf(binary: Binary): Float32Array {
  return new Float32Array(Uint8Array.from(binary.buffer.subarray(0, binary.position)).buffer)
}
