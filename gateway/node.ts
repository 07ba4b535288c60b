import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { buildSubgraphSchema } from '@apollo/subgraph'
import DataLoader from 'dataloader'
import { type GraphQLError, parse } from 'graphql'
import { publicError } from '#platform/errors.ts'
import { createExecutor } from '#platform/execution.ts'
import type { Log } from '#platform/log.ts'
import { scalars } from '#platform/scalars.ts'
import { AppError, type RequestErrorCode, requestErrorCodes } from '#schema/errors.ts'
import { type EntityName, entities, entityOf } from '#schema/ids.ts'
import { holds } from '#schema/scopes.ts'
import { subgraphSdl } from '#schema/sdl.ts'
import type { Charge } from './cost.ts'
import type { Budget } from './cost-bucket.ts'
import type { SubgraphError } from './executor/errors.ts'
import { localSource } from './executor/local-source.ts'
import { isJson } from './executor/merge.ts'
import type { DataSource, SubgraphResult } from './executor/sources.ts'

interface Reference {
  readonly __typename: EntityName
  readonly id: string
}

type ReferenceLoader = DataLoader<string, Reference | null>

const maxNodes = 100

/** Asks an entity's owner whether it is there for this viewer: it answers null for what is hidden. */
const query =
  'query Node($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }'
const document = parse(query)

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

/** What a request costs and what is left, as `Query.rateLimit` tells it. */
export type RateLimit = Charge & Budget

interface Context {
  readonly request: object
  readonly loader: ReferenceLoader
  readonly rateLimit: () => Promise<RateLimit>
}

/**
 * The gateway's own part of the graph: `node`, `nodes`, `serverInfo` and `rateLimit`. An id says which subgraph owns what it names, and
 * that subgraph's policy decides, even when nothing but the id is asked for.
 *
 * @param owners the sources of all subgraphs; read when the first id is looked up.
 * @param rateLimit what a request costs, and what its viewer has left.
 * @param heldBy the scopes of the app that asks; null for our own clients. An id is looked up with its type's.
 * @param others resolvers of the types but Query; their context has the `request`.
 */
export function gatewaySource<C extends object>(
  supergraph: string,
  owners: ReadonlyMap<string, DataSource<C>>,
  log: Log,
  rateLimit: (request: C) => Promise<RateLimit>,
  heldBy: (request: C) => readonly string[] | null,
  others: object = {},
): DataSource<C> {
  const schemaHash = createHash('sha256').update(supergraph).digest('hex')
  const resolvers = {
    Query: {
      node: (_: unknown, { id }: { id: string }, { loader }: Context) => loader.load(id),
      nodes: (_: unknown, { ids }: { ids: string[] }, { loader }: Context) => {
        if (ids.length > maxNodes) {
          throw new AppError('BAD_USER_INPUT', `\`ids\` may have ${maxNodes} elements.`, { field: ['ids'] })
        }
        return ids.map((id) => loader.load(id))
      },
      serverInfo: () => ({ version, schemaHash }),
      rateLimit: (_: unknown, _args: unknown, context: Context) => context.rateLimit(),
    },
  }
  const schema = buildSubgraphSchema({
    typeDefs: subgraphSdl('gateway'),
    resolvers: { ...scalars, ...others, ...resolvers } as never,
  })
  return localSource<C>({
    execute: createExecutor(schema),
    contextFor: (request): Context => ({
      request,
      loader: createReferenceLoader(owners, request, log, heldBy(request)),
      rateLimit: () => rateLimit(request),
    }),
    format: (error: GraphQLError) => publicError(error, log),
  })
}

function createReferenceLoader<C extends object>(
  owners: ReadonlyMap<string, DataSource<C>>,
  request: C,
  log: Log,
  held: readonly string[] | null,
): ReferenceLoader {
  const ask = async (source: DataSource<C>, representations: unknown[]): Promise<SubgraphResult> => {
    try {
      return await source.process({ document, query, variables: { representations } }, request)
    } catch (error) {
      log.warn({ error: String(error) }, 'a subgraph failed')
      return { data: null }
    }
  }
  return new DataLoader(async (ids) => {
    /** What owners answered; a failure to answer is no absence. */
    const found = new Map<string, Reference | Error>()
    const asked = Map.groupBy(new Set(ids), (id) => {
      const type = entityOf(id)
      if (!type) return null
      const { owner, scope } = entities[type]
      if (holds(held, [[scope]])) return owner
      found.set(
        id,
        new AppError('FORBIDDEN', `The app may not look up this id: it needs the scope ${scope}.`),
      )
      return null
    })
    await Promise.all(
      [...asked].map(async ([owner, own]) => {
        const source = owner && owners.get(owner)
        if (!source) return
        const references = own.map((id) => ({ __typename: entityOf(id) as EntityName, id }))
        const representations = references.map((reference) => ({ ...reference, lookup: true }))
        const { data, errors = [] } = await ask(source, representations)
        const visible = isJson(data) && Array.isArray(data._entities) ? data._entities : null
        for (const [i, reference] of references.entries()) {
          const failed = errors.find(({ path }) => path?.[1] === i)
          if (visible?.[i]) found.set(reference.id, reference)
          else if (failed || !visible) found.set(reference.id, failureOf(failed))
        }
      }),
    )
    return ids.map((id) => found.get(id) ?? null)
  })
}

/** What an owner's failure is for the client: its own code, or else that it is away. */
function failureOf(error: SubgraphError | undefined): AppError {
  const code = error?.extensions?.code
  return error && requestErrorCodes.some((known) => known === code)
    ? new AppError(code as RequestErrorCode, error.message)
    : new AppError('SERVICE_UNAVAILABLE', 'This part of the service is unavailable at the moment.')
}
