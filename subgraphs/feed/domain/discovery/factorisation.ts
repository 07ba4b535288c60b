// Factorisation of implicit feedback by alternating least squares (Hu, Koren and Volinsky, ICDM 2008).
import { createRandom, normal } from '#platform/random.ts'

/** Vectors of viewers and of posts. */
export interface Factors {
  viewers: Map<string, Float64Array>
  posts: Map<string, Float64Array>
}

export interface AlsOptions {
  size: number
  rounds: number
  /** How much more a deed counts than none. */
  alpha: number
  ridge: number
}

/** What served best on the seeds for tuning of `eval/`, so that the towers are compared with the best that it can do. */
export const tunedFactorisation: AlsOptions = { size: 12, rounds: 12, alpha: 10, ridge: 5 }

/** Factors for who did something with what. */
export function factorise(
  viewerIds: readonly string[],
  postIds: readonly string[],
  deeds: readonly { viewerId: string; postId: string }[],
  { size, rounds, alpha, ridge }: AlsOptions = tunedFactorisation,
): Factors {
  const random = createRandom(7)
  const start = (ids: readonly string[]) =>
    new Map(ids.map((id) => [id, Float64Array.from({ length: size }, () => 0.1 * normal(random))]))
  const viewers = start(viewerIds)
  const posts = start(postIds)
  const ofViewer = Map.groupBy(deeds, (deed) => deed.viewerId)
  const ofPost = Map.groupBy(deeds, (deed) => deed.postId)
  const solveSide = (
    side: Map<string, Float64Array>,
    others: Map<string, Float64Array>,
    done: (id: string) => string[],
  ) => {
    const gram = Array.from({ length: size }, () => new Float64Array(size))
    for (const vector of others.values()) addOuter(gram, vector, 1)
    for (const id of side.keys()) {
      const matrix = gram.map((row, i) => {
        const copy = Float64Array.from(row)
        copy[i] = (copy[i] ?? 0) + ridge
        return copy
      })
      const right = new Float64Array(size)
      for (const other of done(id)) {
        const vector = others.get(other)
        if (!vector) continue
        addOuter(matrix, vector, alpha)
        for (let i = 0; i < size; i++) right[i] = (right[i] ?? 0) + (1 + alpha) * (vector[i] ?? 0)
      }
      side.set(id, solve(matrix, right))
    }
  }
  for (let round = 0; round < rounds; round++) {
    solveSide(viewers, posts, (id) => (ofViewer.get(id) ?? []).map(({ postId }) => postId))
    solveSide(posts, viewers, (id) => (ofPost.get(id) ?? []).map(({ viewerId }) => viewerId))
  }
  return { viewers, posts }
}

function addOuter(matrix: Float64Array[], vector: Float64Array, factor: number): void {
  for (const [i, row] of matrix.entries()) {
    const scaled = factor * (vector[i] ?? 0)
    for (let j = 0; j < vector.length; j++) row[j] = (row[j] ?? 0) + scaled * (vector[j] ?? 0)
  }
}

/** Solves a positive definite system by Cholesky's decomposition; changes the matrix. */
export function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const n = right.length
  const at = (i: number, j: number) => matrix[i]?.[j] ?? 0
  const set = (i: number, j: number, value: number) => {
    const row = matrix[i]
    if (row) row[j] = value
  }
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = at(i, j)
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k)
      set(i, j, i === j ? Math.sqrt(sum) : sum / at(j, j))
    }
  }
  const x = Float64Array.from(right)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] ?? 0) - at(i, k) * (x[k] ?? 0)
    x[i] = (x[i] ?? 0) / at(i, i)
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] = (x[i] ?? 0) - at(k, i) * (x[k] ?? 0)
    x[i] = (x[i] ?? 0) / at(i, i)
  }
  return x
}
