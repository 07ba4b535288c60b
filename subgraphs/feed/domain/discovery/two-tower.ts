// Two towers (Yi et al., RecSys 2019): a viewer is a vector, and so is a post, and the angle between them says how much he will like
// it. A post's is its own and what its content's vector becomes under a matrix that all share, so that a post that nobody has seen
// has one. Trained so that what was done something with stands before what was not (BPR, Rendle et al., UAI 2009), by gradient
// descent in plain code.
import { createRandom, normal } from '#platform/random.ts'
import { unit, vectorSize } from './vectors.ts'

/** A post with its content's vector; null when it says nothing. */
export interface TowerPost {
  id: string
  vector: Float32Array | null
}

export interface Towers {
  /** What makes a post's vector of its content's: `towerSize` rows of `vectorSize` numbers. */
  projection: Float32Array
  /** Of unit length. */
  viewers: Map<string, Float32Array>
  posts: Map<string, Float32Array>
}

/** Numbers of a viewer's and of a post's vector. */
export const towerSize = 24

const epochs = 30
const rate = 0.06
const ridge = 0.002
/** What one post alone is known by is pulled to zero harder than what all share. */
const ownRidge = 2

/** Trains the towers. Deterministic. Whoever did nothing has no vector. */
export function trainTowers(
  posts: readonly TowerPost[],
  deeds: readonly { viewerId: string; postId: string }[],
): Towers {
  const random = createRandom(11)
  const start = (spread: number, size = towerSize) =>
    Float32Array.from({ length: size }, () => spread * normal(random))
  const projection = start(0.1, towerSize * vectorSize)
  const none = new Float32Array(vectorSize)
  const rows = posts.map(({ id, vector }) => ({ id, content: vector ?? none, own: start(0.02) }))
  const rowOf = new Map(rows.map((row) => [row.id, row]))
  const known = deeds.flatMap(({ viewerId, postId }) => {
    const row = rowOf.get(postId)
    return row ? [{ viewerId, row }] : []
  })
  const people = new Map(
    [...Map.groupBy(known, ({ viewerId }) => viewerId)].map(([id, done]) => [
      id,
      { vector: start(0.1), done: new Set(done.map(({ row }) => row)) },
    ]),
  )
  const apart = new Float32Array(towerSize)
  const difference = new Float32Array(vectorSize)
  for (let step = 0; step < epochs * known.length; step++) {
    const deed = known[Math.floor(random() * known.length)]
    const other = rows[Math.floor(random() * rows.length)]
    const person = people.get(deed?.viewerId ?? '')
    if (!deed || !other || !person || person.done.has(other)) continue
    const good = deed.row
    for (let j = 0; j < vectorSize; j++) {
      difference[j] = (good.content[j] as number) - (other.content[j] as number)
    }
    let margin = 0
    for (let i = 0; i < towerSize; i++) {
      const sum = (good.own[i] as number) - (other.own[i] as number) + rowTimes(projection, i, difference)
      apart[i] = sum
      margin += (person.vector[i] as number) * sum
    }
    const push = rate / (1 + Math.exp(margin))
    for (let i = 0; i < towerSize; i++) {
      const liking = person.vector[i] as number
      const by = push * liking
      for (let j = 0, at = i * vectorSize; j < vectorSize; j++, at++) {
        const part = difference[j] as number
        // A vector of words is mostly zeros: what is not spoken of stays as it is.
        if (part !== 0) projection[at] = (projection[at] as number) * (1 - rate * ridge) + by * part
      }
      good.own[i] = (good.own[i] as number) * (1 - rate * ownRidge) + by
      other.own[i] = (other.own[i] as number) * (1 - rate * ownRidge) - by
      person.vector[i] = liking * (1 - rate * ridge) + push * (apart[i] as number)
    }
  }
  const vectors = rows.flatMap(({ id, content, own }): [string, Float32Array][] => {
    const vector = unit(projected(projection, content).map((value, i) => value + (own[i] as number)))
    return vector ? [[id, vector]] : []
  })
  const viewers = [...people].flatMap(([id, { vector }]): [string, Float32Array][] => {
    const direction = unit(vector)
    return direction ? [[id, direction]] : []
  })
  return { projection, viewers: new Map(viewers), posts: new Map(vectors) }
}

/** The vector of a post that came after the training, of unit length; null when it says nothing. */
export function postVector(projection: Float32Array, content: Float32Array | null): Float32Array | null {
  return content && unit(projected(projection, content))
}

function projected(projection: Float32Array, content: Float32Array): Float32Array {
  return Float32Array.from({ length: towerSize }, (_, i) => rowTimes(projection, i, content))
}

function rowTimes(projection: Float32Array, row: number, content: Float32Array): number {
  let sum = 0
  for (let j = 0, at = row * vectorSize; j < vectorSize; j++, at++) {
    sum += (projection[at] as number) * (content[j] as number)
  }
  return sum
}
