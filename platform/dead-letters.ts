// Events that a consumer gave up. They wait in its unit's database for 30 days for somebody to have them delivered again, to that
// consumer alone.
import type { Db, MongoClient } from 'mongodb'
import type { JetStreamClient } from 'nats'
import type { ConsumerName, DomainEvent } from '#schema/events.ts'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'
import { againSubject, durables } from './bus.ts'
import { databaseName } from './mongo.ts'

export interface DeadLetterRow {
  /** `<consumer>:<event id>`. */
  _id: string
  consumer: ConsumerName
  event: DomainEvent
  /** Message of the error of the last try. */
  reason: string
  /** When it was given up. */
  at: Date
}

const rowsOf = (db: Db) => db.collection<DeadLetterRow>('deadLetters')

/** How many events wait in a database. */
export function countDeadLetters(db: Db): Promise<number> {
  return rowsOf(db).estimatedDocumentCount()
}

/** A dead letter, and whose database it is in. */
export interface FoundLetter {
  owner: SubgraphName
  letter: DeadLetterRow
}

/** Those of all databases that were given up until now, or those of the given ids. */
export async function* eachDeadLetter(
  mongo: MongoClient,
  namespace: string,
  ids: readonly string[] | null = null,
): AsyncGenerator<FoundLetter> {
  const now = new Date()
  for (const owner of subgraphNames) {
    const rows = rowsOf(mongo.db(databaseName(namespace, owner)))
    const filter = ids ? { _id: { $in: ids } } : { at: { $lte: now } }
    for await (const letter of rows.find(filter).sort({ _id: 1 })) yield { owner, letter }
  }
}

/**
 * Has an event delivered again to the consumer that gave it up; false, and the letter stays, when no consumer of that name hears such
 * events any more. Twice does no harm within the eight days for which consumers remember what took effect.
 */
export async function replayDeadLetter(
  mongo: MongoClient,
  jetstream: JetStreamClient,
  namespace: string,
  { owner, letter: { _id, consumer, event, at } }: FoundLetter,
): Promise<boolean> {
  const hears = durables(namespace).find((one) => one.consumer === consumer && one.names.includes(event.name))
  if (!hears) return false
  const subject = againSubject(namespace, hears.publisher, consumer)
  await jetstream.publish(subject, JSON.stringify(event), { msgID: `${_id}:${at.getTime()}` })
  // When it was given up once more meanwhile, that one stays.
  await rowsOf(mongo.db(databaseName(namespace, owner))).deleteOne({ _id, at })
  return true
}
