import type { Sink } from 'graphql-ws'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forwardTo, onResync } from './forward.ts'

beforeEach(() => {
  vi.useFakeTimers()
  // No jitter: each pause is as long as it can be.
  vi.spyOn(Math, 'random').mockReturnValue(1)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

interface Run {
  variables: Record<string, unknown>
  sink: Sink<unknown>
}

/** A subscription whose socket is played by hand: what was asked for each time, what came, and how often all must be read again. */
function listening() {
  const runs: Run[] = []
  const came: unknown[] = []
  let resyncs = 0
  onResync(() => {
    resyncs += 1
  })
  const subscribe = ({ variables }: { variables?: object | null }, sink: Sink<unknown>) => {
    runs.push({ variables: { ...variables }, sink })
    return () => sink.complete()
  }
  const forward = forwardTo({ subscribe } as Parameters<typeof forwardTo>[0])
  const ended = () => came.push('ended')
  const sink = { next: (result: object) => came.push(result), error: ended, complete: ended }
  const body = { query: 'subscription { x { cursor } }', variables: { id: 1 } }
  const { unsubscribe } = forward(body as never, {} as never).subscribe(sink as never)
  const last = () => runs.at(-1)?.sink as Sink<never>
  return { runs, came, last, unsubscribe, resyncs: () => resyncs }
}

const event = (cursor: string) => ({ data: { x: { cursor } } }) as never
const refusal = (code: string) => [{ message: code, extensions: { code } }]
const unanswered = { data: { x: null }, errors: refusal('SERVICE_UNAVAILABLE') } as never

test('an event that nobody could answer comes again after the last one that was, and so does a refused return', () => {
  const { runs, came, last, resyncs } = listening()
  last().next(event('a'))
  last().next(unanswered)
  vi.advanceTimersByTime(1_000)
  last().error(refusal('SERVICE_UNAVAILABLE'))
  vi.advanceTimersByTime(2_000)
  last().next(event('b'))
  expect(runs.map(({ variables }) => variables)).toEqual([
    { id: 1 },
    { id: 1, after: 'a' },
    { id: 1, after: 'a' },
  ])
  expect(came).toEqual([event('a'), event('b')])
  expect(resyncs()).toBe(0)
})

test('what cannot be replayed is read again: after RESYNC, and when nothing had come before', () => {
  const { runs, last, resyncs } = listening()
  last().next({ errors: refusal('RESYNC') } as never)
  last().complete()
  expect([runs.length, resyncs()]).toEqual([2, 1])
  last().next(unanswered)
  vi.advanceTimersByTime(1_000)
  last().next(event('a'))
  expect(resyncs()).toBe(2)
  last().next(event('b'))
  expect(resyncs()).toBe(2)
  expect(runs.map(({ variables }) => variables)).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }])
})

test('in an outage it is tried ever more seldom, and all is read again once, when an attempt has lasted', () => {
  const { runs, last, resyncs, unsubscribe } = listening()
  for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const before = runs.length
    last().error(refusal('SERVICE_UNAVAILABLE'))
    vi.advanceTimersByTime(pauseMs - 1)
    expect(runs).toHaveLength(before)
    vi.advanceTimersByTime(1)
    expect(runs).toHaveLength(before + 1)
  }
  vi.advanceTimersByTime(4_999)
  expect(resyncs()).toBe(0)
  vi.advanceTimersByTime(1)
  expect(resyncs()).toBe(1)
  vi.advanceTimersByTime(60_000)
  expect(resyncs()).toBe(1)

  // The next outage begins with a short pause; who no longer listens does not come back.
  last().error(refusal('SERVICE_UNAVAILABLE'))
  vi.advanceTimersByTime(1_000)
  expect(runs).toHaveLength(9)
  last().error(refusal('SERVICE_UNAVAILABLE'))
  unsubscribe()
  vi.advanceTimersByTime(60_000)
  expect([runs.length, resyncs()]).toEqual([9, 1])
})

test('any other refusal ends it', () => {
  const { came, last, resyncs } = listening()
  last().error(refusal('SERVICE_UNAVAILABLE'))
  vi.advanceTimersByTime(1_000)
  last().error(refusal('FORBIDDEN'))
  vi.advanceTimersByTime(60_000)
  expect([came, resyncs()]).toEqual([['ended'], 0])
})
