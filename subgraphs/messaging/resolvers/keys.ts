// Devices, their key packages, and what waits for them.
import { viewerMutation } from '#platform/subgraph.ts'
import { requireSignedIn } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import {
  claimKeyPackages,
  isDeviceId,
  maxWaitingWelcomes,
  publishKeyPackages,
  removeDevice,
  saveKeyBackup,
  takeWelcomes,
} from '../domain/keys.ts'
import type { Resolvers } from '../types.gen.ts'
import { writing } from './scope.ts'

export const keyResolvers = {
  Query: {
    messagingDevices: (_, __, { viewer, store }) => store.findDevices([requireSignedIn(viewer).userId]),
    pendingWelcomes: (_, { deviceId }, { viewer, store }) => {
      const { userId } = requireSignedIn(viewer)
      if (isDeviceId(deviceId)) return store.listWelcomes(`${userId}:${deviceId}`, maxWaitingWelcomes)
      throw new AppError('BAD_USER_INPUT', 'A device has an id of 1–64 letters, digits, _ and -.')
    },
    keyBackup: async (_, __, { viewer, store }) =>
      (await store.getKeyBackup(requireSignedIn(viewer).userId))?.data ?? null,
  },

  Mutation: {
    publishKeyPackages: (_, { input }, context) =>
      viewerMutation(
        context,
        'publishKeyPackages',
        input,
        (viewer, transact) => publishKeyPackages(writing(context, transact), viewer.userId, input),
        async (id) => ({ device: await context.store.getDevice(id) }),
      ),
    removeMessagingDevice: (_, { input }, context) =>
      viewerMutation(
        context,
        'removeMessagingDevice',
        input,
        (viewer, transact) => removeDevice(writing(context, transact), viewer.userId, input),
        (deviceId) => ({ deviceId }),
      ),
    claimKeyPackages: (_, { input }, context) =>
      viewerMutation(
        context,
        'claimKeyPackages',
        input,
        (viewer, transact) => claimKeyPackages(writing(context, transact), viewer.userId, input),
        (keyPackages) => ({ keyPackages }),
      ),
    takeWelcomes: (_, { input }, context) =>
      viewerMutation(
        context,
        'takeWelcomes',
        input,
        (viewer, transact) => takeWelcomes(writing(context, transact), viewer.userId, input),
        (takenCount) => ({ takenCount }),
      ),
    saveKeyBackup: (_, { input }, context) =>
      viewerMutation(
        context,
        'saveKeyBackup',
        input,
        (viewer, transact) => saveKeyBackup(writing(context, transact), viewer.userId, input),
        (updatedAt) => ({ updatedAt }),
      ),
  },

  MessagingDevice: {
    id: ({ deviceId }) => deviceId,
    keyPackageCount: ({ userId, deviceId }, _, { store }) => store.countKeyPackages(userId, deviceId),
  },

  ClaimedKeyPackage: { user: ({ userId }) => ({ id: userId }) },

  Welcome: {
    id: ({ _id }) => _id,
    welcome: ({ data }) => data,
  },
} satisfies Resolvers
