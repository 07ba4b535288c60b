// Resolvers of the user subgraph: each authorises, calls the domain, returns.
import { pageSize } from '#platform/page.ts'
import type { Context } from './context.ts'
import { findAccount, referredAccount } from './domain/accounts.ts'
import { fittingRendition } from './domain/avatar.ts'
import { standingConsents } from './domain/consents.ts'
import { checkoutUrlOf } from './domain/payment.ts'
import { isVerified, listVerificationQueue, verificationStatus } from './domain/verification.ts'
import { experimentQueries } from './experiment-resolvers.ts'
import type { AppRow } from './model.ts'
import { Mutation } from './mutations.ts'
import type { Resolvers } from './types.gen.ts'

const isDeveloper = (app: AppRow, { viewer }: Context) => app.ownerId === viewer.userId

export const resolvers: Resolvers = {
  Query: {
    viewer: (_parent, _args, context) =>
      context.viewer.userId === null ? null : context.loaders.users.load(context.viewer.userId),
    user: (_parent, args, context) => findAccount(context, args),
    verificationQueue: (_parent, args, context) => listVerificationQueue(context, args),
    socialProviders: (_parent, _args, context) => [...context.identityProviders.list],
    ...experimentQueries,
  },
  Mutation,
  DataExport: {
    id: (row) => row._id,
    url: (row, _args, { storage }) => (row.status === 'READY' && row.key ? storage.urlOf(row.key) : null),
  },

  Viewer: {
    __resolveReference: ({ id }, context) =>
      id === context.viewer.userId ? context.loaders.users.load(id) : null,
    id: (account) => account._id,
    user: (account) => account,
    accountStatus: (account) => account.status,
    deletionAt: (account) => account.deletionAt ?? null,
    role: async (account, _args, context) =>
      (await context.accounts.get([account._id])).get(account._id)?.role ?? 'MEMBER',
    settings: (account) => account,
    experiments: (account, _args, context) => context.experiments.variantsOf(account._id),
    consents: async (account, _args, context) =>
      standingConsents(await context.store.listLatestConsents(account._id)),
    consentHistory: (account, { first }, context) => context.store.listConsents(account._id, pageSize(first)),
    verifications: (account, _args, context) => context.store.listVerifications(account._id),
    socialIdentities: (account, _args, context) => context.store.listIdentities(account._id),
    hasPassword: async (account, _args, context) =>
      Boolean((await context.store.findCredentialById(account._id))?.passwordHash),
    hasTwoFactor: async (account, _args, context) =>
      Boolean((await context.store.findTwoFactor(account._id))?.confirmedAt),
    dataExports: (account, _args, context) => context.store.listExports(account._id, 10),
    passkeys: (account, _args, context) => context.store.listPasskeys(account._id),
    sessions: async (account, { first }, context) =>
      (await context.store.listSessions(account._id, context.now, pageSize(first))).map((row) => ({
        row,
        tokens: null,
      })),
    apps: (account, { first }, context) => context.store.listApps(account._id, pageSize(first)),
    authorizedApps: async (account, { first }, context) => {
      const sessions = await context.store.listAuthorizations(account._id, context.now, pageSize(first))
      const apps = await context.loaders.apps.loadMany(sessions.map(({ appId }) => String(appId)))
      return sessions.flatMap((session, i) => {
        const app = apps[i]
        return app && !(app instanceof Error) ? [{ app, session }] : []
      })
    },
  },
  App: {
    __resolveReference: ({ id }, context) => context.loaders.apps.load(id),
    id: (app) => app._id,
    redirectUris: (app, _args, context) => (isDeveloper(app, context) ? app.redirectUris : null),
    documentMode: (app, _args, context) => (isDeveloper(app, context) ? app.documentMode : null),
    authorizationCount: (app, _args, context) =>
      isDeveloper(app, context) ? context.store.countAppSessions(app._id, 10_000) : null,
  },
  AuthorizedApp: {
    scopes: ({ session }) => session.scopes ?? [],
    authorizedAt: ({ session }) => session.createdAt,
    lastSeenAt: ({ session }) => session.lastSeenAt,
  },
  Settings: {
    commentPolicy: (account) => account.commentPolicy ?? 'EVERYONE',
    messagePolicy: (account) => account.messagePolicy ?? 'EVERYONE',
    mentionPolicy: (account) => account.mentionPolicy ?? 'EVERYONE',
    hideLikeCounts: (account) => account.hidesLikeCounts ?? false,
    showActivityStatus: (account) => account.showsActivityStatus ?? true,
    readReceipts: (account) => account.sendsReadReceipts ?? true,
    sensitiveContent: (account) => account.sensitiveContent ?? 'STANDARD',
    language: (account) => account.language ?? null,
  },
  Experiment: {
    key: (row) => row._id,
  },
  Verification: {
    id: (row) => row._id,
    user: (row, _args, context) => context.loaders.users.load(row.userId),
    status: (row, _args, context) => verificationStatus(row, context.now),
    expiresAt: (row) => row.paidUntil,
    checkoutUrl: (row, _args, context) => checkoutUrlOf(row, context.payment),
  },
  SocialIdentity: {
    id: (identity) => identity._id,
  },
  Passkey: {
    id: (passkey) => passkey._id,
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
    isVerified: (account, _args, context) => isVerified(account, context.now),
  },
  Image: {
    url: (image, _args, context) => context.storage.urlOf(image.key),
  },
}
