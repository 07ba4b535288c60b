// What every mutation shares: refusals become `userErrors`, and an idempotency key makes a repeated call answer as the
// first one did.
import type { Db } from 'mongodb'
import { AppError, isUserErrorCode, type UserErrorCode } from '#schema/errors.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import type { Pace, SharedTransaction, Transact, Transaction } from './mongo.ts'
import type { Signer } from './secrets.ts'
import type { Platform } from './service.ts'

export interface UserErrorShape {
  code: UserErrorCode
  message: string
  field: string[]
}

interface IdempotencyRow {
  _id: string
  /** Signature of the mutation's name and input: another input under the same key is a mistake of the caller. */
  body: string
  answer: unknown
  at: Date
}

const retentionSeconds = 86_400

/** Index that ends idempotency keys after 24 hours. */
export async function prepareIdempotency(db: Db): Promise<void> {
  await db
    .collection('idempotency')
    .createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: retentionSeconds })
}

/** What a mutation needs of its subgraph. */
export interface MutationScope<P extends SubgraphName> {
  db: Db
  transact: Transact<P>
  /** That of the purpose `idempotency`. */
  inputs: Signer
}

/** What a subgraph's mutations need, of a process's platform. */
export function mutationScope<P extends SubgraphName>(platform: Platform, name: P): MutationScope<P> {
  return {
    db: platform.db(name),
    transact: platform.transact(name),
    inputs: platform.signer('idempotency'),
  }
}

/**
 * Runs a mutation. `work` gets a `transact` that records the answer under the caller's key in the same transaction as its
 * rows, so the answer and the effect are there together or not at all; what it returns must be plain data. `present`
 * shapes the payload from it, for the first call and for repetitions alike.
 *
 * Refusals (`AppError` with a user error code) become `{ userErrors }`; anything else is a top-level error.
 */
export async function mutate<P extends SubgraphName, R, Payload extends object>(
  scope: MutationScope<P>,
  call: { name: string; actor: string; input: { idempotencyKey?: string | null | undefined } },
  work: (transact: Transact<P>) => Promise<R>,
  present: (result: R) => Payload | Promise<Payload>,
): Promise<Partial<Payload> & { userErrors: UserErrorShape[] }> {
  try {
    const payload = await present(await once(scope, call, work))
    return { ...payload, userErrors: [] }
  } catch (error) {
    if (!(error instanceof AppError) || !isUserErrorCode(error.code)) throw error
    // FORBIDDEN is both; inside a mutation it is a refusal.
    const refusal = { code: error.code, message: error.message, field: error.field }
    return { userErrors: [refusal] } as unknown as Partial<Payload> & { userErrors: UserErrorShape[] }
  }
}

async function once<P extends SubgraphName, R>(
  scope: MutationScope<P>,
  call: { name: string; actor: string; input: { idempotencyKey?: string | null | undefined } },
  work: (transact: Transact<P>) => Promise<R>,
): Promise<R> {
  const { idempotencyKey: key, ...input } = call.input
  if (key === null || key === undefined) return work(scope.transact)
  if (key.length < 1 || key.length > 128) {
    throw new AppError('INVALID', 'An idempotency key has 1–128 characters.', {
      field: ['input', 'idempotencyKey'],
    })
  }
  const rows = scope.db.collection<IdempotencyRow>('idempotency')
  const _id = `${call.actor}:${key}`
  const body = scope.inputs.sign(`${call.name}\n${JSON.stringify(input)}`)
  const earlier = async (level: 'majority' | 'linearizable'): Promise<{ answer: R } | null> => {
    const row = await rows.findOne({ _id }, { readConcern: { level } })
    if (!row) return null
    if (row.body !== body) {
      throw new AppError('IDEMPOTENCY_MISMATCH', 'This idempotency key came before with another input.', {
        field: ['input', 'idempotencyKey'],
      })
    }
    return { answer: row.answer as R }
  }

  const known = await earlier('majority')
  if (known) return known.answer
  const claim = (answer: unknown): IdempotencyRow => ({ _id, body, answer, at: new Date() })
  // The claim is the last write of the transaction: racing calls do their work and all but one take it back.
  const alone = <T>(work_: (tx: Transaction<P>) => Promise<T>) =>
    scope.transact(async (tx) => {
      const answer = await work_(tx)
      await rows.insertOne(claim(answer), { session: tx.session })
      return answer
    })
  const transact: Transact<P> = Object.assign(alone, {
    together: <T>(on: string, work_: (tx: SharedTransaction<P>) => Promise<T>, pace?: Pace) =>
      scope.transact.together(
        on,
        async (tx) => {
          const answer = await work_(tx)
          tx.write(rows, { insertOne: { document: claim(answer) } })
          return answer
        },
        pace,
      ),
  })
  try {
    return await work(transact)
  } catch (error) {
    // The loser of a race may also have met the winner's row in a unique index of its own. The winner's commit may stand
    // on this server alone as yet: this read waits for the majority.
    const won = await earlier('linearizable')
    if (won) return won.answer
    throw error
  }
}
