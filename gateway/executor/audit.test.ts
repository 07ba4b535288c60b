// Every feature of federation that the public audit of gateways asks for, on graphs of our own.
import { type DocumentNode, validate } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { abstractFeatures } from './audit/abstract.ts'
import type { Feature } from './audit/feature.ts'
import { keyFeatures } from './audit/keys.ts'
import { ownershipFeatures } from './audit/ownership.ts'
import { requiresFeatures } from './audit/requires.ts'
import { siblingFeatures } from './audit/siblings.ts'
import { unionFeatures } from './audit/unions.ts'
import { OperationError } from './errors.ts'
import { createExecutor, type Executor } from './executor.ts'
import { compose, type FixtureContext, localSubgraph, type Subgraph, subgraphSchema } from './fixture.ts'
import { localSource } from './local-source.ts'
import type { Json } from './merge.ts'
import type { DataSource } from './sources.ts'

function executorFor({ subgraphs }: Feature): Executor<FixtureContext> {
  return createExecutor({
    supergraph: compose(subgraphs),
    sources: new Map(subgraphs.map((part) => [part.name, strict(part, localSource(localSubgraph(part)))])),
  })
}

/** A subgraph over HTTP refuses what is not valid by its own schema; one in process would not look. */
function strict(part: Subgraph, source: DataSource<FixtureContext>): DataSource<FixtureContext> {
  const schema = subgraphSchema(part)
  const valid = new WeakSet<DocumentNode>()
  return {
    process(request, context) {
      if (!valid.has(request.document)) expect(validate(schema, request.document)).toEqual([])
      valid.add(request.document)
      return source.process(request, context)
    },
  }
}

async function ask(executor: Executor<FixtureContext>, query: string, variables: Json) {
  try {
    return await executor.execute(executor.prepare(query), variables, { calls: new Map() })
  } catch (error) {
    if (error instanceof OperationError) return { errors: error.errors }
    throw error
  }
}

const features = [
  ...keyFeatures,
  ...requiresFeatures,
  ...abstractFeatures,
  ...unionFeatures,
  ...siblingFeatures,
  ...ownershipFeatures,
]

describe.each(features)('$name', (feature) => {
  let executor: Executor<FixtureContext>
  beforeAll(() => {
    executor = executorFor(feature)
  })

  test.each(feature.expectations)('$query', async ({ query, variables = {}, data, errors = false }) => {
    // The second time the subgraphs' operations are compiled.
    for (let i = 0; i < 2; i++) {
      const answer: { data?: unknown; errors?: readonly unknown[] } = await ask(executor, query, variables)
      expect(answer.errors ?? []).toEqual(errors ? expect.arrayContaining([expect.anything()]) : [])
      expect(answer.data ?? null).toEqual(data)
    }
  })
})
