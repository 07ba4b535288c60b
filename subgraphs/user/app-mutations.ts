// Mutations about apps: each authorises, calls the domain, returns.
import { viewerMutation } from '#platform/subgraph.ts'
import type { Context } from './context.ts'
import {
  approveApp,
  createApp,
  deleteApp,
  endDeletedApp,
  revokeAppAccess,
  rotateAppSecret,
  secretOf,
  updateApp,
} from './domain/apps.ts'
import type { AppRow } from './model.ts'
import type { MutationResolvers } from './types.gen.ts'

async function appOf(context: Context, { appId }: { appId: string }): Promise<{ app: AppRow | null }> {
  const [app] = await context.store.listAppsById([appId])
  return { app: app ?? null }
}

async function withSecret(context: Context, result: { appId: string }) {
  const { app } = await appOf(context, result)
  return { app, secret: secretOf(context.appSigner, app) }
}

export const appMutations = {
  createApp: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'createApp',
      input,
      (viewer, transact) => createApp({ ...context, transact }, viewer.userId, input),
      (result) => withSecret(context, result),
    ),

  updateApp: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'updateApp',
      input,
      (viewer, transact) => updateApp({ ...context, transact }, viewer.userId, input.appId, input),
      (result) => appOf(context, result),
    ),

  rotateAppSecret: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'rotateAppSecret',
      input,
      (viewer, transact) => rotateAppSecret({ ...context, transact }, viewer.userId, input.appId),
      (result) => withSecret(context, result),
    ),

  deleteApp: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'deleteApp',
      input,
      (viewer, transact) => deleteApp({ ...context, transact }, viewer.userId, input.appId),
      async ({ appId }) => {
        // A repeated call ends what one that was cut off has left.
        await endDeletedApp(context, appId)
        return { app: await context.store.findDeletedApp(appId) }
      },
    ),

  authorizeApp: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'authorizeApp',
      input,
      (viewer) =>
        approveApp(
          { ...context, signer: context.approvalSigner },
          { userId: viewer.userId, sessionId: viewer.sessionId },
          input,
        ),
      ({ app, approval }) => ({ app, approval }),
    ),

  revokeAppAccess: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'revokeAppAccess',
      input,
      (viewer, transact) => revokeAppAccess({ ...context, transact }, viewer.userId, input.appId),
      (result) => appOf(context, result),
    ),
} satisfies MutationResolvers
