// The same operation with the subgraphs in process: our executor, and Apollo Gateway over `LocalGraphQLDataSource`.
import { deepStrictEqual } from 'node:assert'
import { createExecutor } from '../gateway/executor/executor.ts'
import { compose, type FixtureContext, localSubgraph, stockGateway } from '../gateway/executor/fixture.ts'
import { localSource } from '../gateway/executor/local-source.ts'
import { cannedQuery, cannedSubgraphs, cannedVariables } from './canned/graph.ts'
import type { Contender, Figure } from './figure.ts'

const millis = 4_000

/** Opens the figure. */
export async function gatewayLocal(stack: AsyncDisposableStack): Promise<Figure> {
  const executor = createExecutor<FixtureContext>({
    supergraph: compose(cannedSubgraphs),
    sources: new Map(cannedSubgraphs.map((part) => [part.name, localSource(localSubgraph(part))])),
  })
  const stock = await stockGateway(cannedSubgraphs, () => ({}))
  stack.defer(() => stock.stop())
  const ours = async (): Promise<unknown> => {
    const prepared = executor.prepare(cannedQuery)
    const refused = prepared.checkVariables(cannedVariables)
    if (refused) throw refused
    return executor.execute(prepared, cannedVariables, { calls: new Map() })
  }
  const theirs = () => stock.run(cannedQuery, cannedVariables) as Promise<unknown>
  deepStrictEqual(JSON.parse(JSON.stringify(await theirs())), JSON.parse(JSON.stringify(await ours())))
  const contender = (name: string, run: () => Promise<unknown>): Contender => ({
    name,
    async measure() {
      for (let i = 0; i < 200; i++) await run()
      const started = performance.now()
      let count = 0
      while (performance.now() - started < millis) {
        await run()
        count += 1
      }
      const rate = (count * 1_000) / (performance.now() - started)
      return { rate, time: 1_000 / rate }
    },
  })
  return {
    name: 'gateway-local',
    what: 'A home feed of 20 posts over four subgraphs in the same process, one operation after the other, without HTTP.',
    units: { rate: 'operations/s', time: 'ms' },
    better: 'more',
    product: contender('our executor and its in-process data source', ours),
    baseline: contender('`@apollo/gateway` with `LocalGraphQLDataSource`', theirs),
    aim: 3,
  }
}
