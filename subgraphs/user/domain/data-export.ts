// Copies of their data, for their owners. Every subgraph writes its part into the object store; when all are there, the parts
// become one archive, its owner hears of it by mail, and after a week it goes.

import { exportPrefix } from '#platform/account-lifecycle.ts'
import type { SessionRow } from '#platform/apps.ts'
import type { Limits } from '#platform/limits.ts'
import type { Mailer } from '#platform/mail.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Storage } from '#platform/storage.ts'
import { newId } from '#schema/ids.ts'
import type { Account, Credential, ExportRow } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { proveOwner } from './sign-in.ts'

/** How long a copy can be fetched, and how long one may take to be made. */
export const keptMs = 7 * 86_400_000
const leaseMs = 10 * 60_000
/** How soon one whose parts are not all there is looked at again. */
const waitMs = 5_000

export interface ExportStore {
  insertExport(tx: Transaction<'user'>, row: ExportRow): Promise<void>
  claimExport(now: Date, until: Date): Promise<ExportRow | null>
  updateExport(id: string, change: Partial<ExportRow>): Promise<void>
  listExpiredExports(now: Date, limit: number): Promise<ExportRow[]>
  removeExport(id: string): Promise<void>
  findUser(userId: string): Promise<Account | null>
}

/** Asks for a copy of the viewer's data. Throws INVALID for a wrong password, FORBIDDEN, RATE_LIMITED, CONFLICT while one is made. */
export async function requestDataExport(
  deps: {
    store: Pick<ExportStore, 'insertExport'> & {
      findCredentialById(userId: string): Promise<Credential | null>
      findSession(sessionId: string): Promise<SessionRow | null>
    }
    transact: Transact<'user'>
    limits: Limits
    passwords: Passwords
    now: Date
  },
  viewer: { userId: string; sessionId: string },
  input: { password?: string | null | undefined },
): Promise<{ userId: string; exportId: string }> {
  await proveOwner(deps, viewer, input.password)
  const { userId } = viewer
  const exportId = newId('export')
  return deps.transact(async (tx) => {
    await deps.store.insertExport(tx, {
      _id: exportId,
      userId,
      status: 'PENDING',
      requestedAt: deps.now,
      finishedAt: null,
      expiresAt: new Date(deps.now.getTime() + keptMs),
      key: null,
      byteSize: null,
      leaseUntil: null,
    })
    tx.emit('export.requested', { userId, exportId })
    return { userId, exportId }
  })
}

interface WorkDeps {
  store: ExportStore
  storage: Pick<Storage, 'removePrefix'>
  mailer: Mailer
  publicUrl: string
  /** Makes the archive of the parts; null while a part is not there. */
  assemble(row: ExportRow): Promise<{ key: string; byteSize: number } | null>
  now: Date
}

/** Makes archives of what is complete, and removes those whose time is over. */
export async function tendExports(deps: WorkDeps, signal: AbortSignal): Promise<void> {
  const { store, now } = deps
  for (const row of await store.listExpiredExports(now, 100)) {
    await deps.storage.removePrefix(exportPrefix(row.userId, row._id))
    await store.removeExport(row._id)
  }
  while (!signal.aborted) {
    const row = await store.claimExport(now, new Date(now.getTime() + leaseMs))
    if (!row) return
    const archive = await deps.assemble(row)
    if (!archive) {
      await store.updateExport(row._id, { leaseUntil: new Date(now.getTime() + waitMs) })
      continue
    }
    // The mail first, lest it be forgotten; a second one has the same id.
    await sendReady(deps, row)
    const expiresAt = new Date(now.getTime() + keptMs)
    await store.updateExport(row._id, {
      status: 'READY',
      finishedAt: now,
      expiresAt,
      leaseUntil: null,
      ...archive,
    })
  }
}

async function sendReady({ store, mailer, publicUrl }: WorkDeps, row: ExportRow): Promise<void> {
  const account = await store.findUser(row.userId)
  if (!account?.emailVerifiedAt) return
  await mailer.send({
    id: row._id,
    to: account.email,
    subject: 'The copy of your data is ready',
    text: `Hello ${account.username},\n\nthe copy of your data that you asked for is ready. For seven days you can fetch it here:\n\n${publicUrl}/settings\n\nIf you did not ask for it, change your password.\n`,
  })
}
