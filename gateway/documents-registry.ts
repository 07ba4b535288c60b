// Documents that apps have registered, by app and version: checked when they are published, found when they are asked for.
import { type DocumentNode, getOperationAST } from 'graphql'
import type { AppRow } from '#platform/apps.ts'
import { chargeOf } from './cost.ts'
import { documentHash } from './documents.ts'
import type { ManifestDocument } from './documents-manifest.ts'
import type { RegisteredDocumentRow } from './documents-store.ts'
import { OperationError } from './executor/errors.ts'
import type { Executor } from './executor/executor.ts'

/** Characters of an operation's name that are kept. */
const maxName = 100

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
    const name = nameOf(prepared.document)
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

const nameOf = (document: DocumentNode): string | null =>
  getOperationAST(document)?.name?.value.slice(0, maxName) ?? null

/** Checks a version's documents, which takes milliseconds for each; others are served in between. */
export async function checkDocuments<C extends object>(
  executor: Pick<Executor<C>, 'prepare' | 'restrict'>,
  scopes: AppRow['scopes'],
  documents: readonly ManifestDocument[],
): Promise<{ rows: RegisteredDocumentRow[]; problems: DocumentProblem[] }> {
  const rows: RegisteredDocumentRow[] = []
  const problems: DocumentProblem[] = []
  for (const [i, document] of documents.entries()) {
    if (i % 10 === 9) await new Promise((resolve) => setImmediate(resolve))
    const checked = checkDocument(executor, document, scopes)
    if ('row' in checked) rows.push(checked.row)
    else problems.push(checked.problem)
  }
  return { rows, problems }
}
