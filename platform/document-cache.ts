import { type DocumentNode, parse } from 'graphql'
import { createSizedMap } from './sized-map.ts'

/** Parsed documents by their text: the gateway sends the same few thousand plans over and over. */
export interface DocumentCache {
  /** A document, always the same object as long as it is held: what it is compiled to hangs on it. */
  parsed(query: string): DocumentNode
  /** How many documents are held, and about how many bytes. */
  readonly count: number
  readonly bytes: number
}

const defaultMaxBytes = 128 * 1024 * 1024

/**
 * An empty cache. What clients select is in the plans' texts, so they choose how many there are and how long: the least recently
 * used ones are dropped when all together hold more than `maxBytes`.
 */
export function createDocumentCache(maxBytes = defaultMaxBytes): DocumentCache {
  const documents = createSizedMap<string, DocumentNode>(maxBytes)
  return {
    parsed(query) {
      const known = documents.get(query)
      if (known) return known
      const document = parse(query, { noLocation: true })
      documents.set(query, document, approximateBytes(query))
      return document
    },
    get count() {
      return documents.count
    },
    get bytes() {
      return documents.size
    },
  }
}

/** As measured: the tree takes 15 to 25 bytes a character, and the compiled program as much again and some thousand more. */
function approximateBytes(query: string): number {
  return 12_288 + 40 * query.length
}
