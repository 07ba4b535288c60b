// Creating an account: what a username, a password and a day of birth must be, and the one row that decides who got the name.
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { optionalText } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import type { UserRow } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { type ProofStore, requestProof } from './proof.ts'
import { firstSettings } from './settings.ts'
import { skeletonOf } from './skeleton.ts'

export interface SignUpInput {
  username: string
  email: string
  password: string
  birthDate: string
  displayName?: string | null | undefined
}

/** Who signs up must be this old, in years. */
const minimumAge = 13
const oldestBirthYear = 1900

/** Names that would pass for the service itself, or for one of its addresses. */
const reservedNames = new Set(
  'about account accounts admin administrator api app contact explore feed graphiql graphql healthz heliograph help login logout messages moderator notifications null official privacy requests root security settings signin signup staff status support system terms undefined'
    .split(' ')
    .map(skeletonOf),
)

/** A username in its folded form. Throws INVALID, or TAKEN for a reserved name. */
export function foldUsername(value: string): string {
  // ASCII only, and folded by hand: `toLowerCase` would also turn look-alikes such as the Kelvin sign into letters.
  if (!/^[A-Za-z0-9._]{1,30}$/.test(value)) {
    throw new AppError(
      'INVALID',
      'A username has 1–30 characters: letters a–z, digits, dots and underscores.',
      {
        field: ['input', 'username'],
      },
    )
  }
  const folded = value.toLowerCase()
  if (reservedNames.has(skeletonOf(folded))) throw taken('username')
  return folded
}

/** A password as it is hashed: 8–128 characters, in one Unicode form (NFKC). Throws INVALID or TOO_LONG. */
export function checkPassword(value: string, field = 'password'): string {
  const length = value.length > 256 ? value.length : [...value].length
  if (length > 128) {
    throw new AppError('TOO_LONG', 'A password has at most 128 characters.', { field: ['input', field] })
  }
  if (length < 8) {
    throw new AppError('INVALID', 'A password has at least 8 characters.', { field: ['input', field] })
  }
  return value.normalize('NFKC')
}

/** Checks a day of birth, `YYYY-MM-DD`, on the day `today` (UTC). Throws INVALID. */
export function checkBirthDate(birthDate: string, today: Date): string {
  const [year = 0, month = 0, day = 0] = birthDate.split('-').map(Number)
  const refuse = (message: string) => new AppError('INVALID', message, { field: ['input', 'birthDate'] })
  // Not only texts that parse are before today: what does not parse is no day.
  if (year < oldestBirthYear || !(Date.parse(birthDate) <= today.getTime())) {
    throw refuse('This cannot be a day of birth.')
  }
  // Born on 29 February, one comes of age on 1 March of a common year: that is where Date.UTC puts it.
  if (Date.UTC(year + minimumAge, month - 1, day) > today.getTime()) {
    throw refuse(`You must be at least ${minimumAge} years old to have an account.`)
  }
  return birthDate
}

/** The refusal of a name or address that another account holds. */
export function taken(field: 'username' | 'email'): AppError {
  const sentence =
    field === 'username'
      ? 'This username is taken. Choose another.'
      : 'Another account has this e-mail address.'
  return new AppError('TAKEN', sentence, { field: ['input', field] })
}

interface CreationDeps {
  store: Pick<ProofStore, 'insertProof'> & {
    insertUser(tx: Transaction<'user'>, row: UserRow): Promise<void>
  }
  transact: Transact<'user'>
  accounts: FactModel<AccountFacts>
  now: Date
}

/**
 * Creates an account and sends the mail that proves its address. The unique indexes on its name and address decide races: `insertUser` throws TAKEN.
 * Throws INVALID and TOO_LONG for input that is out of bounds.
 */
export async function signUp(
  deps: CreationDeps & { passwords: Pick<Passwords, 'hash'> },
  input: SignUpInput,
): Promise<{ userId: string }> {
  foldUsername(input.username)
  checkBirthDate(input.birthDate, deps.now)
  const passwordHash = await deps.passwords.hash(checkPassword(input.password))
  return createAccount(deps, { ...input, emailVerified: false, passwordHash })
}

/** Creates an account of whatever kind; `within` adds to its transaction. Throws as `signUp` does. */
export async function createAccount(
  deps: CreationDeps,
  input: Omit<SignUpInput, 'password'> & { emailVerified: boolean; passwordHash: string | null },
  within: (tx: Transaction<'user'>, userId: string) => Promise<void> = async () => {},
): Promise<{ userId: string }> {
  const username = foldUsername(input.username)
  const birthDate = checkBirthDate(input.birthDate, deps.now)
  const row: UserRow = {
    _id: newId('user'),
    username,
    usernameSkeleton: skeletonOf(username),
    email: input.email,
    emailFolded: input.email.toLowerCase(),
    emailVerifiedAt: input.emailVerified ? deps.now : null,
    passwordHash: input.passwordHash,
    birthDate,
    displayName: optionalText(input.displayName, { field: 'displayName', max: 64 }),
    bio: null,
    website: null,
    pronouns: null,
    avatar: null,
    ...firstSettings(birthDate, deps.now),
    isVerified: false,
    status: 'ACTIVE',
    accountType: 'PERSONAL',
    createdAt: deps.now,
    version: 1,
  }
  return deps.accounts.changing([row._id], () =>
    deps.transact(async (tx) => {
      await deps.store.insertUser(tx, row)
      await within(tx, row._id)
      tx.emit('account.changed', { userId: row._id })
      if (!input.emailVerified) {
        await requestProof(deps, tx, 'VERIFY_EMAIL', { userId: row._id, email: row.email })
      }
      return { userId: row._id }
    }),
  )
}
