import type { Sink } from 'graphql-ws'
import { expect, test } from 'vitest'
import { forwardTo, onResync } from './forward.ts'

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
  forward(body as never, {} as never).subscribe(sink as never)
  const last = () => runs.at(-1)?.sink as Sink<never>
  return { runs, came, last, resyncs: () => resyncs }
}

const event = (cursor: string) => ({ data: { x: { cursor } } }) as never
const refusal = (code: string) => [{ message: code, extensions: { code } }]
const unanswered = { data: { x: null }, errors: refusal('SERVICE_UNAVAILABLE') } as never

test('an event that nobody could answer comes again after the last one that was, and so does a refused return', async () => {
  const { runs, came, last, resyncs } = listening()
  last().next(event('a'))
  last().next(unanswered)
  await expect.poll(() => runs.length).toBe(2)
  last().error(refusal('SERVICE_UNAVAILABLE'))
  await expect.poll(() => runs.length).toBe(3)
  last().next(event('b'))
  expect(runs.map(({ variables }) => variables)).toEqual([
    { id: 1 },
    { id: 1, after: 'a' },
    { id: 1, after: 'a' },
  ])
  expect(came).toEqual([event('a'), event('b')])
  expect(resyncs()).toBe(0)
})

test('what cannot be replayed is read again: after RESYNC, and when nothing had come before', async () => {
  const { runs, last, resyncs } = listening()
  last().next({ errors: refusal('RESYNC') } as never)
  last().complete()
  expect([runs.length, resyncs()]).toEqual([2, 1])
  last().next(unanswered)
  await expect.poll(resyncs).toBe(2)
  expect(runs.map(({ variables }) => variables)).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }])
})

test('any other refusal ends it', () => {
  const { came, last } = listening()
  last().error(refusal('FORBIDDEN'))
  expect(came).toEqual(['ended'])
})
