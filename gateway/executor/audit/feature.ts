import type { Subgraph } from '../fixture.ts'
import type { Json } from '../merge.ts'

// What a gateway must know of federation, one small graph for each feature. The list of features follows the public audit of
// federation gateways; the graphs are our own.

/** What one operation must give. */
export interface Expectation {
  readonly query: string
  readonly variables?: Json
  /** Null when nothing may come, because the operation is refused or its root is null. */
  readonly data: Json | null
  /** Whether there must be errors; there must be none otherwise. */
  readonly errors?: true
}

/** A feature of federation with a graph that needs it. */
export interface Feature {
  readonly name: string
  readonly subgraphs: readonly Subgraph[]
  readonly expectations: readonly Expectation[]
}

/** Opens a subgraph's SDL of Federation 2. */
export const federation2 = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@inaccessible", "@interfaceObject", "@override", "@extends",
  "@composeDirective"
])`

/** Finds a row by one of its columns; null when there is none. */
export function find<Row extends object>(
  rows: readonly Row[],
  column: keyof Row,
  value: unknown,
): Row | null {
  return rows.find((row) => row[column] === value) ?? null
}
