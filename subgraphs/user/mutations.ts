// Mutations of the user subgraph: each authorises, calls the domain, returns.
import { mutate } from '#platform/mutation.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import { having } from '#platform/validate.ts'
import { appMutations } from './app-mutations.ts'
import type { Context } from './context.ts'
import { changeEmail, requestEmailVerification, verifyEmail } from './domain/email.ts'
import { changePassword, requestPasswordReset, resetPassword } from './domain/password.ts'
import { updateProfile } from './domain/profile.ts'
import { proofIdOf } from './domain/proof.ts'
import { endSession, refreshSession, revokeOtherSessions, revokeSession } from './domain/sessions.ts'
import { updateSettings } from './domain/settings.ts'
import { countSignUp, proveRepetition, signIn, wrong } from './domain/sign-in.ts'
import { signUp } from './domain/sign-up.ts'
import {
  confirmTwoFactor,
  disableTwoFactor,
  otpauthUri,
  proveSecondFactor,
  recoveryCodesOf,
  startTwoFactor,
} from './domain/two-factor.ts'
import { changeUsername } from './domain/username.ts'
import { experimentMutations } from './experiment-resolvers.ts'
import type { SessionView } from './model.ts'
import { passkeyMutations } from './passkey-mutations.ts'
import { ofViewer, signedIn } from './signed-in.ts'
import { socialMutations } from './social-mutations.ts'
import { standingMutations } from './standing-mutations.ts'
import type { MutationResolvers } from './types.gen.ts'
import { verificationMutations } from './verification-mutations.ts'

/** The payload of a mutation that ended a session. */
async function endedSession(
  context: Context,
  { sessionId }: { sessionId: string },
): Promise<{ session: SessionView | null }> {
  const row = await context.store.findSession(sessionId)
  return { session: row && { row, tokens: null } }
}

export const Mutation: MutationResolvers = {
  ...appMutations,
  ...standingMutations,
  ...passkeyMutations,
  ...socialMutations,
  ...verificationMutations,
  ...experimentMutations,

  signUp: (_parent, { input }, context) =>
    context.passwords.admit(async (passwords) => {
      await countSignUp(context.limits, context.viewer.ip)
      let isRepetition = true
      return mutate(
        context,
        { name: 'signUp', actor: `signUp:${input.username.slice(0, 30).toLowerCase()}`, input },
        (transact) => {
          isRepetition = false
          return signUp({ ...context, transact, passwords }, input)
        },
        async ({ userId }) => {
          if (!isRepetition) return signedIn(context, { userId, passwordHash: null })
          // A repetition opens a session without the sign-up's work, so it must prove the password as it is by now.
          const passwordHash = await proveRepetition({ ...context, passwords }, userId, input.password)
          if ((await context.store.findTwoFactor(userId))?.confirmedAt) throw wrong()
          return signedIn(context, { userId, passwordHash })
        },
      )
    }),

  requestEmailVerification: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'requestEmailVerification',
      input,
      (viewer, transact) => requestEmailVerification({ ...context, transact }, viewer.userId),
      ofViewer(context),
    ),

  // Who has the mail need not be signed in; what the account holds is shown to nobody but who is.
  verifyEmail: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'verifyEmail', actor: `verifyEmail:${proofIdOf(input.token ?? '')}`, input },
      (transact) =>
        verifyEmail({ ...context, transact, signer: context.proofSigner }, having(input, 'token').token),
      async ({ userId }) => ({
        viewer: userId === context.viewer.userId ? await context.store.findUser(userId) : null,
      }),
    ),

  changeEmail: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'changeEmail',
      input,
      (viewer, transact) => changeEmail({ ...context, transact }, viewer, having(input, 'newEmail')),
      ofViewer(context),
    ),

  requestPasswordReset: (_parent, { input }, context) =>
    mutate(
      context,
      {
        name: 'requestPasswordReset',
        actor: `requestPasswordReset:${(input.login ?? '').slice(0, 254).toLowerCase()}`,
        input,
      },
      (transact) => requestPasswordReset({ ...context, transact }, having(input, 'login'), context.viewer.ip),
      (nothing) => nothing,
    ),

  resetPassword: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'resetPassword', actor: `resetPassword:${proofIdOf(input.token ?? '')}`, input },
      (transact) =>
        resetPassword(
          { ...context, transact, signer: context.proofSigner },
          having(input, 'token', 'newPassword'),
        ),
      (nothing) => nothing,
    ),

  // Nothing of a sign-in is kept under its idempotency key: every call proves the password.
  signIn: async (_parent, { input }, context) => ({
    twoFactorRequired: false,
    ...(await mutate(
      context,
      { name: 'signIn', actor: 'signIn', input },
      async () => {
        const deps = { ...context, signer: context.twoFactorSigner }
        const proven = await signIn(deps, input, context.viewer)
        return (await proveSecondFactor(deps, proven.userId, input.code)) ? proven : null
      },
      async (proven) =>
        proven
          ? { ...(await signedIn(context, proven)), twoFactorRequired: false }
          : { session: null, viewer: null, twoFactorRequired: true },
    )),
  }),

  startTwoFactor: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'startTwoFactor',
      input,
      (viewer, transact) => startTwoFactor({ ...context, transact }, viewer.userId),
      async ({ userId }) => {
        const row = await context.store.findTwoFactor(userId)
        const account = await context.store.findUser(userId)
        // A repetition shows no secret that is in use by now.
        const isOpen = row && account && !row.confirmedAt
        return { otpauthUri: isOpen ? otpauthUri(context.twoFactorSigner, row, account.username) : null }
      },
    ),

  confirmTwoFactor: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'confirmTwoFactor',
      input,
      (viewer, transact) =>
        confirmTwoFactor(
          { ...context, transact, signer: context.twoFactorSigner },
          viewer.userId,
          having(input, 'code').code,
        ),
      async ({ userId }) => {
        const row = await context.store.findTwoFactor(userId)
        return { recoveryCodes: row && recoveryCodesOf(context.twoFactorSigner, row) }
      },
    ),

  disableTwoFactor: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'disableTwoFactor',
      input,
      (viewer, transact) =>
        disableTwoFactor({ ...context, transact }, viewer.userId, having(input, 'password').password),
      ofViewer(context),
    ),

  // The token is what makes a retry safe, and a key must not outlive it.
  refreshSession: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'refreshSession', actor: 'refreshSession', input },
      () =>
        refreshSession(
          { ...context, findAccount: context.store.findUser },
          having(input, 'refreshToken').refreshToken,
        ),
      (session) => ({ session }),
    ),

  signOut: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'signOut',
      input,
      (viewer, transact) => endSession({ ...context, transact }, viewer.sessionId),
      (ended) => endedSession(context, ended),
    ),

  revokeSession: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'revokeSession',
      input,
      (viewer, transact) => revokeSession({ ...context, transact }, viewer.userId, input.sessionId),
      (ended) => endedSession(context, ended),
    ),

  revokeOtherSessions: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'revokeOtherSessions',
      input,
      (viewer, transact) => revokeOtherSessions({ ...context, transact }, viewer),
      ofViewer(context),
    ),

  changePassword: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'changePassword',
      input,
      (viewer, transact) =>
        changePassword({ ...context, transact }, viewer, having(input, 'currentPassword', 'newPassword')),
      ofViewer(context),
    ),

  changeUsername: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'changeUsername',
      input,
      (viewer, transact) =>
        changeUsername({ ...context, transact }, viewer.userId, having(input, 'username')),
      ofViewer(context),
    ),

  updateProfile: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'updateProfile',
      input,
      (viewer, transact) => updateProfile({ ...context, transact }, viewer.userId, input),
      async ({ userId }) => ({ user: await context.store.findUser(userId) }),
    ),

  updateSettings: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'updateSettings',
      input,
      (viewer, transact) => updateSettings({ ...context, transact }, viewer.userId, input),
      ofViewer(context),
    ),
}
