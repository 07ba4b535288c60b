// What says that a server is away for a while, rather than that the code or what it was given is wrong: a client is told to come
// again, and an event or a job is tried until the server is back.
import { MongoError } from 'mongodb'

/** After so long, what looks like an outage is held to be the fault of the event or the job itself, which spends its tries. */
export const outageMs = 86_400_000

/** What our own clients throw where a library does not say it. */
export class Outage extends Error {}

/** Errors of libraries, by name: drivers of MongoDB and Redis, the S3 client. */
const names =
  /^(MongoNetwork\w*|MongoServerSelectionError|MongoWaitQueueTimeoutError|MongoOperationTimeoutError|\w*PoolCleared\w*|MaxRetriesPerRequestError|ClusterAllFailedError|TimeoutError)$/
/** What ioredis says when it gets no answer. */
const noReply =
  /^(Command timed out|Connection is closed|Stream isn't writeable|Cluster isn't ready|Cluster is disconnect|Too many Cluster redirections|None of startup nodes|Node is disconnected)/
/** What a Redis replies that is there and cannot serve. */
const replies = /^(OOM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|BUSY)\b/
/** Codes of a connection that fails, of Node.js and undici. Messages are not looked at: what people wrote may stand in them. */
const connectionCodes =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_(SOCKET|\w+_TIMEOUT))$/
/**
 * MongoDB's codes of a server that goes or is no primary any more: those after which drivers repeat a read or a write once. And that
 * of a read that takes longer than it may (50).
 */
const mongoCodes = new Set<unknown>([
  50, 6, 7, 89, 91, 133, 134, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436,
])
const natsCodes =
  /^(TIMEOUT|503|DISCONNECT|CONNECTION_REFUSED|CONNECTION_TIMEOUT|CONNECTION_CLOSED|CONNECTION_DRAINING)$/

/** Whether an error, or what caused it, says that MongoDB, Redis, NATS, S3, the search engine or the mail server is away. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } }
  return (
    error instanceof Outage ||
    names.test(error.name) ||
    noReply.test(error.message) ||
    (error.name === 'ReplyError' && replies.test(error.message)) ||
    connectionCodes.test(String(code)) ||
    (error instanceof MongoError && mongoCodes.has(code)) ||
    (error.name === 'NatsError' && natsCodes.test(String(code))) ||
    // S3 answers, and cannot serve.
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    isOutage(error.cause)
  )
}
