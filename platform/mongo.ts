// The one MongoDB client of a process, and the transaction that writes rows and events together.
import {
  type AnyBulkWriteOperation,
  type ClientSession,
  type Collection,
  type Db,
  type Filter,
  MongoClient,
  MongoServerError,
} from 'mongodb'
import { type EventName, type EventPayload, type EventsOf, eventRow } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { type Commit, createTogether } from './together.ts'

/** A row of the outbox: an event that was committed together with its cause. */
export interface OutboxRow {
  _id: string
  name: EventName
  payload: Record<string, unknown>
  /** What the payload holds in its catalogue row's `key`: live listeners that missed events look for them by it. */
  key?: string
  at: Date
  /** When JetStream had acknowledged it; null until then. */
  sentAt: Date | null
}

/** What a transaction's body works with. */
export interface Transaction<P extends SubgraphName = SubgraphName> {
  session: ClientSession
  /** Adds an event; it is published if and only if the transaction commits. */
  emit<N extends EventsOf<P>>(name: N, payload: EventPayload<N>): void
}

/** What a body works with whose transaction others may share. */
export interface SharedTransaction<P extends SubgraphName = SubgraphName>
  extends Pick<Transaction<P>, 'emit'> {
  /** A row as it was before the transaction wrote anything. What is looked for at the same moment is one query. */
  find<R extends { _id: string }>(rows: Collection<R>, id: string): Promise<R | null>
  /** Writes when the body has ended, each collection's operations in their order. A body that throws writes nothing. */
  write<R extends { _id: string }>(rows: Collection<R>, operation: AnyBulkWriteOperation<R>): void
}

/** BULKY for what writes many rows and can wait a moment: it shares no commit with what is PROMPT. */
export type Pace = 'PROMPT' | 'BULKY'

/** Runs `body` in one majority, journaled transaction. The body may run more than once, so it must not act outside. */
export interface Transact<P extends SubgraphName = SubgraphName> {
  <R>(body: (tx: Transaction<P>) => Promise<R>): Promise<R>
  /**
   * The same for a body that may share its transaction with others of the same moment. `key` names what it reads and writes: bodies
   * of different keys have no row in common, and those of one key come one after the other. The others wait for a body, so it waits
   * for `find` alone. Without a pace it is PROMPT; those of one key have one pace.
   */
  together<R>(key: string, body: (tx: SharedTransaction<P>) => Promise<R>, pace?: Pace): Promise<R>
}

/**
 * Connects. Reads are from the primary; writes are acknowledged by a majority's journals. A server that says nothing any more is
 * given up within 5 s, with all that waits for it; by the driver's defaults that takes 40.
 */
export async function connectMongo(uri: string): Promise<MongoClient> {
  const client = new MongoClient(uri, {
    writeConcern: { w: 'majority', j: true },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    maxPoolSize: 50,
    serverSelectionTimeoutMS: 5_000,
    heartbeatFrequencyMS: 1_500,
    connectTimeoutMS: 3_000,
    ignoreUndefined: true,
  })
  await client.connect()
  return client
}

/** Name of a subgraph's database. */
export function databaseName(namespace: string, owner: SubgraphName): string {
  return `${namespace}_${owner}`
}

/** How often this process committed to each database: what it read before may be another now. */
const commits = new Map<string, number>()

/** Transactions of this process on a database that have ended, whether they committed or may have. */
export function commitsOf(db: Db): number {
  return commits.get(db.databaseName) ?? 0
}

/** Transactions on a subgraph's database. */
export function createTransact<P extends SubgraphName>(
  client: MongoClient,
  db: Db,
  /** Called with the events' rows after each commit that holds some, to wake the relay. */
  onCommit: (rows: readonly OutboxRow[]) => void = () => {},
): Transact<P> {
  const outbox = db.collection<OutboxRow>('outbox')
  const commit: Commit = async (body) => {
    const session = client.startSession()
    try {
      let emitted: readonly OutboxRow[] = []
      const result = await session.withTransaction(
        async () => {
          const rows: OutboxRow[] = []
          const answer = await body(session, rows)
          if (rows.length > 0) await outbox.insertMany(rows, { session })
          emitted = rows
          return answer
        },
        {
          writeConcern: { w: 'majority', j: true },
          readConcern: { level: 'snapshot' },
          maxCommitTimeMS: 10_000,
        },
      )
      if (emitted.length > 0) onCommit(emitted)
      return result
    } finally {
      commits.set(db.databaseName, commitsOf(db) + 1)
      await session.endSession()
    }
  }
  const alone = <R>(body: (tx: Transaction<P>) => Promise<R>): Promise<R> =>
    commit((session, rows) =>
      body({ session, emit: (name, payload) => void rows.push(outboxRow(name, payload)) }),
    )
  return Object.assign(alone, { together: createTogether<P>(commit, outboxRow) })
}

/** An event as it waits to be published. Throws when the payload is not what its catalogue row says. */
function outboxRow<N extends EventName>(name: N, payload: EventPayload<N>): OutboxRow {
  const { payload: shape, key: field } = eventRow(name)
  const parsed = shape.parse(payload)
  const key = String(parsed[field])
  return { _id: newId('event'), name, payload: parsed, key, at: new Date(), sentAt: null }
}

/** Whether a write failed because a unique index already holds the value; with `index`, that index. */
export function isDuplicate(error: unknown, index?: string): boolean {
  if (!(error instanceof MongoServerError) || error.code !== 11_000) return false
  return index === undefined || error.message.includes(` index: ${index} `)
}

/** MongoDB's code for an index that is not there. */
const indexNotFound = 27

/** Drops an index of before that another has replaced, where it is still there. */
export async function dropReplaced(rows: Collection, index: string): Promise<void> {
  await rows.dropIndex(index).catch((error) => {
    if (!(error instanceof MongoServerError) || error.code !== indexNotFound) throw error
  })
}

/**
 * A walk over all rows of a collection: those before an id, or the first ones, the newest first, as ids tell. `fields` names those
 * that are wanted; all without it.
 */
export function newestFirst<R extends { _id: string }>(
  rows: Collection<R>,
  fields: Partial<Record<keyof R, 1>> = {},
): (beforeId: string | null, limit: number) => Promise<R[]> {
  return async (beforeId, limit) => {
    const filter = (beforeId === null ? {} : { _id: { $lt: beforeId } }) as Filter<R>
    const page = rows.find(filter, { projection: fields }).sort({ _id: -1 }).limit(limit)
    return (await page.toArray()) as R[]
  }
}
