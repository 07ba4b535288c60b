// Resolvers of the user subgraph: each authorises, calls the domain, returns.
import { mutate } from '#platform/mutation.ts'
import { pageSize } from '#platform/page.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import type { Context } from './context.ts'
import { findAccount, referredAccount } from './domain/accounts.ts'
import { fittingRendition } from './domain/avatar.ts'
import { updateProfile, updateSettings } from './domain/profile.ts'
import { endSession, refreshSession, startSession } from './domain/sessions.ts'
import { countSignUp, signIn, wrong } from './domain/sign-in.ts'
import { signUp } from './domain/sign-up.ts'
import type { Account, SessionView } from './model.ts'
import type { MutationResolvers, Resolvers } from './types.gen.ts'

/** The payload of a sign-up or sign-in: a session begun on the device that asks. */
async function signedIn(
  context: Context,
  userId: string,
): Promise<{ session: SessionView; viewer: Account | null }> {
  const session = await startSession(context, userId, context.viewer.userAgent)
  return { session, viewer: await context.store.findUser(userId) }
}

const Mutation: MutationResolvers = {
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
        return signedIn(context, userId)
      },
    )
  },

  // Nothing of a sign-in is kept under its idempotency key: every call proves the password.
  signIn: (_parent, { input }, context) =>
    mutate(
      context,
      { name: 'signIn', actor: 'signIn', input },
      () => signIn({ ...context, verifyPassword: context.passwords.verify }, input, context.viewer.ip),
      ({ userId }) => signedIn(context, userId),
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
      async ({ sessionId }) => {
        const row = await context.store.findSession(sessionId)
        return { session: row && { row, tokens: null } }
      },
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

export const resolvers: Resolvers = {
  Query: {
    viewer: (_parent, _args, context) =>
      context.viewer.userId === null ? null : context.loaders.users.load(context.viewer.userId),
    user: (_parent, args, context) => findAccount(context, args),
  },
  Mutation,
  Viewer: {
    __resolveReference: ({ id }, context) =>
      id === context.viewer.userId ? context.loaders.users.load(id) : null,
    id: (account) => account._id,
    user: (account) => account,
    settings: (account) => account,
    sessions: async (account, { first }, context) =>
      (await context.store.listSessions(account._id, context.now, pageSize(first))).map((row) => ({
        row,
        tokens: null,
      })),
  },
  Session: {
    id: ({ row }) => row._id,
    accessToken: ({ tokens }) => tokens?.accessToken ?? null,
    accessTokenExpiresAt: ({ tokens }) => tokens?.accessTokenExpiresAt ?? null,
    refreshToken: ({ tokens }) => tokens?.refreshToken ?? null,
    createdAt: ({ row }) => row.createdAt,
    lastSeenAt: ({ row }) => row.lastSeenAt,
    device: ({ row }) => row.device,
    current: ({ row, tokens }, _args, context) => tokens !== null || row._id === context.viewer.sessionId,
  },
  User: {
    __resolveReference: (reference, context) => referredAccount(context, reference),
    id: (account) => account._id,
    avatar: (account, { size }) => fittingRendition(account.avatar?.renditions ?? [], size ?? 150),
    accountStatus: (account) => account.status,
  },
  Image: {
    url: (image, _args, context) => context.storage.urlOf(image.key),
  },
}
