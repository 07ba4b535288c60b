// Documents that apps have registered, by app and version: checked when they are published, found when they are asked for.
import { type DocumentNode, getOperationAST } from 'graphql'
import type { AppRow } from '#platform/apps.ts'
import { chargeOf } from './cost.ts'
import { documentHash } from './documents.ts'
import type { ManifestDocument } from './documents-manifest.ts'
import type { DocumentsStore, ManifestRow, RegisteredDocumentRow } from './documents-store.ts'
import { OperationError } from './executor/errors.ts'
import type { Executor } from './executor/executor.ts'

/** What is wrong with a document. */
export interface DocumentProblem {
  readonly documentId: string
  readonly name: string | null
  readonly code: string
  readonly message: string
}

/** A document that may be registered, or what is wrong with it. */
export type CheckedDocument = { readonly row: RegisteredDocumentRow } | { readonly problem: DocumentProblem }

/** Parses, validates, plans and costs a document as a request would, with the scopes of its app; null for our own clients. */
export function checkDocument<C extends object>(
  executor: Pick<Executor<C>, 'prepare' | 'restrict'>,
  { documentId, text }: ManifestDocument,
  scopes: readonly string[] | null,
): CheckedDocument {
  const problem = (name: string | null, code: string, message: string): CheckedDocument => ({
    problem: { documentId, name, code, message },
  })
  try {
    const prepared = executor.prepare(text)
    const name = prepared.name ?? nameOf(prepared.document)
    const restricted = scopes === null ? prepared : executor.restrict(prepared, scopes)
    const [lacking] = restricted.forbidden ?? []
    if (lacking) return problem(name, 'FORBIDDEN', lacking.error.message)
    const { cost, nodeCount } = chargeOf(prepared, {})
    return { row: { documentId, hash: documentHash(text), name, text, cost, nodeCount } }
  } catch (error) {
    if (!(error instanceof OperationError)) throw error
    return problem(null, error.code, error.errors.map(({ message }) => message).join(' '))
  }
}

const nameOf = (document: DocumentNode): string | null => getOperationAST(document)?.name?.value ?? null

/** Checks a version's documents; publishes them when all are good. */
export async function publishManifest<C extends object>(
  deps: { executor: Pick<Executor<C>, 'prepare' | 'restrict'>; store: Pick<DocumentsStore, 'saveManifest'> },
  app: Pick<AppRow, '_id' | 'scopes'>,
  version: string,
  documents: readonly ManifestDocument[],
): Promise<{ manifest: ManifestRow } | { problems: readonly DocumentProblem[] }> {
  const rows: RegisteredDocumentRow[] = []
  const problems: DocumentProblem[] = []
  for (const [i, document] of documents.entries()) {
    // Planning takes milliseconds each: others are served in between.
    if (i % 10 === 9) await new Promise((resolve) => setImmediate(resolve))
    const checked = checkDocument(deps.executor, document, app.scopes)
    if ('row' in checked) rows.push(checked.row)
    else problems.push(checked.problem)
  }
  if (problems.length > 0) return { problems }
  const manifest: ManifestRow = {
    _id: `${app._id}:${version}`,
    appId: app._id,
    version,
    publishedAt: new Date(),
    documents: rows,
  }
  await deps.store.saveManifest(manifest)
  return { manifest }
}
