// The named operations of schema/operations as a manifest, in the form that Apollo's tools write and read.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { concatAST, getOperationAST, parse, print, separateOperations } from 'graphql'

/** A document that clients may name instead of sending it. */
export interface ManifestEntry {
  /** SHA-256 of `body` in hexadecimal: clients ask with `documentId: "sha256:<id>"`. */
  readonly id: string
  readonly name: string
  readonly type: string
  /** The operation and the fragments that it uses. */
  readonly body: string
}

/** Apollo's persisted query manifest. */
export interface Manifest {
  readonly format: 'apollo-persisted-query-manifest'
  readonly version: 1
  readonly operations: readonly ManifestEntry[]
}

/** The manifest of all files in schema/operations. */
export function createManifest(): Manifest {
  const folder = new URL('operations/', import.meta.url)
  const files = readdirSync(folder).sort()
  const all = concatAST(files.map((file) => parse(readFileSync(new URL(file, folder), 'utf8'))))
  const operations = Object.entries(separateOperations(all)).map(([name, document]) => {
    const body = print(document)
    const type = getOperationAST(document)?.operation ?? 'query'
    return { id: createHash('sha256').update(body).digest('hex'), name, type, body }
  })
  return { format: 'apollo-persisted-query-manifest', version: 1, operations }
}
