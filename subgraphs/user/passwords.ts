// Password hashes: Argon2id (RFC 9106) with the parameters that OWASP asks for: 19 MiB, two passes, one lane.
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { AppError } from '#schema/errors.ts'

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/**
 * Passwords that are worked on at once: more than there are cores are no faster. Of the four threads that the process has for such
 * work one stays free, so that nobody's signed tokens wait behind the passwords of others.
 */
const width = Math.min(availableParallelism(), 3)

export interface Passwords {
  /** A salted hash in PHC string format. Throws SERVICE_UNAVAILABLE when too many wait. */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one that was hashed. Null is nobody's hash: false, after the same work. Throws SERVICE_UNAVAILABLE
   * when too many wait.
   */
  verify(passwordHash: string | null, password: string): Promise<boolean>
}

/** @param patienceMs nobody waits longer for his turn, in milliseconds; who would have to is refused at once. */
export function createPasswords(patienceMs: number): Passwords {
  const inTurn = createTurns(width, patienceMs)
  // Nobody knows the password of this hash, so a sign-in to an account that does not exist fails as late as any other.
  const nobodys = hash(randomBytes(16).toString('hex'), parameters)
  return {
    hash: (password) => inTurn(() => hash(password, parameters)),
    async verify(passwordHash, password) {
      const asked = passwordHash ?? (await nobodys)
      return (await inTurn(() => verify(asked, password))) && passwordHash !== null
    },
  }
}

/** Lets so much work go on at once; the rest waits, first come, first served, and not for longer than is worth it. */
export function createTurns(width: number, patienceMs: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting = new Set<() => void>()
  let running = 0
  /** How long one has taken lately. */
  let usualMs = 50
  const expectedMs = () => Math.ceil((waiting.size * usualMs) / width)

  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      // All that was expected may be wrong.
      const timer = setTimeout(() => {
        waiting.delete(begin)
        reject(tooMany(expectedMs()))
      }, patienceMs)
      waiting.add(begin)
    })

  return async (work) => {
    if (expectedMs() > patienceMs) throw tooMany(expectedMs())
    if (running < width) running += 1
    else await turn()
    const begunAt = performance.now()
    try {
      return await work()
    } finally {
      usualMs += (performance.now() - begunAt - usualMs) / 8
      // The place goes to the next one, or is free.
      const [next] = waiting
      if (next) {
        waiting.delete(next)
        next()
      } else running -= 1
    }
  }
}

/** Nobody is told to come again within a second: that would be no help. */
const tooMany = (waitMs: number) =>
  new AppError('SERVICE_UNAVAILABLE', 'Too many people come at once. Try again in a moment.', {
    retryAfterMs: Math.max(1_000, waitMs),
  })
