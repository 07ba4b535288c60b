// The gateway's part of `App`: its documents and what it does; and the mutation that publishes documents.
import type { AppRow, Apps } from '#platform/apps.ts'
import { createLoader } from '#platform/loader.ts'
import type { Transact } from '#platform/mongo.ts'
import { type MutationScope, mutate } from '#platform/mutation.ts'
import { pageSize } from '#platform/page.ts'
import { type RequestScope, refuseAtRest } from '#platform/subgraph.ts'
import { textOf } from '#platform/validate.ts'
import { requireSignedIn, type SignedIn, type Viewer } from '#platform/viewer.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { AppUsage } from './app-usage.ts'
import type { CostBuckets } from './cost-bucket.ts'
import { readManifest } from './documents-manifest.ts'
import { checkDocuments, type DocumentProblem } from './documents-registry.ts'
import type { DocumentHead, DocumentsStore, ManifestHead } from './documents-store.ts'
import { OperationError } from './executor/errors.ts'
import type { Executor } from './executor/executor.ts'

export interface DocumentsGraphOptions<C extends object> {
  readonly apps: Apps
  readonly store: DocumentsStore
  readonly usage: Pick<AppUsage, 'flush'>
  readonly costs: Pick<CostBuckets, 'take'>
  /** Of the database that `store` is in: idempotency keys are kept there. */
  readonly writing: MutationScope<'user'>
  /** The executor that these resolvers are a part of. */
  readonly executor: () => Pick<Executor<C>, 'prepare' | 'restrict'>
}

interface Context {
  readonly request: Pick<RequestScope, 'viewer' | 'visibility'>
}

interface PublishInput {
  appId: string
  version?: string | null
  manifest?: string | null
  idempotencyKey?: string | null
}

const maxManifest = 900_000
const maxDays = 90
/** Problems that an answer lists. */
const maxProblems = 100

/** What became of a call; nothing is published where there are problems. */
interface Published {
  manifest: ManifestHead | null
  problems: readonly DocumentProblem[]
  problemCount: number
}

/** Resolvers of `Mutation.publishDocuments`, `App.manifests` and `App.usage`. */
export function documentResolvers<C extends object>(options: DocumentsGraphOptions<C>): object {
  const { apps, store, usage, costs, executor, writing } = options

  /** The viewer's own app; null for anything else. */
  const ownApp = async (appId: string, { userId }: Viewer): Promise<AppRow | null> => {
    const app = isId(appId, 'app') && userId !== null ? await apps.find(appId) : null
    return app && app.ownerId === userId ? app : null
  }

  /** Takes a point for each document: planning one is the work of a request. Throws RATE_LIMITED. */
  const pay = async (viewer: Viewer, documents: readonly unknown[]): Promise<void> => {
    try {
      await costs.take(viewer, documents.length)
    } catch (error) {
      if (!(error instanceof OperationError) || error.retryAfterMs === undefined) throw error
      const { retryAfterMs } = error
      throw new AppError(error.code, error.errors[0]?.message ?? 'Too many requests.', { retryAfterMs })
    }
  }

  /** Saves a version, unless the app was deleted while it was planned, and its documents taken away before this one. */
  const save = async (row: Parameters<DocumentsStore['saveManifest']>[0]): Promise<ManifestHead> => {
    const saved = await store.saveManifest(row)
    if (await apps.find(row.appId)) return saved
    await store.removeManifests(row.appId)
    throw notFound(['input', 'appId'])
  }

  const publish = async (
    { appId, ...input }: PublishInput,
    viewer: SignedIn,
    transact: Transact<'user'>,
  ): Promise<Published> => {
    const version = textOf(input.version ?? '', { field: 'version', min: 1, max: 64 })
    const text = textOf(input.manifest ?? '', { field: 'manifest', min: 1, max: maxManifest })
    const documents = readManifest(text)
    if (typeof documents === 'string')
      throw new AppError('INVALID', documents, { field: ['input', 'manifest'] })
    const app = await ownApp(appId, viewer)
    if (!app) throw notFound(['input', 'appId'])
    await pay(viewer, documents)
    const { rows, problems } = await checkDocuments(executor(), app.scopes, documents)
    const row = {
      _id: `${app._id}:${version}`,
      appId: app._id,
      version,
      publishedAt: new Date(),
      documents: rows,
    }
    // A version is replaced whole, so that a save outside of the transaction may be repeated.
    return transact(async () => ({
      manifest: problems.length === 0 ? await save(row) : null,
      problems: problems.slice(0, maxProblems),
      problemCount: problems.length,
    }))
  }

  const loaderOf = (first: number) => createLoader((ids) => store.listDocuments(ids, first))
  /** Of each request, by how many documents of a version it asks for. */
  const loaders = new WeakMap<object, Map<number, ReturnType<typeof loaderOf>>>()
  const documentsOf = async (id: string, first: number, request: object): Promise<DocumentHead[]> => {
    const own = loaders.get(request) ?? new Map<number, ReturnType<typeof loaderOf>>()
    loaders.set(request, own)
    const loader = own.get(first) ?? loaderOf(first)
    own.set(first, loader)
    return (await loader.load(id))?.documents ?? []
  }

  return {
    Mutation: {
      async publishDocuments(_: unknown, { input }: { input: PublishInput }, { request }: Context) {
        const viewer = requireSignedIn(request.viewer)
        const answer = await mutate(
          writing,
          { name: 'publishDocuments', actor: viewer.userId, input },
          async (transact) => {
            await refuseAtRest(request, 'publishDocuments')
            return publish(input, viewer, transact)
          },
          (published) => published,
        )
        const { manifest = null, problems = [], problemCount = 0, userErrors } = answer
        if (problemCount > 0) {
          const message = `${problemCount} of the documents cannot be registered; nothing was published.`
          userErrors.push({ code: 'INVALID', message, field: ['input', 'manifest'] })
        }
        return { manifest, documentErrors: problems, userErrors }
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
      documents({ _id }: ManifestHead, { first }: { first: number }, { request }: Context) {
        if (first < 1 || first > 1_000)
          throw new AppError('BAD_USER_INPUT', '`first` must be 1–1,000.', { field: ['first'] })
        return documentsOf(_id, first, request)
      },
    },
  }
}
