// Requests that come when they come, whether those before them are answered or not, as people's do. A time counts from the moment
// at which a request was due, so that a server which falls behind is not spared.
import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import { percentile } from './figure.ts'
import { headersOf } from './operation.ts'

/** One request of somebody's. */
export interface Call {
  token: string
  /** JSON of the request's body. */
  body: string
}

export interface Run {
  /** Requests that were answered, and those that were not, or with an error. */
  answered: number
  failed: number
  /** Milliseconds. */
  p50: number
  p90: number
  p99: number
  p999: number
}

/** Beyond this, in milliseconds, a load is too high: the 99th of a hundred waits as long. */
const limitMs = 200
const connections = 256

/** Sends calls at a rate, at moments drawn from an exponential distribution (a Poisson process). */
export async function runOpenLoop(
  url: string,
  rate: number,
  seconds: number,
  random: () => number,
  next: () => Call,
): Promise<Run> {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { connections, headersTimeout: 30_000, bodyTimeout: 30_000 })
  const times: number[] = []
  let failed = 0
  const began = performance.now()
  const ask = async (due: number) => {
    const { token, body } = next()
    try {
      const answer = await pool.request({ path, method: 'POST', headers: headersOf(token), body })
      const text = await answer.body.text()
      const isRefused = text.includes('"errors":[') || text.includes('"userErrors":[{')
      if (answer.statusCode !== 200 || isRefused) failed++
    } catch {
      failed++
    }
    times.push(performance.now() - began - due)
  }
  try {
    const open: Promise<void>[] = []
    const pause = () => (-Math.log(1 - random()) * 1_000) / rate
    for (let due = pause(); due < seconds * 1_000; due += pause()) {
      const wait = due - (performance.now() - began)
      if (wait > 0) await delay(wait)
      open.push(ask(due))
    }
    await Promise.all(open)
  } finally {
    await pool.destroy()
  }
  const at = (part: number) => percentile(times, part)
  return {
    answered: times.length - failed,
    failed,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
  }
}

/** Calls a second that are answered when each of `clients` sends its next one as soon as the last is answered. */
export async function closedLoopRate(
  url: string,
  clients: number,
  seconds: number,
  next: () => Call,
): Promise<number> {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { connections: clients })
  const until = performance.now() + seconds * 1_000
  let answered = 0
  const drive = async () => {
    while (performance.now() < until) {
      const { token, body } = next()
      const answer = await pool.request({ path, method: 'POST', headers: headersOf(token), body })
      const text = await answer.body.text()
      if (answer.statusCode !== 200 || text.includes('"errors":[')) throw new Error(text.slice(0, 500))
      answered++
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, drive))
  } finally {
    await pool.destroy()
  }
  return answered / seconds
}

/**
 * The highest rate at which nothing fails and 99 of 100 wait less than 200 ms, to a sixteenth, and how long requests wait then.
 * `run` runs one load. A rate of 0 says that not even the lowest passes, and how long requests wait at that.
 */
export async function highestRate(
  lowest: number,
  run: (rate: number) => Promise<Run>,
): Promise<Run & { rate: number }> {
  const passes = ({ failed, p99 }: Run) => failed === 0 && p99 < limitMs
  let best = { ...(await run(lowest)), rate: lowest }
  if (!passes(best)) return { ...best, rate: 0 }
  let tooHigh = Number.POSITIVE_INFINITY
  while (tooHigh - best.rate > best.rate / 16) {
    const rate = tooHigh === Number.POSITIVE_INFINITY ? best.rate * 2 : (best.rate + tooHigh) / 2
    const measured = await run(rate)
    if (passes(measured)) best = { ...measured, rate }
    else tooHigh = rate
  }
  return best
}
