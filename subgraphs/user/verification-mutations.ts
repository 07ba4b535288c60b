// Mutations about consents and verification: each authorises, calls the domain, returns.
import { viewerMutation } from '#platform/subgraph.ts'
import { updateConsents } from './domain/consents.ts'
import { recordVerificationPayment, requestVerification, resolveVerification } from './domain/verification.ts'
import { ofViewer } from './signed-in.ts'
import type { MutationResolvers } from './types.gen.ts'

export const verificationMutations = {
  updateConsents: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'updateConsents',
      input,
      (viewer, transact) => updateConsents({ ...context, transact }, viewer.userId, input),
      ofViewer(context),
    ),

  requestVerification: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'requestVerification',
      input,
      (viewer, transact) => requestVerification({ ...context, transact }, viewer.userId, input),
      async ({ verificationId }) => ({ verification: await context.store.findVerification(verificationId) }),
    ),

  resolveVerification: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'resolveVerification',
      input,
      (viewer, transact) => resolveVerification({ ...context, viewer, transact }, input),
      async ({ verificationId }) => ({ verification: await context.store.findVerification(verificationId) }),
    ),

  recordVerificationPayment: async (_parent, { input }, context) => ({
    outcome: await recordVerificationPayment(context, input),
  }),
} satisfies MutationResolvers
