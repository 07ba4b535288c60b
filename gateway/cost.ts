// What an operation costs. GitHub's model: a point a request, one more for each hundred nodes, and mutations as five.
import { Kind, type SelectionSetNode } from 'graphql'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'

/** What a request is charged, as `extensions.cost` and `Query.rateLimit` tell it. */
export interface Charge {
  /** Elements of its lists at most, which multiply. */
  readonly nodeCount: number
  /** Points. */
  readonly cost: number
}

/** What a request costs that is refused before it is executed: parsing it was work all the same. */
export const refusedCost = 1

const nodesPerPoint = 100
const pointsPerMutation = 5

/**
 * The charge of an operation with these variables: a query or subscription 1 point, a mutation 5 for each of its root
 * fields, and each of them 1 more for every full hundred nodes that it may bring. Events of a subscription are free.
 */
export function chargeOf<C extends object>(prepared: PreparedOperation<C>, variables: Json): Charge {
  const nodeCount = prepared.countNodes(variables)
  const base =
    prepared.kind === 'mutation' ? pointsPerMutation * rootFields(prepared.operation.selectionSet) : 1
  return { nodeCount, cost: base + Math.floor(nodeCount / nodesPerPoint) }
}

/** Root fields of a mutation; a fragment, which nobody needs here, counts as one. */
function rootFields({ selections }: SelectionSetNode): number {
  let count = 0
  for (const selection of selections) {
    count += selection.kind === Kind.INLINE_FRAGMENT ? rootFields(selection.selectionSet) : 1
  }
  return count
}
