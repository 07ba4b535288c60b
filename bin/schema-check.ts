// Which registered documents would a schema break? `heliograph schema check` runs this.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildSchema, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from 'graphql'
import { createApps } from '#platform/apps.ts'
import { readDatabaseConfig } from '#platform/config.ts'
import { connectMongo, databaseName } from '#platform/mongo.ts'
import type { Manifest } from '#schema/manifest.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import { readManifest } from '../gateway/documents-manifest.ts'
import { webClient } from '../gateway/documents-modes.ts'
import { checkDocument } from '../gateway/documents-registry.ts'
import { createDocumentsStore } from '../gateway/documents-store.ts'
import { createExecutor } from '../gateway/executor/executor.ts'
import { loadSupergraph } from '../gateway/executor/supergraph.ts'

/** A document, and whose it is. */
export interface KnownDocument {
  readonly owner: string
  readonly name: string
  readonly text: string
  /** What its app may ask for; null when it is one of our own. */
  readonly scopes: readonly string[] | null
}

/** What is wrong with a document, a line each. */
type Check = (document: KnownDocument) => string[]

/**
 * What is wrong with each document that the schema breaks, a line each. Against a supergraph a document is validated, counted and
 * planned as when it is registered, with the scopes of its app; against an API schema, which has no plans, it is validated.
 */
export function brokenDocuments(sdl: string, documents: Iterable<KnownDocument>): string[] {
  const check = sdl.includes('@join__type') ? planning(sdl) : validating(buildSchema(sdl))
  return [...documents].flatMap((document) =>
    check(document).map((problem) => `${document.owner}: ${document.name}: ${problem}`),
  )
}

function validating(schema: GraphQLSchema): Check {
  return ({ text }) => {
    try {
      return validate(schema, parse(text), specifiedRules, { maxErrors: 5 }).map(({ message }) => message)
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      return [error.message]
    }
  }
}

function planning(supergraph: string): Check {
  const never = { process: () => Promise.reject(new Error('Nothing is asked here')) }
  const executor = createExecutor({
    supergraph,
    sources: new Map(loadSupergraph(supergraph).subgraphs.map(({ name }) => [name, never])),
  })
  return ({ name, text, scopes }) => {
    const checked = checkDocument(executor, { documentId: name, text }, scopes)
    return 'problem' in checked ? [checked.problem.message] : []
  }
}

async function* knownDocuments(files: readonly string[]): AsyncGenerator<KnownDocument> {
  const { operations } = JSON.parse(readSchemaFile('operations.manifest.json')) as Manifest
  for (const { name, body } of operations) yield { owner: 'our own clients', name, text: body, scopes: null }
  for (const file of files) {
    const documents = readManifest(await readFile(file, 'utf8'))
    if (typeof documents === 'string') throw new Error(`${file}: ${documents}`)
    for (const { documentId, text } of documents) yield { owner: file, name: documentId, text, scopes: null }
  }
  const config = readDatabaseConfig()
  if (!config) {
    process.stderr.write('MONGODB_URI is not set: the documents of apps are not checked.\n')
    return
  }
  const mongo = await connectMongo(config.mongodbUri)
  try {
    const store = createDocumentsStore(mongo.db(databaseName(config.namespace, 'user')))
    const apps = createApps(mongo, config.namespace)
    for await (const { appId, version, documents } of store.eachManifest()) {
      const scopes = appId === webClient ? null : ((await apps.find(appId))?.scopes ?? [])
      for (const { name, documentId, text } of documents)
        yield { owner: `${appId} ${version}`, name: name ?? documentId, text, scopes }
    }
  } finally {
    await mongo.close()
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { schema: { type: 'string' }, manifest: { type: 'string', multiple: true, default: [] } },
  })
  const file = values.schema ?? fileURLToPath(new URL('../schema/supergraph.graphql', import.meta.url))
  const documents = await Array.fromAsync(knownDocuments(values.manifest))
  const broken = brokenDocuments(await readFile(file, 'utf8'), documents)
  for (const line of broken) process.stderr.write(`${line}\n`)
  process.stdout.write(`${documents.length} documents, ${broken.length} problems.\n`)
  if (broken.length > 0) process.exitCode = 1
}
