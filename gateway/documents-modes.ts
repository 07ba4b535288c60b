// What clients may ask with: anything, what their app has registered, or that by its name alone.
import type { Apps } from '#platform/apps.ts'
import type { Viewer } from '#platform/viewer.ts'
import type { AppUsage } from './app-usage.ts'
import { type Documents, documentHash, type NamedDocument, namedDocument } from './documents.ts'
import { maxDocumentId } from './documents-manifest.ts'
import type { DocumentsStore } from './documents-store.ts'
import { OperationError } from './executor/errors.ts'
import type { GraphQLParameters } from './http-request.ts'
import { remember } from './remember.ts'

export interface DocumentModesOptions {
  /** The product's own documents, and those that clients have sent once. */
  readonly documents: Documents
  readonly apps: Apps
  readonly store: Pick<DocumentsStore, 'findText'>
  readonly usage: Pick<AppUsage, 'count'>
  /** Whether our web client, which says `extensions.client: "web"`, may only name its documents. All other clients of ours are in LOG. */
  readonly webRequiresId: boolean
}

/** What our web client's documents are registered as, in place of an app. */
export const webClient = 'web'

/** A change of mode, and a published document, count this much later at most. */
const modeMs = 1_000
const documentMs = 2_000

/** Documents under the mode of whoever asks. */
export function documentsByMode(options: DocumentModesOptions): Documents {
  const { documents, apps, store, usage, webRequiresId } = options
  const appOf = remember((appId) => apps.find(appId), modeMs)
  /** Keys are `<appId> <how> <name>`. */
  const registered = remember(async (key) => {
    const [appId = '', how, ...name] = key.split(' ')
    const value = name.join(' ')
    return store.findText(appId, how === 'hash' ? { hash: value } : { documentId: value })
  }, documentMs)
  const ofApp = async (appId: string, { hash, id }: NamedDocument): Promise<string | null> =>
    (hash === undefined ? null : await registered(`${appId} hash ${hash}`)) ??
    // A longer id is nobody's: it is not kept as a key, of any length that a client likes.
    (id === undefined || id.length > maxDocumentId ? null : await registered(`${appId} id ${id}`))

  const textForApp = async (parameters: GraphQLParameters, appId: string): Promise<string> => {
    const { query } = parameters
    const mode = (await appOf(appId))?.documentMode ?? 'REQUIRE_ID'
    if (mode === 'REQUIRE_ID' && query !== undefined) throw required()
    const named = namedDocument(parameters)
    if (query === undefined) {
      const text = await ofApp(appId, named)
      if (text !== null) return text
      if (mode === 'LOG') return documents.textOf(parameters, nobody)
      throw unknown()
    }
    const isRegistered = (await registered(`${appId} hash ${documentHash(query)}`)) !== null
    if (!isRegistered && mode === 'SAFELIST') throw required()
    if (!isRegistered) usage.count(appId, { unregistered: 1 })
    return documents.textOf(parameters, nobody)
  }

  const textForWeb = (parameters: GraphQLParameters): string | Promise<string> => {
    if (parameters.query !== undefined) {
      if (webRequiresId) throw required()
      return documents.textOf(parameters, nobody)
    }
    const { hash = '' } = namedDocument(parameters)
    // A page that was opened before the last release asks with the documents of its own.
    return documents.own(hash) ?? earlierWebText(hash)
  }
  const earlierWebText = async (hash: string): Promise<string> => {
    const text = await registered(`${webClient} hash ${hash}`)
    if (text === null) throw unknown()
    return text
  }

  return {
    textOf(parameters, viewer) {
      if (viewer.appId !== null) return textForApp(parameters, viewer.appId)
      if (parameters.extensions.client !== 'web') return documents.textOf(parameters, viewer)
      return textForWeb(parameters)
    },
    own: (hash) => documents.own(hash),
    // What an app sends is its own business; what it registers has been kept before.
    keep: (parameters, viewer) => (viewer.appId === null ? documents.keep(parameters, viewer) : undefined),
  }
}

const nobody = { appId: null } satisfies Pick<Viewer, 'appId'>

const required = () =>
  new OperationError('PERSISTED_QUERY_REQUIRED', [
    'This client may ask with registered documents only: register it, and send its `documentId`.',
  ])

const unknown = () => new OperationError('PERSISTED_QUERY_NOT_FOUND', ['PersistedQueryNotFound'])
