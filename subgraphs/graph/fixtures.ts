// A running Graph for tests: its relay and its consumers on real servers, and people who act on each other.
import type { AccountRow } from '#platform/accounts.ts'
import type { Platform } from '#platform/service.ts'
import { startSubgraph } from '#platform/subgraph.ts'
import { newId } from '#schema/ids.ts'
import { type Asker, createAsker, type Data } from '../../tests/asker.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow } from '../../tests/rows.ts'
import { graph } from './main.ts'
import type { CountRow, RelationDoc } from './model.ts'

export interface Person {
  id: string
  asks: Asker['asks']
  /** Acts on someone; answers what he then sees of him, or the codes of the refusal. */
  acts(mutation: string, on: { id: string }, input?: Record<string, unknown>): Promise<Data>
  /** What he sees of someone. */
  sees(other: { id: string }, fields?: string): Promise<Data>
}

/** What a person sees of another, unless a test asks for something else. */
const userFields =
  'id followerCount followingCount viewerFollowState followsViewer viewerHasBlocked viewerHasMuted'

export interface RunningGraph {
  platform: Platform
  stack: AsyncDisposableStack
  nobody: Person
  /** A new account, written as User would. */
  person(change?: Partial<AccountRow>): Promise<Person>
  /** Changes an account as User would. */
  changes(person: { id: string }, change: Partial<AccountRow>): Promise<void>
  relation(viewer: { id: string }, other: { id: string }): Promise<RelationDoc | null>
  counts(person: { id: string }): Promise<CountRow | null>
  /** Resolves when no follow is left that the counts do not reflect. */
  counted(): Promise<void>
}

/** Starts Graph in a namespace of its own. */
export async function startGraph(): Promise<RunningGraph> {
  const { platform, stack } = await testPlatform()
  const subgraph = await startSubgraph(platform, graph, stack)
  const users = platform.db('user').collection<AccountRow>('users')
  const relations = platform.db('graph').collection<RelationDoc>('relations')

  const personOf = (userId: string | null): Person => {
    const { asks, does } = createAsker(
      platform,
      subgraph,
      { userId, sessionId: userId && newId('session') },
      'code',
    )
    return {
      id: userId ?? '',
      asks,
      async acts(mutation, on, input = {}) {
        const payload = await does(mutation, { userId: on.id, ...input }, `user { ${userFields} }`)
        if (!payload.userErrors) return payload
        return payload.user ?? payload.userErrors.map(({ code }: { code: string }) => code)
      },
      async sees(other, fields = userFields) {
        const { data, codes } = await asks(
          `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on User { ${fields} } } }`,
          { refs: [{ __typename: 'User', id: other.id }] },
        )
        return codes.length > 0 ? codes : data._entities[0]
      },
    }
  }

  return {
    platform,
    stack,
    nobody: personOf(null),
    async person(change = {}) {
      const row = accountRow(change)
      await users.insertOne(row)
      return personOf(row._id)
    },
    async changes(person, change) {
      await platform.facts.accounts.changing([person.id], () =>
        users.updateOne({ _id: person.id }, { $set: change, $inc: { version: 1 } }),
      )
    },
    relation: (viewer, other) => relations.findOne({ _id: `${viewer.id}:${other.id}` }),
    counts: (person) => platform.db('graph').collection<CountRow>('counts').findOne({ _id: person.id }),
    async counted() {
      const deadline = Date.now() + 20_000
      while ((await relations.countDocuments({ countDue: true }, { comment: 'a test' })) > 0) {
        if (Date.now() > deadline) throw new Error('follows are left uncounted')
      }
    },
  }
}
