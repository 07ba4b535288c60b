// Mutations of the user subgraph: each authorises, calls the domain, returns.
import { mutate } from '#platform/mutation.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import type { Context } from './context.ts'
import { changeEmail, requestEmailVerification, verifyEmail } from './domain/email.ts'
import { changePassword, requestPasswordReset, resetPassword } from './domain/password.ts'
import { updateProfile, updateSettings } from './domain/profile.ts'
import { proofIdOf } from './domain/proof.ts'
import {
  endSession,
  refreshSession,
  revokeOtherSessions,
  revokeSession,
  startSession,
} from './domain/sessions.ts'
import { countSignUp, signIn, wrong } from './domain/sign-in.ts'
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
import type { Account, SessionView } from './model.ts'
import type { MutationResolvers } from './types.gen.ts'

/** The payload of a sign-up or sign-in: a session begun on the device that asks. */
async function signedIn(
  context: Context,
  proven: { userId: string; passwordHash: string | null },
): Promise<{ session: SessionView; viewer: Account | null }> {
  const session = await startSession(context, proven, context.viewer.userAgent)
  return { session, viewer: await context.store.findUser(proven.userId) }
}

/** The payload of a mutation that ended a session. */
async function endedSession(
  context: Context,
  { sessionId }: { sessionId: string },
): Promise<{ session: SessionView | null }> {
  const row = await context.store.findSession(sessionId)
  return { session: row && { row, tokens: null } }
}

export const Mutation: MutationResolvers = {
  async signUp(_parent, { input }, context) {
    await countSignUp(context.limits, context.viewer.ip)
    let isRepetition = true
    return mutate(
      context,
      { name: 'signUp', actor: `signUp:${input.username.slice(0, 30).toLowerCase()}`, input },
      (transact) => {
        isRepetition = false
        return signUp({ ...context, transact, hashPassword: context.passwords.hash }, input)
      },
      async ({ userId }) => {
        // A repetition opens a session without the sign-up's work, so it must prove the password as it is by now.
        const password = input.password.normalize('NFKC')
        const credential = isRepetition ? await context.store.findCredentialById(userId) : null
        if (isRepetition && !(await context.passwords.verify(credential?.passwordHash ?? null, password))) {
          throw wrong()
        }
        if (isRepetition && (await context.store.findTwoFactor(userId))?.confirmedAt) throw wrong()
        return signedIn(context, { userId, passwordHash: credential?.passwordHash ?? null })
      },
    )
  },

  requestEmailVerification: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'requestEmailVerification',
      input,
      (viewer, transact) => requestEmailVerification({ ...context, transact }, viewer.userId),
      async ({ userId }) => ({ viewer: await context.store.findUser(userId) }),
    ),

  // Who has the mail need not be signed in; what the account holds is shown to nobody but who is.
  verifyEmail: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'verifyEmail', actor: `verifyEmail:${proofIdOf(input.token)}`, input },
      (transact) => verifyEmail({ ...context, transact, signer: context.proofSigner }, input.token),
      async ({ userId }) => ({
        viewer: userId === context.viewer.userId ? await context.store.findUser(userId) : null,
      }),
    ),

  changeEmail: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'changeEmail',
      input,
      (viewer, transact) => changeEmail({ ...context, transact }, viewer.userId, input),
      async ({ userId }) => ({ viewer: await context.store.findUser(userId) }),
    ),

  requestPasswordReset: (_parent, { input }, context) =>
    mutate(
      context,
      {
        name: 'requestPasswordReset',
        actor: `requestPasswordReset:${input.login.slice(0, 254).toLowerCase()}`,
        input,
      },
      (transact) => requestPasswordReset({ ...context, transact }, input, context.viewer.ip),
      (nothing) => nothing,
    ),

  resetPassword: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'resetPassword', actor: `resetPassword:${proofIdOf(input.token)}`, input },
      (transact) => resetPassword({ ...context, transact, signer: context.proofSigner }, input),
      (nothing) => nothing,
    ),

  // Nothing of a sign-in is kept under its idempotency key: every call proves the password.
  signIn: async (_parent, { input }, context) => ({
    twoFactorRequired: false,
    ...(await mutate(
      context,
      { name: 'signIn', actor: 'signIn', input },
      async () => {
        const deps = { ...context, verifyPassword: context.passwords.verify, signer: context.twoFactorSigner }
        const proven = await signIn(deps, input, context.viewer.ip)
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
          input.code,
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
        disableTwoFactor(
          { ...context, transact, verifyPassword: context.passwords.verify },
          viewer.userId,
          input.password,
        ),
      async ({ userId }) => ({ viewer: await context.store.findUser(userId) }),
    ),

  // The token is what makes a retry safe, and a key must not outlive it.
  refreshSession: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'refreshSession', actor: 'refreshSession', input },
      () => refreshSession({ ...context, findAccount: context.store.findUser }, input.refreshToken),
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
      async ({ userId }) => ({ viewer: await context.store.findUser(userId) }),
    ),

  changePassword: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'changePassword',
      input,
      (viewer, transact) => changePassword({ ...context, transact }, viewer, input),
      async ({ userId }) => ({ viewer: await context.store.findUser(userId) }),
    ),

  changeUsername: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'changeUsername',
      input,
      (viewer, transact) => changeUsername({ ...context, transact }, viewer.userId, input),
      async ({ userId }) => ({ viewer: await context.store.findUser(userId) }),
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
      async ({ userId }) => ({ viewer: await context.store.findUser(userId) }),
    ),
}
