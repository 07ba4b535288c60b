// Two towers: a viewer's vector is his own; a post's is its own and the
// mean of its words'. Trained so that what was done something with stands before what was not (BPR, Rendle et al., UAI 2009), by
// gradient descent in plain code. A post that nobody has seen yet has its words.
import type { Factors } from './als.ts'
import { createRandom, normal } from './random.ts'

interface Item {
  id: string
  words: readonly string[]
}

const size = 24
const epochs = 40
const rate = 0.06
const ridge = 0.01
/** What one viewer or post alone is known by is pulled to zero harder than what many share. */
const ownRidge = 0.05

/** Trains the towers and answers their vectors. */
export function trainTowers(
  viewerIds: readonly string[],
  items: readonly Item[],
  deeds: readonly { viewerId: string; postId: string }[],
  seed: number,
): Factors {
  const random = createRandom(seed)
  const vector = (spread: number) => Float64Array.from({ length: size }, () => spread * normal(random))
  const viewers = new Map(viewerIds.map((id) => [id, vector(0.1)]))
  const own = new Map(items.map(({ id }) => [id, vector(0.02)]))
  const words = new Map([...new Set(items.flatMap((item) => item.words))].map((word) => [word, vector(0.1)]))
  const itemOf = new Map(items.map((item) => [item.id, item]))
  const done = new Set(deeds.map(({ viewerId, postId }) => `${viewerId}:${postId}`))
  const meanOf = (item: Item) => {
    const sum = Float64Array.from(own.get(item.id) ?? new Float64Array(size))
    for (const word of item.words) addTo(sum, words.get(word), 1 / Math.sqrt(item.words.length))
    return sum
  }
  const step = (item: Item, by: Float64Array, factor: number) => {
    const mine = own.get(item.id)
    if (mine)
      for (let i = 0; i < size; i++) mine[i] = (mine[i] ?? 0) * (1 - rate * ownRidge) + factor * (by[i] ?? 0)
    const share = factor / Math.sqrt(item.words.length)
    for (const word of item.words) {
      const of = words.get(word)
      if (of) for (let i = 0; i < size; i++) of[i] = (of[i] ?? 0) * (1 - rate * ridge) + share * (by[i] ?? 0)
    }
  }
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let n = 0; n < deeds.length; n++) {
      const deed = deeds[Math.floor(random() * deeds.length)]
      const liked = itemOf.get(deed?.postId ?? '')
      const other = items[Math.floor(random() * items.length)]
      const viewer = viewers.get(deed?.viewerId ?? '')
      if (!deed || !liked || !other || !viewer || done.has(`${deed.viewerId}:${other.id}`)) continue
      const [good, bad] = [meanOf(liked), meanOf(other)]
      let margin = 0
      for (let i = 0; i < size; i++) margin += (viewer[i] ?? 0) * ((good[i] ?? 0) - (bad[i] ?? 0))
      const push = rate / (1 + Math.exp(margin))
      const before = Float64Array.from(viewer)
      for (let i = 0; i < size; i++) {
        viewer[i] = (viewer[i] ?? 0) * (1 - rate * ridge) + push * ((good[i] ?? 0) - (bad[i] ?? 0))
      }
      step(liked, before, push)
      step(other, before, -push)
    }
  }
  return { viewers, posts: new Map(items.map((item) => [item.id, meanOf(item)])) }
}

function addTo(sum: Float64Array, vector: Float64Array | undefined, factor: number): void {
  for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + factor * (vector?.[i] ?? 0)
}
