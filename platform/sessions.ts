// User's published read model of sessions: which of them have ended while access tokens of theirs may still be about. The
// event is the bell, the rows are the truth: an end that no event announced is found by the next sweep.
import type { MongoClient } from 'mongodb'
import type { Config } from './config.ts'
import type { Live } from './live.ts'
import type { Log } from './log.ts'
import { databaseName } from './mongo.ts'
import { accessTokenSeconds } from './tokens.ts'

/** The published fields of a row of User's `sessions`; it needs an index on `endedAt`. */
export interface EndedSessionRow {
  _id: string
  userId: string
  /** When the session was ended; null while it is open. */
  endedAt: Date | null
}

export interface SessionWatch {
  /** Whether the session has ended, so that its access tokens are worth nothing. */
  isEnded(sessionId: string): boolean
  /** Hears of every session that ends from now on; answers a function that stops it. */
  onEnded(listener: (sessionId: string) => void): () => void
  stop(): Promise<void>
}

const sweepMs = 2_000
/** Clocks of processes differ, and a commit comes after its time stamp. */
const overlapMs = 60_000
/** Afterwards no access token of an ended session is left. */
const keepMs = accessTokenSeconds * 1000 + overlapMs

/** Knows the sessions that ended recently, those before the call included, until stopped. */
export async function createSessionWatch(platform: {
  config: Pick<Config, 'namespace'>
  mongo: MongoClient
  live: Live
  log: Log
}): Promise<SessionWatch> {
  const rows = platform.mongo
    .db(databaseName(platform.config.namespace, 'user'))
    .collection<EndedSessionRow>('sessions')
  /** When each was ended, by id. */
  const ended = new Map<string, number>()
  const listeners = new Set<(sessionId: string) => void>()

  const end = (sessionId: string, at: number) => {
    if (ended.has(sessionId)) return
    ended.set(sessionId, at)
    for (const listener of listeners) listener(sessionId)
  }

  let readTo = Date.now() - keepMs
  const sweep = async (): Promise<void> => {
    const found = await rows
      .find({ endedAt: { $gt: new Date(readTo - overlapMs) } }, { projection: { endedAt: 1 } })
      .sort({ endedAt: 1 })
      .toArray()
    for (const { _id, endedAt } of found) {
      if (endedAt) end(_id, endedAt.getTime())
    }
    const last = found.at(-1)?.endedAt?.getTime()
    if (last) readTo = Math.max(readTo, last)
    const oldest = Date.now() - keepMs
    readTo = Math.max(readTo, oldest)
    for (const [sessionId, at] of ended) {
      if (at < oldest - overlapMs) ended.delete(sessionId)
    }
  }

  const bell = await platform.live.attach(['events.user.session.ended.*'], ({ event }) => {
    if (event.name === 'session.ended' && 'sessionId' in event.payload) {
      end(event.payload.sessionId, event.at.getTime())
    }
  })
  await sweep()

  let sweeping: Promise<void> | null = null
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error: Error) =>
        platform.log.debug({ error: error.message }, 'sessions were not swept; the next sweep will'),
      )
      .finally(() => {
        sweeping = null
      })
  }, sweepMs)

  return {
    isEnded: (sessionId) => ended.has(sessionId),
    onEnded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async stop() {
      clearInterval(timer)
      bell.detach()
      await sweeping
    },
  }
}
