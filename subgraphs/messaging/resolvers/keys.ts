// Devices, their key packages, and what waits for them.

import { having } from '#platform/validate.ts'
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
import type { ClaimKeyPackagesInput, Resolvers } from '../types.gen.ts'
import { doing } from './scope.ts'

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
    publishKeyPackages: doing('publishKeyPackages', publishKeyPackages, async (id, { store }) => ({
      device: await store.getDevice(id),
    })),
    removeMessagingDevice: doing('removeMessagingDevice', removeDevice, (deviceId) => ({ deviceId })),
    claimKeyPackages: doing(
      'claimKeyPackages',
      (deps, by, input: ClaimKeyPackagesInput) => claimKeyPackages(deps, by, having(input, 'userIds')),
      (keyPackages) => ({ keyPackages }),
    ),
    takeWelcomes: doing('takeWelcomes', takeWelcomes, (takenCount) => ({ takenCount })),
    saveKeyBackup: doing('saveKeyBackup', saveKeyBackup, (updatedAt) => ({ updatedAt })),
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
