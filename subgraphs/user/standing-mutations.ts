// Mutations about an account's being in use: each authorises, calls the domain, returns.
import { viewerMutation } from '#platform/subgraph.ts'
import { requestDataExport } from './domain/data-export.ts'
import {
  cancelAccountDeletion,
  deactivateAccount,
  deleteAccount,
  setAccountStatus,
} from './domain/standing.ts'
import { ofViewer } from './signed-in.ts'
import type { MutationResolvers } from './types.gen.ts'

export const standingMutations = {
  // Answered from the row: whom it hides from everyone is what a moderator is told about.
  setAccountStatus: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'setAccountStatus',
      input,
      (viewer, transact) => setAccountStatus({ ...context, transact }, viewer.userId, input),
      async ({ userId }) => ({ user: await context.store.findUser(userId) }),
    ),

  deactivateAccount: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'deactivateAccount',
      input,
      (viewer, transact) => deactivateAccount({ ...context, transact }, viewer, input),
      ofViewer(context),
    ),

  deleteAccount: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'deleteAccount',
      input,
      (viewer, transact) => deleteAccount({ ...context, transact }, viewer, input),
      ofViewer(context),
    ),

  requestDataExport: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'requestDataExport',
      input,
      (viewer, transact) => requestDataExport({ ...context, transact }, viewer, input),
      ofViewer(context),
    ),

  cancelAccountDeletion: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'cancelAccountDeletion',
      input,
      (viewer, transact) => cancelAccountDeletion({ ...context, transact }, viewer.userId),
      ofViewer(context),
    ),
} satisfies MutationResolvers
