// Resolvers of the user subgraph: each authorises, calls the domain, returns.
import { pageSize } from '#platform/page.ts'
import { findAccount, referredAccount } from './domain/accounts.ts'
import { fittingRendition } from './domain/avatar.ts'
import { Mutation } from './mutations.ts'
import type { Resolvers } from './types.gen.ts'

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
