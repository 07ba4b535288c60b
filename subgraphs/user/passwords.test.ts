// Many passwords at once: a burst waits its turn, and holds nobody else up; more than can be served in time is refused at once.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'
import { createPasswords, createTurns } from './passwords.ts'

const burst = 40
const tooMany = { code: 'SERVICE_UNAVAILABLE', retryAfterMs: expect.any(Number) }

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
})
afterAll(() => running.stack.disposeAsync())

test('a burst of passwords is served, and a signature does not wait behind it', async () => {
  const passwords = createPasswords(60_000)
  let done = 0
  const hashes = Array.from({ length: burst }, async (_, i) => {
    const one = await passwords.hash(`password ${i}`)
    done += 1
    return one
  })
  // Tokens are signed on the threads that passwords are hashed on.
  await crypto.subtle.digest('SHA-256', new Uint8Array(32))
  expect(done).toBeLessThan(burst / 2)
  const all = await Promise.all(hashes)
  expect(await passwords.verify(all[burst - 1] ?? null, `password ${burst - 1}`)).toBe(true)
})

test('who would wait too long for his turn is refused at once, and told when to come again', async () => {
  const passwords = createPasswords(0)
  const outcomes = await Promise.allSettled(
    Array.from({ length: burst }, (_, i) => passwords.hash(`password ${i}`)),
  )
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  expect(refused.length).toBeGreaterThan(burst / 2)
  expect(refused.length).toBeLessThan(burst)
  for (const one of refused) expect(one).toMatchObject({ reason: tooMany })
  // There is room again.
  expect(await passwords.verify(null, 'anything')).toBe(false)
})

test('nobody waits longer than that when the work before him takes longer than ever', async () => {
  const letIn = createTurns(1, 50)
  const inTurn = (work: () => Promise<string>) => letIn((mine) => mine(work))
  const { promise: ends, resolve: end } = Promise.withResolvers<string>()
  const first = inTurn(() => ends)
  await expect(inTurn(async () => 'second')).rejects.toMatchObject(tooMany)
  end('first')
  expect(await first).toBe('first')
  expect(await inTurn(async () => 'third')).toBe('third')
})

test('the turns of one visit wait no longer together than one may', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  try {
    const letIn = createTurns(1, 3_000)
    const works = () => {
      const { promise, resolve: end } = Promise.withResolvers<void>()
      return { end, done: letIn((inTurn) => inTurn(() => promise)) }
    }
    const before = works()
    let between: ReturnType<typeof works> | undefined
    const visit = letIn(async (inTurn) => {
      await inTurn(async () => {
        between = works()
      })
      return inTurn(async () => 'second')
    })
    const refused = expect(visit).rejects.toMatchObject(tooMany)
    await vi.advanceTimersByTimeAsync(2_000)
    before.end()
    await before.done
    // The second turn comes behind somebody else's work; of the patience a third is left.
    await vi.advanceTimersByTimeAsync(1_000)
    await refused
    between?.end()
    await between?.done
  } finally {
    vi.useRealTimers()
  }
})

test('a burst of sign-ups is served', async () => {
  const people = await Promise.all(Array.from({ length: burst }, (_, i) => running.signsUp(`one${i}`)))
  expect(new Set(people.map(({ id }) => id)).size).toBe(burst)
})

test('of an overload of sign-ups some are served, and the refused have left nothing and may come again', async () => {
  const hasty = await startUser({ passwordWaitMs: 0 })
  await using _ends = hasty.stack
  const signsUp = (name: string) => hasty.asker().does('signUp', signUpInput(name), sessionFields)
  const names = Array.from({ length: burst }, (_, i) => `many${i}`)
  const answers = await Promise.all(names.map(signsUp))
  const refused = names.filter((_, i) => Array.isArray(answers[i]))
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(burst)
  for (const answer of answers)
    if (Array.isArray(answer)) expect(answer).toEqual(['SERVICE_UNAVAILABLE'])
    else expect(answer.userErrors).toEqual([])
  for (const name of refused) expect((await signsUp(name)).userErrors).toEqual([])
})
