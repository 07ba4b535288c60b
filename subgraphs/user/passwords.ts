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
  /**
   * Lets somebody in for a visit, in which all his passwords together wait no longer than one may; inside a visit the same one goes on.
   * Throws SERVICE_UNAVAILABLE, before the visit has begun, when too many wait: what a visit counts first is counted of nobody else.
   */
  admit<T>(visit: (passwords: Passwords) => Promise<T>): Promise<T>
  /** A salted hash in PHC string format. Throws SERVICE_UNAVAILABLE when too many wait. */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one that was hashed. Null is nobody's hash: false, after the same work. Throws SERVICE_UNAVAILABLE
   * when too many wait.
   */
  verify(passwordHash: string | null, password: string): Promise<boolean>
}

/** @param patienceMs nobody waits longer for his turns, in milliseconds; who would have to is refused at once. */
export function createPasswords(patienceMs: number): Passwords {
  const letIn = createTurns(width, patienceMs)
  // Nobody knows the password of this hash, so a sign-in to an account that does not exist fails as late as any other.
  const nobodys = hash(randomBytes(16).toString('hex'), parameters)
  const work = (inTurn: InTurn): Omit<Passwords, 'admit'> => ({
    hash: (password) => inTurn(() => hash(password, parameters)),
    async verify(passwordHash, password) {
      const asked = passwordHash ?? (await nobodys)
      return (await inTurn(() => verify(asked, password))) && passwordHash !== null
    },
  })
  const visiting = (inTurn: InTurn): Passwords => {
    const own: Passwords = { ...work(inTurn), admit: (visit) => visit(own) }
    return own
  }
  return {
    ...work((one) => letIn((inTurn) => inTurn(one))),
    admit: (visit) => letIn((inTurn) => visit(visiting(inTurn))),
  }
}

/** Does work when its turn has come. Throws SERVICE_UNAVAILABLE when that takes too long. */
type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Lets so much work go on at once; the rest waits, first come, first served, and not for longer than is worth it. Who is let in has a
 * place in the queue from then on, until his first turn or until his visit is over; his turns together wait no longer than one may.
 */
export function createTurns(
  width: number,
  patienceMs: number,
): <T>(visit: (inTurn: InTurn) => Promise<T>) => Promise<T> {
  const waiting = new Set<() => void>()
  /** How many were let in and have not come for their turn yet. */
  let coming = 0
  let running = 0
  /** How long one has taken lately. */
  let usualMs = 50
  const expectedMs = () => {
    const ahead = Math.max(0, waiting.size + coming + running - width)
    return Math.ceil((ahead * usualMs) / width)
  }

  const turn = (leftMs: number) =>
    new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      // All that was expected may be wrong.
      const timer = setTimeout(() => {
        waiting.delete(begin)
        reject(tooMany(expectedMs()))
      }, leftMs)
      waiting.add(begin)
    })

  const workBy = async <T>(until: number, work: () => Promise<T>): Promise<T> => {
    if (running < width) running += 1
    else await turn(Math.max(0, until - performance.now()))
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

  return async (visit) => {
    // Some patience is left for work that takes longer than it did, so that few who were let in are refused later.
    if (expectedMs() > patienceMs * foreseen) throw tooMany(expectedMs())
    const until = performance.now() + patienceMs
    let hasCome = false
    const comes = () => {
      if (!hasCome) coming -= 1
      hasCome = true
    }
    coming += 1
    try {
      return await visit((work) => {
        comes()
        return workBy(until, work)
      })
    } finally {
      comes()
    }
  }
}

/** How much of the patience may be taken by what is foreseen. */
const foreseen = 0.75

/** Nobody is told to come again within a second: that would be no help. */
const tooMany = (waitMs: number) =>
  new AppError('SERVICE_UNAVAILABLE', 'Too many people come at once. Try again in a moment.', {
    retryAfterMs: Math.max(1_000, waitMs),
  })
