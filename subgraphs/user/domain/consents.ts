// Consents: what someone agrees to, to which text, and since when. Rows are added and never changed, so that what held at any
// time can be shown.
import type { Transact, Transaction } from '#platform/mongo.ts'
import { AppError } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { ConsentKind, ConsentRow, ConsentView } from '../model.ts'

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
  listLatestConsents(userId: string): Promise<ConsentRow[]>
  insertConsents(tx: Transaction<'user'>, rows: ConsentRow[]): Promise<void>
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

/** Notes what the viewer agrees to, and what he takes back. Throws CONFLICT when he was shown another text than the present one. */
export async function updateConsents(
  deps: { store: ConsentStore; transact: Transact<'user'>; now: Date },
  userId: string,
  input: ConsentsInput,
): Promise<{ userId: string }> {
  if (typeof input.version === 'string' && input.version !== consentVersion) {
    throw new AppError('CONFLICT', 'There is a newer text. Show that one.', { field: ['input', 'version'] })
  }
  const added = consentsToAdd(await deps.store.listLatestConsents(userId), input)
  return deps.transact(async (tx) => {
    const rows = added.map((consent) => ({
      _id: newId('consent'),
      userId,
      ...consent,
      version: consentVersion,
      at: deps.now,
    }))
    if (rows.length > 0) await deps.store.insertConsents(tx, rows)
    return { userId }
  })
}
