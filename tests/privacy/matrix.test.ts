// Everyone looks at everything by every path of the API, and an oracle that shares nothing with the product says what each may
// see (V1–V4, V6, V8, V10–V12, V14, V18–V23). The paths are the schema's: a field that nobody has classified fails.
import { extendSchema, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type AccountTask, type ExportPart, exportPartKey } from '#platform/account-lifecycle.ts'
import { within } from '#platform/within.ts'
import { newId } from '#schema/ids.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { isProof } from '../size.ts'
import { type System, startSystem } from '../system.ts'
import { asking, called, createJudge, mayAsk } from './judge.ts'
import { createOracle, type Oracle } from './oracle.ts'
import { beyond, inputIds } from './paths.ts'
import {
  documentOf,
  inputOf,
  mutationIds,
  rootDocuments,
  rootsById,
  schema,
  streamsById,
  unclassified,
} from './walk.ts'
import { type Account, buildWorld, type Kind, kinds, type Thing, type Viewer, type World } from './world.ts'

/** Things in one request that follows every field of them, and in one that only asks whether they are there. */
const few = 10
const many = 25

test('every field is classified', () => {
  expect(unclassified(kinds)).toEqual([])
})

test.each([
  ['Post.note', 'extend type Post { note: String }'],
  ['User.isAwake', 'extend type User { isAwake: Boolean! }'],
  ['Comment.readAt', 'extend type Comment { readAt: DateTime }'],
  ['Media.opened', 'extend type Media { opened: Int! }'],
  ['Story.moods', 'enum Mood { GOOD } extend type Story { moods: [Mood!] }'],
  ['LikerEdge.device', 'extend type LikerEdge { device: String }'],
  ['PostLikedEvent.place', 'extend type PostLikedEvent { place: String }'],
  ['Post.savers', 'extend type Post { savers: [User!]! }'],
  ['Query.nearby', 'extend type Query { nearby: [User!]! }'],
  ['Subscription.nearby', 'extend type Subscription { nearby: User }'],
  ['Diary has a global id', 'type Diary implements Node { id: ID! }'],
  ['likePost takes the id `diaryId`', 'extend input LikePostInput { diaryId: ID }'],
])('%s, which nobody has classified, fails', (what, sdl) => {
  const known = unclassified(kinds)
  const found = unclassified(kinds, extendSchema(schema, parse(sdl)))
  expect(found.filter((one) => !known.includes(one))).toEqual([expect.stringContaining(what)])
})

describe('the matrix', () => {
  let system: System
  let world: World
  let oracle: Oracle
  let asks: ReturnType<typeof asking>

  beforeAll(async () => {
    system = await startSystem()
    world = await buildWorld(system)
    oracle = createOracle(world)
    asks = asking(world, createJudge(world, oracle))
  }, 240_000)
  afterAll(() => system?.[Symbol.asyncDispose]())

  const thingsOf = (kind: string) => [...world.things.values()].filter((thing) => thing.kind === kind)
  /** Whether what was answered for an id is not what the oracle says. */
  const differs = (viewer: Viewer, thing: Thing, found: unknown) => {
    const known = oracle.knows(viewer.account, thing)
    if (found) return !known
    return known && !viewer.partial
  }
  const everyViewer = async (look: (viewer: Viewer) => Promise<string[]>) => {
    const wrong: string[] = []
    for (const viewer of world.viewers) wrong.push(...(await look(viewer)))
    expect([...new Set(wrong)]).toEqual([])
  }

  test.each(kinds)('%s: who sees it by its id, and where every field of it leads (V21)', async (kind) => {
    const document = documentOf(kind, world)
    await everyViewer(async (viewer) => {
      const wrong: string[] = []
      const things = thingsOf(kind)
      for (let from = 0; from < things.length; from += few) {
        const some = things.slice(from, from + few)
        const answer = await asks(viewer, document, { ids: some.map(({ id }) => id) })
        wrong.push(...answer.wrong)
        const nodes = (answer.data?.nodes ?? []) as (object | null)[]
        for (const [i, thing] of some.entries())
          if (differs(viewer, thing, nodes[i]))
            wrong.push(
              `${viewer.name} ${nodes[i] ? 'sees' : 'does not see'} ${thing.kind} by nodes: ${called(thing)}`,
            )
      }
      return wrong
    })
  })

  test('by the root fields that take an id (V21)', async () => {
    await everyViewer(async (viewer) => {
      const wrong: string[] = []
      for (const { field, argument, to } of rootsById()) {
        const things =
          to.length > 0 ? to.flatMap(thingsOf) : kinds.flatMap((kind) => thingsOf(kind).slice(0, many))
        for (let from = 0; from < things.length; from += many) {
          const some = things.slice(from, from + many)
          const query = some.map(({ id }, i) => `a${i}: ${field}(${argument}: "${id}") { __typename id }`)
          const answer = await asks(viewer, `{ ${query.join(' ')} }`)
          wrong.push(...answer.wrong)
          for (const [i, thing] of some.entries())
            if (differs(viewer, thing, answer.data?.[`a${i}`]))
              wrong.push(
                `${viewer.name} ${answer.data?.[`a${i}`] ? 'sees' : 'does not see'} by Query.${field}: ${called(thing)}`,
              )
        }
      }
      const accounts = [...world.accounts.values()]
      const query = accounts.map(({ name }) => `${name}: user(username: "${name}") { __typename id }`)
      const answer = await asks(viewer, `{ ${query.join(' ')} }`)
      for (const account of accounts)
        if (differs(viewer, account, answer.data?.[account.name]))
          wrong.push(`${viewer.name} and user(username): ${called(account)}`)
      return [...wrong, ...answer.wrong]
    })
  })

  test('by the root fields that take none', async () => {
    const documents = rootDocuments(world)
    await everyViewer(async (viewer) => {
      const wrong: string[] = []
      for (const document of documents) wrong.push(...(await asks(viewer, document)).wrong)
      return wrong
    })
  }, 240_000)

  test('a copy of one’s data has the conversations, messages and notifications that their pages show, and nothing else of them (V1, V20, V21, V23, A9)', async () => {
    const accounts = [...world.accounts.values()].filter(({ status }) => status === 'ACTIVE')
    const parts = { messaging: ['conversations', 'messages'], engagement: ['notifications'] } as const
    const copies = await copiesOf(system, accounts, parts)
    const reads = (account: Account, things: readonly (Thing | null)[]) =>
      things.flatMap((thing) => (thing && oracle.reads(account, thing) ? [thing.id] : [])).toSorted()
    for (const account of accounts) {
      const { conversations = [], messages = [], notifications = [] } = copies.get(account.id) ?? {}
      const ids = (rows: readonly CopyRow[]) => rows.map(({ id }) => id).toSorted()
      const thing = <K extends Kind>(_: K, id: string) => world.things.get(id) as Extract<Thing, { kind: K }>
      expect(ids(conversations), account.name).toEqual(reads(account, thingsOf('Conversation')))
      expect(ids(messages), account.name).toEqual(reads(account, thingsOf('Message')))
      expect(ids(notifications), account.name).toEqual(reads(account, thingsOf('Notification')))
      for (const { id, memberIds = [] } of conversations)
        expect(memberIds.toSorted(), account.name).toEqual(reads(account, thing('Conversation', id).members))
      for (const { id, sharedPostId } of messages)
        expect(sharedPostId ? [sharedPostId] : []).toEqual(reads(account, [thing('Message', id).shared]))
      for (const { id, actorIds = [] } of notifications)
        expect(actorIds.toSorted(), account.name).toEqual(reads(account, thing('Notification', id).actors))
    }
    // Who is asked of has some of each.
    const { messages, notifications } = copies.get(world.accounts.get('open')?.id ?? '') ?? {}
    expect(messages?.length).toBeGreaterThan(0)
    expect(notifications?.length).toBeGreaterThan(0)
  })

  test('what is hidden cannot be listened to, and is refused as what never was (V1, V20)', async () => {
    await everyViewer(async (viewer) => {
      const hears = (field: string, argument: string, id: string) =>
        firstWords(world, viewer, `subscription { ${field}(${argument}: "${id}") { cursor } }`)
      const wrong = streamsById().map(async ({ field, argument }, n) => {
        const hidden = (inputIds[argument] ?? [])
          .flatMap(thingsOf)
          .filter((thing) => !oracle.knows(viewer.account, thing))
        const thing = hidden[(n * 5 + world.viewers.indexOf(viewer)) % hidden.length]
        if (!thing) return []
        const [got, wanted] = [
          await hears(field, argument, thing.id),
          await hears(field, argument, ghostOf(thing)),
        ]
        return got === wanted && /FORBIDDEN|UNAUTHENTICATED/.test(got)
          ? []
          : [`${viewer.name}, ${field} of ${called(thing)}: ${got} instead of ${wanted}`]
      })
      return (await Promise.all(wrong)).flat()
    })
  })

  test('what is hidden cannot be acted on, and is refused as what never was (V7, V20)', async () => {
    const calls = mutationIds().flatMap((one) =>
      (inputIds[one.field] ?? []).map((kind) => ({ ...one, kind })),
    )
    await everyViewer(async (viewer) => {
      if (!viewer.account) return []
      const look = { world, oracle, viewer: viewer.account }
      const asked: { alias: string; mutation: string; hidden: string; ghost: string; thing: Thing }[] = []
      for (const [n, { mutation, field, isList, kind }] of calls.entries()) {
        // What an app may not ask for, it is refused whatever it is about.
        if (!mayAsk(viewer, 'Mutation', mutation)) continue
        // All of them in the proof; elsewhere each viewer tries every third mutation, the next one the next third.
        const turn = (n + world.viewers.indexOf(viewer)) % 3 === 0
        if (!isProof && !turn) continue
        const hidden = thingsOf(kind).filter(
          (thing) => !oracle.knows(viewer.account, thing) && !beyond[mutation]?.(thing, look),
        )
        const start = (n * 7 + world.viewers.indexOf(viewer) * 3) % Math.max(1, hidden.length)
        for (const thing of [...hidden, ...hidden].slice(
          start,
          start + Math.min(isProof ? hidden.length : 1, hidden.length),
        )) {
          const seen = (of: Kind) => thingsOf(of).find((one) => oracle.reads(viewer.account, one))?.id
          const input = (id: string) =>
            inputOf(mutation, field, isList ? [id] : id, (name) => inputIds[name]?.map(seen).find(Boolean))
          asked.push({
            alias: `a${asked.length}`,
            mutation,
            hidden: input(thing.id),
            ghost: input(ghostOf(thing)),
            thing,
          })
        }
      }
      const wrong: string[] = []
      for (let from = 0; from < asked.length; from += many) {
        const some = asked.slice(from, from + many)
        const ask = (which: 'hidden' | 'ghost') => {
          const fields = some.map(
            (one) =>
              `${one.alias}: ${one.mutation}(input: ${one[which]}) { userErrors { code message field } }`,
          )
          return world.asks(viewer, `mutation { ${fields.join(' ')} }`)
        }
        const [answer, ghostly] = [await ask('hidden'), await ask('ghost')]
        const plain = (one: unknown) => JSON.stringify(one)
        if (answer.data === null || ghostly.data === null) {
          wrong.push(`${viewer.name}: ${plain(answer.errors).slice(0, 400)}`)
          continue
        }
        for (const { alias, mutation, thing, hidden } of some) {
          const [got, wanted] = [answer.data, ghostly.data].map((data) =>
            plain((data as Record<string, unknown>)[alias]),
          )
          if (got !== wanted)
            wrong.push(
              `${viewer.name}, ${mutation} on ${called(thing)} ${hidden}: ${got} instead of ${wanted}`,
            )
        }
      }
      return wrong
    })
  }, 600_000)
})

interface CopyRow {
  id: string
  memberIds?: string[]
  sharedPostId?: string
  actorIds?: string[]
}

/** Sections of the copies of their data that accounts get, as subgraphs write them; by account and section. */
async function copiesOf(
  { platform }: System,
  accounts: readonly Account[],
  parts: Partial<Record<SubgraphName, readonly string[]>>,
): Promise<Map<string, Record<string, CopyRow[]>>> {
  const exports = accounts.map(({ id: userId }) => ({ userId, exportId: newId('export') }))
  const copies = new Map<string, Record<string, CopyRow[]>>()
  for (const [name, sections] of Object.entries(parts) as [SubgraphName, string[]][]) {
    const tasks = platform.db(name).collection<AccountTask>('accountTasks')
    const fresh = { kind: 'EXPORT', step: 0, rounds: 0, dueAt: new Date(), leaseUntil: null } as const
    await tasks.insertMany(exports.map((one) => ({ _id: `EXPORT:${one.exportId}`, ...one, ...fresh })))
    await vi.waitFor(async () => expect(await tasks.countDocuments({ kind: 'EXPORT' })).toBe(0), 60_000)
    for (const one of exports) {
      const part: ExportPart = JSON.parse(await platform.storage.readText(exportPartKey(one, name)))
      const copy = copies.get(one.userId) ?? {}
      for (const { name: section, keys } of part.sections.filter((found) => sections.includes(found.name))) {
        const texts = await Promise.all(keys.map((key) => platform.storage.readText(key)))
        copy[section] = texts.flatMap((text) => text.trim().split('\n')).map((line) => JSON.parse(line))
      }
      copies.set(one.userId, copy)
    }
  }
  return copies
}

/** An id of the same kind of which there is nothing. */
const ghostOf = ({ id }: Thing) => `${id.split('_')[0]}_01j00000000000000000000000`

/** What a subscription over Server-Sent Events says before it ends; all that it said by then when it does not end. */
async function firstWords(world: World, viewer: Viewer, query: string): Promise<string> {
  const response = await fetch(`${world.system.url}/graphql/stream`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      ...(viewer.token ? { authorization: `Bearer ${viewer.token}` } : {}),
    },
    body: JSON.stringify({ query }),
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let words = ''
  try {
    for (;;) {
      const read = reader && (await within(10_000, reader.read()))
      if (!read || read.done) return words
      words += read.value
      if (words.includes('event: complete')) return words
    }
  } catch {
    return `${words} and goes on`
  } finally {
    await reader?.cancel()
  }
}
