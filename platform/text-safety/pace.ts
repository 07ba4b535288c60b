// At what pace accounts act. Programs often do at nearly the same intervals, around the clock; people do in bursts, and sleep.
import type { CacheClient } from '../redis.ts'
import type { Deed } from './alike.ts'

/** The intervals between an account's deeds since its last rest, in seconds: how many, and the sums of them and of their squares. */
interface Run {
  intervals: number
  sum: number
  squares: number
}

/** Whoever does nothing for so long rests. */
const restMs = 4 * 3_600_000
/** Of a shorter run, or one of fewer intervals, nothing is said. */
const leastSeconds = 86_400
const leastIntervals = 100
/** How far intervals differ, as their standard deviation by their mean. Of what comes at random it is 1, and of bursts more. */
const mostVariation = 0.4

/** Whether a run without a rest, of a day or more, is as even as a clock. */
function isClockwork({ intervals, sum, squares }: Run): boolean {
  if (sum < leastSeconds || intervals < leastIntervals) return false
  const mean = sum / intervals
  const variance = Math.max(0, squares / intervals - mean ** 2)
  return Math.sqrt(variance) <= mostVariation * mean
}

export interface Paces {
  /** Notes when accounts did something, in the order of time, each moment once. Answers those whose run is clockwork. */
  note(deeds: readonly Pick<Deed, 'accountId' | 'at'>[]): Promise<string[]>
  /** Has an account begin a new run. */
  forget(accountId: string): Promise<void>
}

// What is told again, or too late, lies before the last deed, and is passed over.
const noteScript = `
local run = redis.call('HMGET', KEYS[1], 'last', 'intervals', 'sum', 'squares')
local last, rest = tonumber(run[1] or ''), tonumber(ARGV[1])
local intervals, sum, squares = tonumber(run[2] or 0), tonumber(run[3] or 0), tonumber(run[4] or 0)
for i = 2, #ARGV do
  local at = tonumber(ARGV[i])
  if not last or at - last > rest then
    last, intervals, sum, squares = at, 0, 0, 0
  elseif at > last then
    local seconds = (at - last) / 1000
    last, intervals, sum, squares = at, intervals + 1, sum + seconds, squares + seconds * seconds
  end
end
redis.call('HSET', KEYS[1], 'last', last, 'intervals', intervals, 'sum', sum, 'squares', squares)
redis.call('PEXPIRE', KEYS[1], rest)
return { intervals, tostring(sum), tostring(squares) }`

/** Paces that are forgotten when an account rests. */
export function createPaces(redis: CacheClient, namespace: string): Paces {
  const keyOf = (accountId: string) => `${namespace}:pace:${accountId}`
  return {
    async note(deeds) {
      const notes = [...Map.groupBy(deeds, ({ accountId }) => accountId)].map(async ([accountId, own]) => {
        const times = own.map(({ at }) => at).sort((one, other) => one - other)
        const answer = await redis.eval(noteScript, 1, keyOf(accountId), restMs, ...times)
        const [intervals = 0, sum = 0, squares = 0] = (answer as unknown[]).map(Number)
        return isClockwork({ intervals, sum, squares }) ? [accountId] : []
      })
      return (await Promise.all(notes)).flat()
    },
    async forget(accountId) {
      await redis.del(keyOf(accountId))
    },
  }
}
