// Manifests of documents, in the forms that clients' tools write.
import { isJson } from './executor/merge.ts'

/** A document of a manifest. */
export interface ManifestDocument {
  /** What the app asks with. */
  readonly documentId: string
  readonly text: string
}

const maxDocuments = 1_000
/** Characters of an id. No longer one is registered. */
export const maxDocumentId = 128

/**
 * Reads a manifest: Apollo's (`{ format: "apollo-persisted-query-manifest", version: 1, operations: [{ id, body }] }`), or a map of
 * ids to documents as the Relay compiler and GraphQL Codegen's client preset write it.
 *
 * @returns a sentence when it is none.
 */
export function readManifest(text: string): readonly ManifestDocument[] | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'The manifest is not JSON.'
  }
  if (!isJson(value)) return 'The manifest must be an object.'
  const documents = 'format' in value ? apolloDocuments(value) : mapDocuments(value)
  if (typeof documents === 'string') return documents
  if (documents.length === 0) return 'The manifest has no documents.'
  if (documents.length > maxDocuments) return `A manifest may have ${maxDocuments} documents.`
  const ids = new Set<string>()
  for (const { documentId } of documents) {
    if (documentId === '' || documentId.length > maxDocumentId)
      return `An id has 1–${maxDocumentId} characters.`
    if (ids.has(documentId)) return 'An id stands for two documents.'
    ids.add(documentId)
  }
  return documents
}

function apolloDocuments(manifest: Record<string, unknown>): ManifestDocument[] | string {
  const { format, version, operations } = manifest
  if (format !== 'apollo-persisted-query-manifest' || version !== 1 || !Array.isArray(operations))
    return 'The manifest has a `format`, and is not Apollo’s of version 1.'
  const documents: ManifestDocument[] = []
  for (const one of operations as unknown[]) {
    if (!isJson(one) || typeof one.id !== 'string' || typeof one.body !== 'string')
      return 'An operation needs an `id` and a `body`.'
    documents.push({ documentId: one.id, text: one.body })
  }
  return documents
}

function mapDocuments(manifest: Record<string, unknown>): ManifestDocument[] | string {
  const documents: ManifestDocument[] = []
  for (const [documentId, text] of Object.entries(manifest)) {
    if (typeof text !== 'string') return 'The manifest must map ids to documents.'
    documents.push({ documentId, text })
  }
  return documents
}
