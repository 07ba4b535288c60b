// Mutations about signing in by an identity provider: each authorises, calls the domain, returns.
import { mutate } from '#platform/mutation.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import { having } from '#platform/validate.ts'
import type { Context } from './context.ts'
import {
  completeSocialSignIn,
  finishSocialSignIn,
  type SocialOutcome,
  startSocialSignIn,
  unlinkSocialIdentity,
} from './domain/social.ts'
import type { Account, SessionView } from './model.ts'
import { ofViewer, signedIn } from './signed-in.ts'
import type { MutationResolvers } from './types.gen.ts'

/** The payload for what a sign-in has come to. */
async function payloadOf(
  context: Context,
  outcome: SocialOutcome,
): Promise<{ status: SocialOutcome['status']; session: SessionView | null; viewer: Account | null }> {
  const { status } = outcome
  switch (status) {
    case 'SIGNED_IN':
      return { status, ...(await signedIn(context, outcome)) }
    case 'LINKED':
      return { status, session: null, viewer: await context.store.findUser(outcome.userId) }
    default:
      return { status, session: null, viewer: null }
  }
}

// What a sign-in came to is not kept under its idempotency key: it opens a session.
export const socialMutations = {
  startSocialSignIn: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'startSocialSignIn', actor: 'startSocialSignIn', input },
      () => startSocialSignIn(context, having(input, 'provider', 'redirectUri'), context.viewer),
      (started) => started,
    ),

  finishSocialSignIn: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'finishSocialSignIn', actor: 'finishSocialSignIn', input },
      () => finishSocialSignIn(context, having(input, 'flowToken', 'callbackUrl'), context.viewer.userId),
      (outcome) => payloadOf(context, outcome),
    ),

  completeSocialSignIn: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'completeSocialSignIn', actor: 'completeSocialSignIn', input },
      () =>
        completeSocialSignIn(
          { ...context, signer: context.twoFactorSigner },
          having(input, 'flowToken'),
          context.viewer,
        ),
      (outcome) => payloadOf(context, outcome),
    ),

  unlinkSocialIdentity: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'unlinkSocialIdentity',
      input,
      (viewer, transact) => unlinkSocialIdentity({ ...context, transact }, viewer.userId, input.identityId),
      ofViewer(context),
    ),
} satisfies MutationResolvers
