// Accounts as Content refers to them: its nouns add their fields in their own files.
import type { Resolvers } from '../types.gen.ts'

export const userResolvers: Resolvers = {
  User: {
    // As in the header of the account, which who blocks it still sees in his own list.
    __resolveReference: async ({ id }, { visibility }) =>
      (await visibility.account(id)) || (await visibility.relation(id)).blocks ? { id } : null,
  },
  Viewer: {
    __resolveReference: ({ id }, { viewer }) => (id === viewer.userId ? { id } : null),
  },
}
