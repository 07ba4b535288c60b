// Writes schema/operations.manifest.json: the named operations of schema/operations with their ids, as Apollo's tools write them.
// `node schema/manifest.ts` writes; `--check` only compares and exits 1 on drift.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { concatAST, getOperationAST, parse, print, separateOperations } from 'graphql'

/** Apollo's persisted query manifest, https://www.apollographql.com/docs/kotlin/advanced/persisted-queries. */
interface Manifest {
  readonly format: 'apollo-persisted-query-manifest'
  readonly version: 1
  readonly operations: readonly {
    /** SHA-256 of `body` in hexadecimal: clients ask with `documentId: "sha256:<id>"`. */
    readonly id: string
    readonly name: string
    readonly type: 'query' | 'mutation' | 'subscription'
    readonly body: string
  }[]
}

function createManifest(): Manifest {
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

if (import.meta.main) {
  const file = new URL('operations.manifest.json', import.meta.url)
  const text = `${JSON.stringify(createManifest(), null, 2)}\n`
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('schema/operations.manifest.json is out of date: run `npm run compose`.\n')
    process.exitCode = 1
  }
}
