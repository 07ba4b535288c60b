// Mutations about passkeys: each authorises, calls the domain, returns.
import { mutate } from '#platform/mutation.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import { having } from '#platform/validate.ts'
import {
  finishPasskeyRegistration,
  finishPasskeySignIn,
  removePasskey,
  startPasskeyRegistration,
  startPasskeySignIn,
} from './domain/passkeys.ts'
import { ofViewer, signedIn } from './signed-in.ts'
import type { MutationResolvers } from './types.gen.ts'

export const passkeyMutations = {
  startPasskeyRegistration: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'startPasskeyRegistration',
      input,
      (viewer) => startPasskeyRegistration(context, viewer, input),
      (options) => options,
    ),

  finishPasskeyRegistration: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'finishPasskeyRegistration',
      input,
      (viewer, transact) =>
        finishPasskeyRegistration({ ...context, transact }, viewer.userId, having(input, 'credentialJson')),
      async ({ credentialId }) => ({ passkey: await context.store.findPasskey(credentialId) }),
    ),

  startPasskeySignIn: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'startPasskeySignIn', actor: 'startPasskeySignIn', input },
      () => startPasskeySignIn(context),
      (options) => options,
    ),

  // Nothing of a sign-in is kept under its idempotency key: every call proves the passkey.
  finishPasskeySignIn: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'finishPasskeySignIn', actor: 'finishPasskeySignIn', input },
      () => finishPasskeySignIn(context, having(input, 'credentialJson'), context.viewer.ip),
      (proven) => signedIn(context, proven),
    ),

  removePasskey: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'removePasskey',
      input,
      (viewer, transact) => removePasskey({ ...context, transact }, viewer.userId, input.passkeyId),
      ofViewer(context),
    ),
} satisfies MutationResolvers
