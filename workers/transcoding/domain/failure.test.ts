import { expect, test } from 'vitest'
import { MediaFailure, type MediaFailureCode, mediaFailures } from './failure.ts'

test('only what may be this machine’s fault is retryable', () => {
  const retryable = Object.entries(mediaFailures).filter(([, row]) => row.retryable)
  expect(retryable.map(([code]) => code)).toEqual(['TIMED_OUT', 'INTERNAL'])
})

test('messages are sentences, and details stay out of them', () => {
  for (const code of Object.keys(mediaFailures) as MediaFailureCode[]) {
    const failure = new MediaFailure(code, '/tmp/secret/path')
    expect(failure.message).toMatch(/^[A-Z].*\.$/)
    expect(failure.message).not.toContain('/tmp')
    expect(failure.retryable).toBe(mediaFailures[code].retryable)
  }
})
