// Consents: what someone agrees to, to which text, and since when. Rows are added and never changed, so that what held at any
// time can be shown.
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { AppError } from '#schema/errors.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import type { ConsentKind, ConsentRow, ConsentView, RefusalChange } from '../model.ts'

/** The day of the present texts. */
export const consentVersion = '2026-01-15'

const kinds = { terms: 'TERMS', analytics: 'ANALYTICS', personalisation: 'PERSONALISATION' } as const

export interface ConsentsInput {
  terms?: boolean | null | undefined
  analytics?: boolean | null | undefined
  personalisation?: boolean | null | undefined
  version?: string | null | undefined
}

interface ConsentStore {
  /** The last row of each kind. */
  listLatestConsents(userId: string, session?: Transaction['session']): Promise<ConsentRow[]>
  insertConsents(tx: Transaction<'user'>, rows: ConsentRow[]): Promise<void>
  /** Notes with the account what its owner does not want. */
  updateRefusals(tx: Transaction<'user'>, userId: string, change: RefusalChange): Promise<void>
}

/** What someone agrees to by now. Who never said anything has agreed to nothing. */
export function standingConsents(latest: readonly ConsentRow[]): ConsentView[] {
  return Object.values(kinds).map(
    (kind) =>
      latest.find((row) => row.kind === kind) ?? { kind, granted: false, version: consentVersion, at: null },
  )
}

/** The rows that an input adds: what was said before to the same text is not said again. */
export function consentsToAdd(
  latest: readonly ConsentRow[],
  input: ConsentsInput,
): { kind: ConsentKind; granted: boolean }[] {
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const granted = input[name as keyof typeof kinds]
    if (granted === null || granted === undefined) return []
    const before = latest.find((row) => row.kind === kind)
    return before?.granted === granted && before.version === consentVersion ? [] : [{ kind, granted }]
  })
}

/** What others are to leave undone, of what was said, the newest first. Who was never asked has refused nothing. */
export function refusalsOf(said: readonly { kind: ConsentKind; granted: boolean }[]): RefusalChange {
  const refused = (kind: ConsentKind) =>
    said.filter((one) => one.kind === kind).map(({ granted }) => !granted)
  const [analytics] = refused('ANALYTICS')
  const [personalisation] = refused('PERSONALISATION')
  return {
    ...(analytics === undefined ? {} : { refusesAnalytics: analytics }),
    ...(personalisation === undefined ? {} : { refusesPersonalisation: personalisation }),
  }
}

/**
 * Notes what the viewer agrees to, and what he takes back: in force everywhere when it returns. Throws CONFLICT when he was shown
 * another text than the present one.
 */
export async function updateConsents(
  deps: {
    store: ConsentStore
    transact: Transact<'user'>
    accounts: Pick<FactModel<AccountFacts>, 'changing'>
    now: Date
  },
  userId: string,
  input: ConsentsInput,
): Promise<{ userId: string }> {
  if (typeof input.version === 'string' && input.version !== consentVersion) {
    throw new AppError('CONFLICT', 'There is a newer text. Show that one.', { field: ['input', 'version'] })
  }
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      const latest = await deps.store.listLatestConsents(userId, tx.session)
      const rows = consentsToAdd(latest, input).map((consent) => ({
        _id: newId('consent'),
        userId,
        ...consent,
        version: consentVersion,
        at: deps.now,
      }))
      if (rows.length > 0) await deps.store.insertConsents(tx, rows)
      // Always, and from the newest rows: two changes at once conflict here, and the account never says other than the rows.
      await deps.store.updateRefusals(tx, userId, refusalsOf([...rows, ...latest]))
      tx.emit('account.changed', { userId })
      if (rows.length > 0) tx.emit('consents.changed', { userId })
      return { userId }
    }),
  )
}
