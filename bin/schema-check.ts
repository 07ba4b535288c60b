// Which registered documents would a schema break? `heliograph schema check` runs this.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildSchema, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from 'graphql'
import { readDatabaseConfig } from '#platform/config.ts'
import { connectMongo, databaseName } from '#platform/mongo.ts'
import type { Manifest } from '#schema/manifest.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import { readManifest } from '../gateway/documents-manifest.ts'
import { createDocumentsStore } from '../gateway/documents-store.ts'
import { loadSupergraph } from '../gateway/executor/supergraph.ts'

/** A document, and whose it is. */
export interface KnownDocument {
  readonly owner: string
  readonly name: string
  readonly text: string
}

/** What is wrong with each document that the schema breaks, a line each. */
export function brokenDocuments(schema: GraphQLSchema, documents: Iterable<KnownDocument>): string[] {
  const broken: string[] = []
  for (const { owner, name, text } of documents) {
    try {
      const errors = validate(schema, parse(text), specifiedRules, { maxErrors: 5 })
      broken.push(...errors.map(({ message }) => `${owner}: ${name}: ${message}`))
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      broken.push(`${owner}: ${name}: ${error.message}`)
    }
  }
  return broken
}

/** The schema that clients see, of the SDL of it or of a supergraph. */
export function readSchema(sdl: string): GraphQLSchema {
  return sdl.includes('@join__type') ? loadSupergraph(sdl).schema : buildSchema(sdl)
}

async function* knownDocuments(files: readonly string[]): AsyncGenerator<KnownDocument> {
  const { operations } = JSON.parse(readSchemaFile('operations.manifest.json')) as Manifest
  for (const { name, body } of operations) yield { owner: 'our own clients', name, text: body }
  for (const file of files) {
    const documents = readManifest(await readFile(file, 'utf8'))
    if (typeof documents === 'string') throw new Error(`${file}: ${documents}`)
    for (const { documentId, text } of documents) yield { owner: file, name: documentId, text }
  }
  const config = readDatabaseConfig()
  if (!config) {
    process.stderr.write('MONGODB_URI is not set: the documents of apps are not checked.\n')
    return
  }
  const mongo = await connectMongo(config.mongodbUri)
  try {
    const store = createDocumentsStore(mongo.db(databaseName(config.namespace, 'user')))
    for await (const { appId, version, documents } of store.eachManifest()) {
      for (const { name, documentId, text } of documents)
        yield { owner: `${appId} ${version}`, name: name ?? documentId, text }
    }
  } finally {
    await mongo.close()
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { schema: { type: 'string' }, manifest: { type: 'string', multiple: true, default: [] } },
  })
  const file = values.schema ?? fileURLToPath(new URL('../schema/api.graphql', import.meta.url))
  const schema = readSchema(await readFile(file, 'utf8'))
  const documents = await Array.fromAsync(knownDocuments(values.manifest))
  const broken = brokenDocuments(schema, documents)
  for (const line of broken) process.stderr.write(`${line}\n`)
  process.stdout.write(`${documents.length} documents, ${broken.length} problems.\n`)
  if (broken.length > 0) process.exitCode = 1
}
