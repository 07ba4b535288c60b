// Password hashes: Argon2id (RFC 9106) with the parameters that OWASP asks for: 19 MiB, two passes, one lane.
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export interface Passwords {
  /** A salted hash in PHC string format. */
  hash(password: string): Promise<string>
  /** Whether the password is the one that was hashed. Null is nobody's hash: false, after the same work. */
  verify(passwordHash: string | null, password: string): Promise<boolean>
}

export function createPasswords(): Passwords {
  // Nobody knows the password of this hash, so a sign-in to an account that does not exist fails as late as any other.
  const nobodys = hash(randomBytes(16).toString('hex'), parameters)
  return {
    hash: (password) => hash(password, parameters),
    async verify(passwordHash, password) {
      const isRight = await verify(passwordHash ?? (await nobodys), password)
      return passwordHash !== null && isRight
    },
  }
}
