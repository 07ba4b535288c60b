// Payloads with one's own account.
import type { Context } from './context.ts'
import { startSession } from './domain/sessions.ts'
import type { Account, SessionView } from './model.ts'

/** A session begun on the device that asks, and its account. */
export async function signedIn(
  context: Context,
  proven: { userId: string; passwordHash: string | null },
): Promise<{ session: SessionView; viewer: Account | null }> {
  const session = await startSession(context, proven, context.viewer.userAgent)
  return { session, viewer: await context.store.findUser(proven.userId) }
}

/** The payload of a mutation that changed the viewer's own account: its present state. */
export const ofViewer =
  ({ store }: Context) =>
  async ({ userId }: { userId: string }): Promise<{ viewer: Account | null }> => ({
    viewer: await store.findUser(userId),
  })
