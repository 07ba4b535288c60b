// The one MongoDB client of a process, and the transaction that writes rows and events together.
import { type ClientSession, type Db, MongoClient, MongoServerError } from 'mongodb'
import { type EventName, type EventPayload, type EventsOf, eventRow } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { SubgraphName } from '#schema/sdl.ts'

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

/** Runs `body` in one majority, journaled transaction. The body may run more than once, so it must not act outside. */
export type Transact<P extends SubgraphName = SubgraphName> = <R>(
  body: (tx: Transaction<P>) => Promise<R>,
) => Promise<R>

/** Connects. Reads are from the primary; writes are acknowledged by a majority's journals. */
export async function connectMongo(uri: string): Promise<MongoClient> {
  const client = new MongoClient(uri, {
    writeConcern: { w: 'majority', j: true },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    maxPoolSize: 50,
    serverSelectionTimeoutMS: 5_000,
    ignoreUndefined: true,
  })
  await client.connect()
  return client
}

/** Name of a subgraph's database. */
export function databaseName(namespace: string, owner: SubgraphName): string {
  return `${namespace}_${owner}`
}

/** Transactions on a subgraph's database. */
export function createTransact<P extends SubgraphName>(
  client: MongoClient,
  db: Db,
  /** Called with the events' rows after each commit that holds some, to wake the relay. */
  onCommit: (rows: readonly OutboxRow[]) => void = () => {},
): Transact<P> {
  const outbox = db.collection<OutboxRow>('outbox')
  return async (body) => {
    const session = client.startSession()
    try {
      let emitted: readonly OutboxRow[] = []
      const result = await session.withTransaction(
        async () => {
          const rows: OutboxRow[] = []
          const answer = await body({
            session,
            emit(name, payload) {
              const { payload: shape, key: field } = eventRow(name)
              const parsed = shape.parse(payload)
              const key = String(parsed[field])
              rows.push({ _id: newId('event'), name, payload: parsed, key, at: new Date(), sentAt: null })
            },
          })
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
      await session.endSession()
    }
  }
}

/** Whether a write failed because a unique index already holds the value; with `index`, that index. */
export function isDuplicate(error: unknown, index?: string): boolean {
  if (!(error instanceof MongoServerError) || error.code !== 11_000) return false
  return index === undefined || error.message.includes(` index: ${index} `)
}
