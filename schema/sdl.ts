// Where each subgraph's SDL is, and how it is put together. Read once at start-up.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DocumentNode, parse } from 'graphql'

/** The six federated subgraphs, in the order of DESIGN; each is a process of its own when scaled out. */
export const subgraphNames = ['user', 'graph', 'content', 'feed', 'engagement', 'messaging'] as const
export type SubgraphName = (typeof subgraphNames)[number]

/** What the supergraph is made of: the six, and the gateway's own root fields (`node`, `serverInfo`), which never leave its process. */
export const schemaParts = [...subgraphNames, 'gateway'] as const
export type SchemaPart = (typeof schemaParts)[number]

/** Text of one of the files in this folder, such as `supergraph.graphql`. */
export function readSchemaFile(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')
}

/** A subgraph's whole SDL: what all share, then its own. */
export function subgraphSdl(name: SchemaPart): DocumentNode {
  return parse(`${readSchemaFile('common.graphql')}\n${readSchemaFile(`${name}.graphql`)}`)
}
