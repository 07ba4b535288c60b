// A subgraph by itself, as the gateway asks it, without the gateway.
import type { DocumentNode } from 'graphql'
import type { AccountRow } from '#platform/accounts.ts'
import type { Config } from '#platform/config.ts'
import type { Platform } from '#platform/service.ts'
import {
  type BaseContext,
  createRequest,
  type SubgraphDefinition,
  startSubgraph,
} from '#platform/subgraph.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { testPlatform } from '../tests/platform.ts'
import { accountRow } from '../tests/rows.ts'

export interface OpenSubgraph {
  platform: Platform
  /** Disposed with the platform, and before it. */
  stack: AsyncDisposableStack
  /** Executes a document for somebody. Throws when anything of it is refused. */
  execute(userId: string, document: DocumentNode, variables: Record<string, unknown>): Promise<void>
  /** Makes so many accounts, and answers their ids. */
  accounts(count: number): Promise<string[]>
}

/** Starts a subgraph on a platform that nobody else uses. */
export async function openSubgraph<P extends SubgraphName, C extends BaseContext<P>>(
  stack: AsyncDisposableStack,
  definition: SubgraphDefinition<P, C>,
  change: Partial<Config> = {},
): Promise<OpenSubgraph> {
  const { platform, stack: platformStack } = await testPlatform(change)
  stack.defer(() => platformStack.disposeAsync())
  const subgraph = await startSubgraph(platform, definition, platformStack)
  return {
    platform,
    stack: platformStack,
    async execute(userId, document, variables) {
      const viewer = { userId, sessionId: 'session_1', ip: '', userAgent: null, appId: null, scopes: null }
      const context = subgraph.contextFor(createRequest(platform, viewer))
      const { data, errors } = await subgraph.execute({ document, variables, context })
      if (errors || JSON.stringify(data).includes('"code"')) throw new Error(JSON.stringify({ data, errors }))
    },
    async accounts(count) {
      const rows = Array.from({ length: count }, () => accountRow())
      await platform.db('user').collection<AccountRow>('users').insertMany(rows)
      return rows.map(({ _id }) => _id)
    },
  }
}
