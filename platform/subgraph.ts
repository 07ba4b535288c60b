// What the six subgraphs share: how one is declared, started, given a context for each request, and served alone over HTTP.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLError, GraphQLSchema } from 'graphql'
import type { Db } from 'mongodb'
import { AppError } from '#schema/errors.ts'
import { type DomainEvent, type EventName, eventRow, events, type UnitName } from '#schema/events.ts'
import { type SubgraphName, subgraphSdl } from '#schema/sdl.ts'
import type { LiveRoot } from '#schema/streams.ts'
import { serveAdminOf } from './admin.ts'
import { showBacklog } from './backlog.ts'
import { type ConsumerHandlers, prepareConsumers, startConsumers } from './bus.ts'
import { type Chore, startChores } from './chores.ts'
import { createDocumentCache } from './document-cache.ts'
import { publicError } from './errors.ts'
import { createExecutor, type Executor, formatResult } from './execution.ts'
import type { Limits } from './limits.ts'
import type { Log } from './log.ts'
import { showOperations } from './metrics.ts'
import type { Transact } from './mongo.ts'
import { mutate, mutationScope, prepareIdempotency, type UserErrorShape } from './mutation.ts'
import { prepareOutbox, startRelay } from './outbox.ts'
import type { Cursors } from './page.ts'
import { prepareJobs } from './queue.ts'
import { scalars } from './scalars.ts'
import type { Signer } from './secrets.ts'
import { listenOn, type Platform, runProcess } from './service.ts'
import { countAct } from './velocity.ts'
import { requireSignedIn, type SignedIn, type Viewer, verifyViewer, viewerHeader } from './viewer.ts'
import { createVisibility, type Visibility } from './visibility.ts'

/** One request: who asks, and the policy for him. In one process all subgraphs share it, and so what it has loaded. */
export interface RequestScope {
  viewer: Viewer
  visibility: Visibility
  /** Whether what others changed within the last half second may be missing: in queries, and never in what a change is answered with. */
  recent: boolean
}

/** What every resolver has at hand; each subgraph adds its store and loaders. */
export interface BaseContext<P extends SubgraphName> extends RequestScope {
  db: Db
  transact: Transact<P>
  cursors: Cursors
  log: Log
  /** Signs the inputs of mutations that have an idempotency key. */
  inputs: Signer
  limits: Limits
  /** Whether its mutations can change what the policy decides by. */
  ownsFacts: boolean
}

/** A subgraph, as its `main.ts` declares it. */
export interface SubgraphDefinition<P extends SubgraphName, C extends BaseContext<P>> {
  name: P
  resolvers: object
  /** Creates the subgraph's indexes; repeated at every start. */
  prepare(db: Db): Promise<void>
  /** Builds what lives as long as the process (what has to be stopped goes on `stack`), and says how a request's context is made from it. */
  start(
    platform: Platform,
    stack: AsyncDisposableStack,
  ): {
    context(base: BaseContext<P>): C
    consumers: P extends UnitName ? ConsumerHandlers<P> : Record<string, never>
    /** What it does by itself, again and again. */
    chores?: readonly Chore[]
  }
}

/** Whose rows the published facts are made of. */
const factOwners: ReadonlySet<SubgraphName> = new Set(['user', 'graph', 'content'])

/** A started subgraph. */
export interface RunningSubgraph {
  name: SubgraphName
  schema: GraphQLSchema
  execute: Executor
  contextFor(request: RequestScope): object
  format(error: GraphQLError): GraphQLError
}

/** A request's scope for a viewer. */
export function createRequest(platform: Platform, viewer: Viewer, recent = false): RequestScope {
  const visibility = createVisibility(platform.facts, viewer.userId, () => platform.now())
  return { viewer, visibility, recent }
}

/** Creates the collections and indexes of a subgraph's database where they are missing. */
export async function prepareSubgraph(
  platform: Pick<Platform, 'db'>,
  { name, prepare }: Pick<SubgraphDefinition<SubgraphName, never>, 'name' | 'prepare'>,
): Promise<void> {
  const db = platform.db(name)
  await Promise.all([
    prepareOutbox(db),
    prepareConsumers(db),
    prepareIdempotency(db),
    prepareJobs(db),
    prepare(db),
  ])
}

/** Prepares a subgraph's database, starts its relay and its consumers, and makes it ready to execute. */
export async function startSubgraph<P extends SubgraphName, C extends BaseContext<P>>(
  platform: Platform,
  definition: SubgraphDefinition<P, C>,
  stack: AsyncDisposableStack,
): Promise<RunningSubgraph> {
  const { name } = definition
  const log = platform.log.child({ subgraph: name })
  await prepareSubgraph(platform, definition)
  showBacklog(platform, name)
  const parts = definition.start(platform, stack)
  const publishes = (Object.keys(events) as EventName[]).some((event) => eventRow(event).publisher === name)
  if (publishes) {
    const relay = startRelay(platform, name)
    platform.onCommit(name, relay.wake)
    stack.defer(() => relay.stop())
  }
  const consumers = await startConsumers(
    {
      jetstream: platform.jetstream,
      db: platform.db(name),
      namespace: platform.config.namespace,
      log,
      metrics: platform.metrics,
    },
    parts.consumers as ConsumerHandlers<UnitName>,
  )
  stack.defer(() => consumers.stop())
  const chores = startChores(platform.config.chores ? (parts.chores ?? []) : [], log)
  stack.defer(() => chores.stop())

  const schema = buildSubgraphSchema({
    typeDefs: subgraphSdl(name),
    resolvers: { ...scalars, ...definition.resolvers } as never,
  })
  const shared = {
    ...mutationScope(platform, name),
    ownsFacts: factOwners.has(name),
    cursors: platform.cursors,
    log,
    limits: platform.limits,
  }
  return {
    name,
    schema,
    execute: createExecutor(schema),
    contextFor: (request) => parts.context({ ...request, ...shared }),
    format: (error) => publicError(error, log),
  }
}

/**
 * A signed-in viewer's mutation: `work` runs with his id and a `transact` that honours his idempotency key; `present` shapes
 * the payload. Refusals become `userErrors`.
 */
export function viewerMutation<P extends SubgraphName, R, Payload extends object>(
  context: BaseContext<P>,
  name: string,
  input: { idempotencyKey?: string | null | undefined },
  work: (viewer: SignedIn, transact: Transact<P>) => Promise<R>,
  present: (result: R) => Payload | Promise<Payload>,
): Promise<Partial<Payload> & { userErrors: UserErrorShape[] }> {
  const viewer = requireSignedIn(context.viewer)
  return mutate(
    context,
    { name, actor: viewer.userId, input },
    async (transact) => {
      await refuseAtRest(context, name)
      await limitActs(context, name)
      return work(viewer, transact)
    },
    async (result) => {
      // What this request had loaded may be what the mutation changed.
      if (context.ownsFacts) context.visibility.forget()
      return present(result)
    },
  )
}

/** What an account may do that is not in use: take its deletion back, and leave. */
const mutationsAtRest: ReadonlySet<string> = new Set([
  'cancelAccountDeletion',
  'signOut',
  'revokeSession',
  'revokeOtherSessions',
  'requestDataExport',
  'updateConsents',
])

/**
 * An account on its way out may be signed in to, and the sessions of a suspended one end a moment after its suspension: in
 * either case it acts no more. Throws FORBIDDEN.
 */
export async function refuseAtRest(
  { viewer, visibility }: Pick<RequestScope, 'viewer' | 'visibility'>,
  mutation: string,
): Promise<void> {
  if (viewer.userId === null || mutationsAtRest.has(mutation)) return
  const account = await visibility.account(viewer.userId)
  if (account && account.status !== 'ACTIVE') throw new AppError('FORBIDDEN', 'This account is not in use.')
}

/** Counts what the viewer does by the trust in his account. Throws RATE_LIMITED. */
async function limitActs(
  { viewer, visibility, limits }: Pick<BaseContext<SubgraphName>, 'viewer' | 'visibility' | 'limits'>,
  mutation: string,
): Promise<void> {
  const account = viewer.userId === null ? null : await visibility.account(viewer.userId)
  if (account) await countAct(limits, account, mutation, Date.now())
}

/**
 * Resolver of a subscription field. `authorize` throws unless the viewer may listen; it is asked at the start and again for
 * each event, which `resolve` turns into the field's value, or null when it is not for this viewer.
 */
export function live<N extends EventName, A, C, R>(field: {
  authorize: (args: A, context: C) => Promise<unknown>
  resolve: (event: DomainEvent<N>, cursor: string, args: A, context: C) => Promise<R | null>
}) {
  return {
    // Sockets end at the gateway, which executes the field once an event: nobody subscribes here.
    subscribe: (): never => {
      throw new Error('subscriptions are executed by the gateway, an event at a time')
    },
    async resolve(root: LiveRoot<N>, args: A, context: C): Promise<R | null> {
      await field.authorize(args, context).catch(asRequestError)
      return root.event && root.cursor !== null ? field.resolve(root.event, root.cursor, args, context) : null
    },
  }
}

/** There is no payload around a subscription to hold a refusal: what is absent or hidden is FORBIDDEN, both alike. */
function asRequestError(error: unknown): never {
  if (error instanceof AppError && error.code === 'NOT_FOUND') throw new AppError('FORBIDDEN', error.message)
  throw error
}

/** The process of one subgraph alone. */
export function runSubgraph<P extends SubgraphName, C extends BaseContext<P>>(
  definition: SubgraphDefinition<P, C>,
): Promise<void> {
  return runProcess(definition.name, async (platform, stack) => {
    const { port } = await serveSubgraph(platform, await startSubgraph(platform, definition, stack), stack)
    platform.log.info({ port, adminUrl: await serveAdminOf(platform, stack) }, 'ready')
  })
}

/** Bytes of one request from the gateway at most: a page of representations is far below. */
const maxBody = 4 * 1024 * 1024

/**
 * Serves a subgraph alone. Only our gateway gets an answer: every request carries the viewer in a signed header, so the
 * port is worth nothing to anyone else.
 */
export async function serveSubgraph(
  platform: Platform,
  subgraph: RunningSubgraph,
  stack: AsyncDisposableStack,
): Promise<{ port: number }> {
  const signer = platform.signer('viewer')
  const documents = createDocumentCache()
  // As a gateway says it of the operations that it has prepared.
  showOperations(platform.metrics, documents)
  const answer = (response: ServerResponse, status: number, body: object) => {
    const text = JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text)
  }
  const refuse = (response: ServerResponse, status: number, code: string, message: string) =>
    answer(response, status, { errors: [{ message, extensions: { code } }] })

  const server = createServer(async (request, response) => {
    if (request.url === '/healthz') return answer(response, 200, { status: 'ok' })
    const header = request.headers[viewerHeader] as string | undefined
    // Who has none is nobody of ours: nothing of his is read.
    const text = header === undefined ? null : await readBody(request).catch(() => null)
    const viewer = text === null ? null : verifyViewer(signer, header, text)
    if (!viewer || text === null) return refuse(response, 401, 'UNAUTHENTICATED', 'Ask the gateway.')
    try {
      const body = JSON.parse(text) as {
        query: string
        operationName?: string
        variables?: Record<string, unknown>
        extensions?: { live?: { cursor: string | null; event: (DomainEvent & { at: string | Date }) | null } }
      }
      const live = body.extensions?.live
      const result = await subgraph.execute({
        document: documents.parsed(body.query),
        operationName: body.operationName,
        variables: body.variables,
        rootValue: live && { ...live, event: live.event && { ...live.event, at: new Date(live.event.at) } },
        context: subgraph.contextFor(createRequest(platform, viewer)),
      })
      answer(response, 200, formatResult(result, subgraph.format))
    } catch (error) {
      platform.log.warn({ error: String(error) }, 'unreadable request')
      refuse(response, 400, 'BAD_REQUEST', 'The request could not be read.')
    }
  })
  const port = await listenOn(server, platform.config)
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBody) throw new Error('request too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
