// The audit log: a chain in which each entry holds the hash of the one before, so that none can be changed, moved or taken out
// without its showing.
import { createHash } from 'node:crypto'
import type { ClientSession } from 'mongodb'
import type { AuditRow } from '../model.ts'
import type { Store } from '../store.ts'

/** Stands for the hash before the first entry. */
export const firstHash = '0'.repeat(64)

/** What is noted. */
export type AuditNote = Omit<AuditRow, '_id' | 'previousHash' | 'hash'>

/** The hash of an entry, over all that it says and the hash before. */
export function auditHash(entry: Omit<AuditRow, 'hash'>): string {
  const { _id, at, actorId, action, itemId, subjectId, detail, previousHash } = entry
  const said = [_id, at.toISOString(), actorId, action, itemId, subjectId, detail, previousHash]
  return createHash('sha256').update(JSON.stringify(said)).digest('hex')
}

/** What may stand in an entry's detail, which nobody can take out again: codes of the house, and nobody's words. */
const codePattern = /^[A-Za-z_-]{1,40}( [\d.e-]{1,24})?$/

/**
 * Adds to the chain; answers the entry's place. Two at once conflict, and one of the transactions runs again. Throws when the detail
 * is no code.
 */
export async function appendAudit(
  deps: Pick<Store, 'advanceAudit' | 'insertAudit'>,
  session: ClientSession,
  note: AuditNote,
): Promise<number> {
  if (note.detail !== null && !codePattern.test(note.detail)) throw new Error('a detail is a code')
  return deps.advanceAudit(session, async (head) => {
    const entry = { _id: head.sequence + 1, ...note, previousHash: head.hash }
    const hash = auditHash(entry)
    await deps.insertAudit({ ...entry, hash }, session)
    return { sequence: entry._id, hash }
  })
}

/** The place of the first entry of a part of the chain that does not fit; null when all do. `before` is what the part follows. */
export function brokenLink(
  entries: readonly AuditRow[],
  before: { sequence: number; hash: string } = { sequence: 0, hash: firstHash },
): number | null {
  let last = before
  for (const entry of entries) {
    const fits =
      entry._id === last.sequence + 1 && entry.previousHash === last.hash && entry.hash === auditHash(entry)
    if (!fits) return last.sequence + 1
    last = { sequence: entry._id, hash: entry.hash }
  }
  return null
}

/** Walks the whole log. The place of the first entry that was changed, moved or taken out, also at the end; null when it is whole. */
export async function findTampering(
  deps: Pick<Store, 'auditHead' | 'listAuditFrom'>,
): Promise<number | null> {
  const head = await deps.auditHead()
  let last = { sequence: 0, hash: firstHash }
  while (last.sequence < head.sequence) {
    const part = await deps.listAuditFrom(last.sequence + 1, head.sequence, 1_000)
    const broken = brokenLink(part, last)
    if (broken !== null) return broken
    const end = part.at(-1)
    if (!end) return last.sequence + 1
    last = { sequence: end._id, hash: end.hash }
  }
  return last.hash === head.hash ? null : head.sequence
}
