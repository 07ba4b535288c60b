// The gateway's part of `App`: its documents and what it does; and the mutation that publishes documents.
import type { AppRow, Apps } from '#platform/apps.ts'
import { pageSize } from '#platform/page.ts'
import { textOf } from '#platform/validate.ts'
import { requireSignedIn, type Viewer } from '#platform/viewer.ts'
import { AppError, isUserErrorCode, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { AppUsage } from './app-usage.ts'
import { readManifest } from './documents-manifest.ts'
import { type DocumentProblem, publishManifest } from './documents-registry.ts'
import type { DocumentsStore, ManifestRow } from './documents-store.ts'
import type { Executor } from './executor/executor.ts'

export interface DocumentsGraphOptions<C extends object> {
  readonly apps: Apps
  readonly store: DocumentsStore
  readonly usage: Pick<AppUsage, 'flush'>
  /** The executor that these resolvers are a part of. */
  readonly executor: () => Pick<Executor<C>, 'prepare' | 'restrict'>
}

interface Context {
  readonly request: { readonly viewer: Viewer }
}

interface PublishInput {
  appId: string
  version?: string | null
  manifest?: string | null
  idempotencyKey?: string | null
}

const maxManifest = 900_000
const maxDays = 90

/** Resolvers of `Mutation.publishDocuments`, `App.manifests` and `App.usage`. */
export function documentResolvers<C extends object>(options: DocumentsGraphOptions<C>): object {
  const { apps, store, usage, executor } = options

  /** The viewer's own app; null for anything else. */
  const ownApp = async (appId: string, { userId }: Viewer): Promise<AppRow | null> => {
    const app = isId(appId, 'app') && userId !== null ? await apps.find(appId) : null
    return app && app.ownerId === userId ? app : null
  }

  const publish = async (
    { appId, ...input }: PublishInput,
    viewer: Viewer,
  ): Promise<{ manifest: ManifestRow } | { problems: readonly DocumentProblem[] }> => {
    const key = input.idempotencyKey ?? 'none'
    if (key.length < 1 || key.length > 128)
      throw new AppError('INVALID', 'An idempotency key has 1–128 characters.', {
        field: ['input', 'idempotencyKey'],
      })
    const version = textOf(input.version ?? '', { field: 'version', min: 1, max: 64 })
    const text = textOf(input.manifest ?? '', { field: 'manifest', min: 1, max: maxManifest })
    const documents = readManifest(text)
    if (typeof documents === 'string')
      throw new AppError('INVALID', documents, { field: ['input', 'manifest'] })
    const app = await ownApp(appId, viewer)
    if (!app) throw notFound(['input', 'appId'])
    return publishManifest({ executor: executor(), store }, app, version, documents)
  }

  return {
    Mutation: {
      async publishDocuments(_: unknown, { input }: { input: PublishInput }, { request }: Context) {
        const viewer = requireSignedIn(request.viewer)
        try {
          const published = await publish(input, viewer)
          if ('manifest' in published)
            return { manifest: published.manifest, documentErrors: [], userErrors: [] }
          const count = published.problems.length
          const message = `${count} of the documents cannot be registered; nothing was published.`
          const refusal = { code: 'INVALID', message, field: ['input', 'manifest'] }
          return { manifest: null, documentErrors: published.problems.slice(0, 100), userErrors: [refusal] }
        } catch (error) {
          if (!(error instanceof AppError) || !isUserErrorCode(error.code)) throw error
          const { code, message, field } = error
          return { manifest: null, documentErrors: [], userErrors: [{ code, message, field }] }
        }
      },
    },
    App: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      async manifests({ id }: { id: string }, { first }: { first: number }, { request }: Context) {
        return (await ownApp(id, request.viewer)) ? store.listManifests(id, pageSize(first)) : null
      },
      async usage({ id }: { id: string }, { days }: { days: number }, { request }: Context) {
        if (days < 1 || days > maxDays)
          throw new AppError('BAD_USER_INPUT', `\`days\` must be 1–${maxDays}.`, { field: ['days'] })
        if (!(await ownApp(id, request.viewer))) return null
        await usage.flush()
        return store.listUsage(id, days)
      },
    },
    DocumentManifest: {
      documentCount: ({ documents }: ManifestRow) => documents.length,
      documents({ documents }: ManifestRow, { first }: { first: number }) {
        if (first < 1 || first > 1_000)
          throw new AppError('BAD_USER_INPUT', '`first` must be 1–1,000.', { field: ['first'] })
        return [...documents].sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)).slice(0, first)
      },
    },
  }
}
