// Transactions that several requests share. A commit costs about as much for one row as for fifty, so whoever comes while others
// commit waits with the rest, and they go together: each collection is read once and written once for all of them.
import { type AnyBulkWriteOperation, type ClientSession, type Collection, MongoServerError } from 'mongodb'
import type { EventName, EventPayload } from '#schema/events.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { byId, createLoader } from './loader.ts'
import type { OutboxRow, Pace, SharedTransaction, Transact } from './mongo.ts'

/** Runs `body` in a transaction that commits the outbox rows that it adds; again when that meets a conflict. */
export type Commit = <R>(body: (session: ClientSession, events: OutboxRow[]) => Promise<R>) => Promise<R>

/** Makes the outbox row of an event. Throws when the payload is not what its catalogue row says. */
type RowOf = <N extends EventName>(name: N, payload: EventPayload<N>) => OutboxRow

/** How much goes at once. */
interface Width {
  /** Bodies in one transaction at most: what fails is done again one by one. */
  bodies: number
  /** Transactions at once: while one waits for the journal, the next one is filled. */
  transactions: number
}

/** By `Pace`. What is bulky has a lane of its own, so that nobody who waits for an answer waits behind it. */
const widths: Readonly<Record<Pace, Width>> = {
  PROMPT: { bodies: 64, transactions: 2 },
  BULKY: { bodies: 16, transactions: 1 },
}

interface Deps {
  commit: Commit
  rowOf: RowOf
}

interface Member {
  key: string
  body: (tx: SharedTransaction<never>) => Promise<unknown>
  resolve: (answer: never) => void
  reject: (error: unknown) => void
}

/** What a body wants to be written. */
interface Wish {
  rows: Collection<never>
  operation: AnyBulkWriteOperation<never>
}

type Outcome = { answer: unknown; wishes: Wish[]; events: OutboxRow[] } | { error: unknown }

/** Thrown where a transaction of several met a conflict: each goes alone. */
class Parted extends Error {}

/** Makes `Transact.together` of a way to commit. */
export function createTogether<P extends SubgraphName>(
  commit: Commit,
  rowOf: RowOf,
): Transact<P>['together'] {
  const lanes = {
    PROMPT: createLane<P>({ commit, rowOf }, widths.PROMPT),
    BULKY: createLane<P>({ commit, rowOf }, widths.BULKY),
  }
  return (key, body, pace = 'PROMPT') => lanes[pace](key, body)
}

function createLane<P extends SubgraphName>(
  deps: Deps,
  width: Width,
): <R>(key: string, body: (tx: SharedTransaction<P>) => Promise<R>) => Promise<R> {
  let waiting: Member[] = []
  /** Keys of what is under way. */
  const busy = new Set<string>()
  let running = 0
  let isCalled = false

  /** The oldest that are free to go. */
  const take = (): Member[] => {
    const taken: Member[] = []
    waiting = waiting.filter((member) => {
      if (taken.length === width.bodies || busy.has(member.key)) return true
      busy.add(member.key)
      taken.push(member)
      return false
    })
    return taken
  }

  // At the end of the turn: all who come in it go together.
  const call = () => {
    if (isCalled || waiting.length === 0 || running === width.transactions) return
    isCalled = true
    setImmediate(() => {
      isCalled = false
      void go(take())
    })
  }

  const release = (members: readonly Member[]) => {
    for (const { key } of members) busy.delete(key)
    call()
  }

  const go = async (members: readonly Member[]): Promise<void> => {
    if (members.length === 0) return
    running++
    call()
    const left = await settle(deps, members)
    running--
    release(members.filter((member) => !left.includes(member)))
    // Those who conflict with somebody hold up nobody else.
    for (const member of left) void settle(deps, [member]).then(() => release([member]))
  }

  return (key, body) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, body, resolve, reject } as Member)
      call()
    })
}

/** Runs members in one transaction and answers them; those that are to try alone it answers to its caller. */
async function settle(deps: Deps, members: readonly Member[]): Promise<readonly Member[]> {
  try {
    const outcomes = await run(deps, members)
    outcomes.forEach((outcome, i) => {
      if ('error' in outcome) members[i]?.reject(outcome.error)
      else members[i]?.resolve(outcome.answer as never)
    })
  } catch (error) {
    // What one cannot have, such as a value that is taken, must not be the others' refusal.
    if (members.length > 1 && isUndone(error)) return members
    for (const { reject } of members) reject(error)
  }
  return []
}

/** Whether nothing of a failed transaction was committed, for certain, and the server answers. */
const isUndone = (error: unknown) =>
  error instanceof Parted ||
  (error instanceof MongoServerError && !error.hasErrorLabel('UnknownTransactionCommitResult'))

/** One transaction for all members; a body that throws takes part in nothing. */
function run({ commit, rowOf }: Deps, members: readonly Member[]): Promise<Outcome[]> {
  let tries = 0
  return commit(async (session, events) => {
    if (tries++ > 0 && members.length > 1) throw new Parted()
    const reads = createReads(session)
    const outcomes = await Promise.all(members.map(({ body }) => outcomeOf(body, reads.find, rowOf)))
    const failure = reads.failure()
    if (failure !== null) throw failure
    const done = outcomes.filter((outcome) => 'wishes' in outcome)
    for (const [, wishes] of Map.groupBy(
      done.flatMap((outcome) => outcome.wishes),
      ({ rows }) => rows.collectionName,
    )) {
      const operations = wishes.map(({ operation }) => operation)
      await wishes[0]?.rows.bulkWrite(operations, { session, ordered: true })
    }
    for (const outcome of done) events.push(...outcome.events)
    return outcomes
  })
}

async function outcomeOf(
  body: Member['body'],
  find: SharedTransaction['find'],
  rowOf: RowOf,
): Promise<Outcome> {
  const wishes: Wish[] = []
  const events: OutboxRow[] = []
  try {
    const answer = await body({
      find,
      write: (rows, operation) => void wishes.push({ rows, operation } as unknown as Wish),
      emit: (name, payload) => void events.push(rowOf(name, payload)),
    })
    return { answer, wishes, events }
  } catch (error) {
    return { error }
  }
}

/** Reads by id within a transaction, which takes one command at a time. */
function createReads(session: ClientSession): {
  find: SharedTransaction['find']
  /** Why a read failed, which is the end of the transaction; null when none did. */
  failure(): unknown
} {
  let failure: unknown = null
  let last: Promise<unknown> = Promise.resolve()
  const loaders = new Map<string, ReturnType<typeof createLoader<{ _id: string }>>>()
  const loaderOf = (rows: Collection<{ _id: string }>) => {
    const known = loaders.get(rows.collectionName)
    if (known) return known
    const loader = createLoader<{ _id: string }>((ids) => {
      const found = last.then(async () =>
        byId(await rows.find({ _id: { $in: [...ids] } }, { session }).toArray()),
      )
      last = found.catch((error: unknown) => {
        failure ??= error
      })
      return found
    })
    loaders.set(rows.collectionName, loader)
    return loader
  }
  return {
    find: (rows, id) => loaderOf(rows as unknown as Collection<{ _id: string }>).load(id) as Promise<never>,
    failure: () => failure,
  }
}
