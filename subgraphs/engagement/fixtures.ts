// A running Engagement for tests: its relay and its consumers on real servers, people who ask it, and posts, accounts and
// relations written as their owners would.
import type { AccountRow } from '#platform/accounts.ts'
import { durableName } from '#platform/bus.ts'
import type { Config } from '#platform/config.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import { startSubgraph } from '#platform/subgraph.ts'
import type { DomainEvent, EventName, EventPayload } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { type Asker as Asking, createAsker, type Data } from '../../tests/asker.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow, postRow } from '../../tests/rows.ts'
import { settleSubgraph } from '../../tests/settle.ts'
import { createConsumers } from './consumers.ts'
import { pseudonym } from './domain/insights.ts'
import { engagement } from './main.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore, type Store } from './store.ts'

/** Someone who asks the subgraph, as the gateway would on his behalf. */
export interface Asker extends Asking {
  id: string
  /** Fields of an entity by its reference; null when hidden. */
  sees(
    type: 'Post' | 'Comment' | 'Viewer' | 'Notification' | 'Collection',
    id: string,
    fields: string,
  ): Promise<Data>
}

export interface RunningEngagement {
  platform: Platform
  store: Store
  consumers: ReturnType<typeof createConsumers>
  stack: AsyncDisposableStack
  nobody: Asker
  /** A new account, an ordinary one but for `change`. */
  account(change?: Partial<AccountRow>): Promise<Asker>
  /** New accounts, many at once. */
  accounts(count: number): Promise<Asker[]>
  /** A new public post. */
  post(author: Asker, options?: Partial<PostFactsRow>): Promise<string>
  /** Sets how one account stands to another. */
  relates(viewer: Asker, other: Asker, relation: Partial<RelationRow>): Promise<void>
  blocks(blocker: Asker, blocked: Asker): Promise<void>
  /** A section of the copy that someone gets of his data. */
  copyOf(who: Asker, section: string): Promise<object[]>
  /** Erases Engagement's part of an account, as its deletion has it done (A9). */
  erases(userId: string): Promise<void>
  /** Resolves when every event of Engagement has been handled. */
  settle(): Promise<void>
}

/** An event as a consumer receives it. */
export function eventOf<N extends EventName>(name: N, payload: EventPayload<N>): DomainEvent<N> {
  return { id: newId('event'), name, at: new Date(), payload }
}

/** Starts Engagement in a namespace of its own. */
export async function startEngagement(change: Partial<Config> = {}): Promise<RunningEngagement> {
  const { platform, stack } = await testPlatform(change)
  const subgraph = await startSubgraph(platform, engagement, stack)
  const store = createStore(platform.db('engagement'), platform.cache, platform.config.namespace)
  const consumers = createConsumers(platform, store)

  const asker = (userId: string | null): Asker => {
    const asking = createAsker(platform, subgraph, { userId, sessionId: userId && newId('session') })
    return {
      id: userId ?? '',
      ...asking,
      async sees(type, id, fields) {
        const { data, codes } = await asking.asks(
          `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${fields} } } }`,
          { r: [{ __typename: type, id }] },
        )
        if (codes.length > 0) throw new Error(`refused: ${codes}`)
        return data._entities[0]
      },
    }
  }

  const accounts = async (count: number, change: Partial<AccountRow> = {}) => {
    const askers = Array.from({ length: count }, () => asker(newId('user')))
    const users = platform.db('user').collection<AccountRow>('users')
    await users.insertMany(askers.map(({ id }) => accountRow({ ...change, _id: id })))
    return askers
  }
  const relates: RunningEngagement['relates'] = async (viewer, other, relation) => {
    const _id = relationKey(viewer.id, other.id)
    const none = { followAt: null, followedByAt: null, blocksAt: null, blockedByAt: null, mutesAt: null }
    const { version: _, ...fresh } = {
      ...{ _id, viewerId: viewer.id, otherId: other.id, ...none, mutesUntil: null, version: 0 },
      ...({ follow: 'NONE', followedBy: 'NONE' } as const),
    }
    const missing = Object.fromEntries(Object.entries(fresh).filter(([key]) => !(key in relation)))
    await platform
      .db('graph')
      .collection<RelationRow>('relations')
      .updateOne(
        { _id },
        { $set: relation, $setOnInsert: missing as Partial<RelationRow>, $inc: { version: 1 } },
        { upsert: true },
      )
    await platform.facts.relations.refresh([_id])
  }

  const part = createAccountPart({
    db: platform.db('engagement'),
    transact: platform.transact('engagement'),
    facts: platform.facts,
    fold: async () => {},
    pseudonymOf: (userId) => pseudonym(platform.config.secret, userId),
  })

  return {
    platform,
    store,
    consumers,
    stack,
    nobody: asker(null),
    accounts,
    async account(change) {
      return (await accounts(1, change))[0] as Asker
    },
    async post(author, options = {}) {
      const row = postRow({ authorId: author.id, ...options })
      await platform.db('content').collection<PostFactsRow>('posts').insertOne(row)
      return row._id
    },
    relates,
    async blocks(blocker, blocked) {
      await relates(blocker, blocked, { blocksAt: new Date() })
      await relates(blocked, blocker, { blockedByAt: new Date() })
    },
    async copyOf(who, section) {
      const rows: object[] = []
      for await (const row of part.sections[section]?.(who.id) ?? []) rows.push(row)
      return rows
    },
    async erases(userId) {
      for (const step of part.erase) while (await step(userId));
    },
    settle() {
      const own = [durableName('engagement.counters'), durableName('engagement.notifications')]
      return settleSubgraph(platform, 'engagement', (durable) => own.includes(durable))
    },
  }
}
