// Rows of `devices` and `keyPackages` (the shard key is `userId`), `welcomes`, `groupInfos` and `keyBackups` (`_id`).
import type { ClientSession, Db } from 'mongodb'
import type { DeviceRow, GroupInfoRow, KeyBackupRow, KeyPackageRow, WelcomeRow } from '../model.ts'

/** Indexes of what encryption needs. */
export async function prepareKeys(db: Db): Promise<void> {
  await Promise.all([
    db.collection('devices').createIndex({ userId: 1, createdAt: 1 }, { name: 'user' }),
    db.collection('keyPackages').createIndexes([
      { key: { userId: 1, deviceId: 1, isLastResort: 1, _id: 1 }, name: 'device' },
      {
        key: { userId: 1, deviceId: 1 },
        name: 'last-resort',
        unique: true,
        partialFilterExpression: { isLastResort: true },
      },
    ]),
    db.collection('welcomes').createIndexes([
      { key: { to: 1, _id: 1 }, name: 'device' },
      // Who has not come for a month must be brought in anew.
      { key: { createdAt: 1 }, name: 'expiry', expireAfterSeconds: 30 * 86_400 },
    ]),
  ])
}

/** What MongoDB knows of keys. All of it is public to the members or encrypted; none of it opens anything. */
export function createKeyStore(db: Db) {
  const devices = db.collection<DeviceRow>('devices')
  const keyPackages = db.collection<KeyPackageRow>('keyPackages')
  const welcomes = db.collection<WelcomeRow>('welcomes')
  const backups = db.collection<KeyBackupRow>('keyBackups')
  const groupInfos = db.collection<GroupInfoRow>('groupInfos')
  return {
    findGroupInfos(conversationIds: readonly string[]): Promise<GroupInfoRow[]> {
      return groupInfos.find({ _id: { $in: [...conversationIds] } }).toArray()
    },
    /** Keeps the public state of a conversation's group in the place of the one before. */
    async saveGroupInfo(row: GroupInfoRow, session: ClientSession): Promise<void> {
      await groupInfos.replaceOne({ _id: row._id }, row, { upsert: true, session })
    },
    getDevice(id: string, session?: ClientSession): Promise<DeviceRow | null> {
      return devices.findOne({ _id: id }, { session })
    },
    /** The devices of several accounts, oldest first. */
    findDevices(userIds: readonly string[], session?: ClientSession): Promise<DeviceRow[]> {
      return devices
        .find({ userId: { $in: [...userIds] } }, { session })
        .sort({ userId: 1, createdAt: 1 })
        .toArray()
    },
    async saveDevice({ _id, name, ...row }: DeviceRow, session: ClientSession): Promise<void> {
      const change = { $setOnInsert: row, $set: name === null ? { name: null } : { name } }
      await devices.updateOne({ _id }, change, { session, upsert: true })
    },
    /** Removes a device with all that was kept for it; false when there is none. */
    async removeDevice(userId: string, deviceId: string, session: ClientSession): Promise<boolean> {
      const { deletedCount } = await devices.deleteOne({ _id: `${userId}:${deviceId}` }, { session })
      await keyPackages.deleteMany({ userId, deviceId }, { session })
      return deletedCount === 1
    },
    async insertKeyPackages(rows: KeyPackageRow[], session: ClientSession): Promise<void> {
      await keyPackages.insertMany(rows, { session })
    },
    /** Puts a device's package of last resort in the place of the one before. */
    async replaceLastResort(row: KeyPackageRow, session: ClientSession): Promise<void> {
      const { userId, deviceId } = row
      await keyPackages.deleteMany({ userId, deviceId, isLastResort: true }, { session })
      await keyPackages.insertOne(row, { session })
    },
    /** How many packages a device has left, the last resort apart. */
    countKeyPackages(userId: string, deviceId: string, session?: ClientSession): Promise<number> {
      return keyPackages.countDocuments({ userId, deviceId, isLastResort: false }, { session })
    },
    /** Takes a package of a device's: the oldest, which is gone then, else the one of last resort, which stays. */
    async takeKeyPackage(
      userId: string,
      deviceId: string,
      session: ClientSession,
    ): Promise<KeyPackageRow | null> {
      const single = await keyPackages.findOneAndDelete(
        { userId, deviceId, isLastResort: false },
        { session, sort: { _id: 1 } },
      )
      return single ?? keyPackages.findOne({ userId, deviceId, isLastResort: true }, { session })
    },
    async insertWelcome(row: WelcomeRow, session: ClientSession): Promise<void> {
      await welcomes.insertOne(row, { session })
    },
    /** What waits for a device, oldest first. */
    listWelcomes(deviceRowId: string, limit: number): Promise<WelcomeRow[]> {
      return welcomes.find({ to: deviceRowId }).sort({ _id: 1 }).limit(limit).toArray()
    },
    /** A device has taken welcomes; those for which nobody waits any more go. */
    async takeWelcomes(deviceRowId: string, ids: readonly string[], session: ClientSession): Promise<void> {
      const _id = { $in: [...ids] }
      await welcomes.updateMany({ _id, to: deviceRowId }, { $pull: { to: deviceRowId } }, { session })
      await welcomes.deleteMany({ _id, to: [] }, { session })
    },
    getKeyBackup(userId: string): Promise<KeyBackupRow | null> {
      return backups.findOne({ _id: userId })
    },
    async saveKeyBackup(row: KeyBackupRow, session: ClientSession): Promise<void> {
      await backups.replaceOne({ _id: row._id }, row, { session, upsert: true })
    },
  }
}
