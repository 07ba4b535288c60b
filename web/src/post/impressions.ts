// What was on the screen and for how long, told to the server some seconds later in one request.
import type { Client } from 'urql'
import { nameOperation } from '../graph/documents.ts'
import { type ImpressionInput, RecordImpressionsDocument, type Surface } from '../operations.gen.ts'
import { tokens } from '../session/session.ts'

/** Where something appears. */
export interface Spot {
  readonly surface: Surface
  /** Its place there, from 0. */
  readonly position?: number
}

const everyMs = 5_000
/** What is shorter was scrolled past. */
const leastMs = 250
/** What the server takes at once. */
const most = 100

const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
const waiting: ImpressionInput[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Sends what waits by `client`. What the server does not take is lost: nobody is to be kept waiting for it. */
function flush(client: Client): void {
  clearTimeout(timer)
  timer = undefined
  const impressions = waiting.splice(0, most)
  if (impressions.length > 0)
    void client.mutation(RecordImpressionsDocument, { input: { impressions, timeZone } }).toPromise()
  if (waiting.length > 0) timer = setTimeout(() => flush(client), everyMs)
}

/** The page goes away: the browser still sends this. */
function flushLast(): void {
  const impressions = waiting.splice(0, most)
  const accessToken = tokens.get()?.accessToken
  if (impressions.length === 0 || !accessToken) return
  void fetch('/graphql', {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({
      ...nameOperation('RecordImpressions'),
      variables: { input: { impressions, timeZone } },
    }),
  }).catch(() => undefined)
}

// What is on the screen is noted first: `useImpression` listens while the event is captured.
addEventListener('pagehide', flushLast)
document.addEventListener('visibilitychange', () => document.hidden && flushLast())

/** Notes that something was on the screen, and for how long it played when it plays. */
export function noteImpression(
  client: Client,
  subjectId: string,
  spot: Spot,
  dwellMs: number,
  watchedMs?: number,
): void {
  if (dwellMs < leastMs || !tokens.get()) return
  waiting.push({ subjectId, ...spot, dwellMs: Math.round(dwellMs), watchedMs })
  timer ??= setTimeout(() => flush(client), everyMs)
}
