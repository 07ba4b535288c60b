// Where apps' documents are: collection `documentManifests` of User's database, a row for each app and version.
import type { Db } from 'mongodb'
import { byId } from '#platform/loader.ts'
import { dropReplaced } from '#platform/mongo.ts'

/** A document as it was registered. */
export interface RegisteredDocumentRow {
  /** Its id in the manifest. */
  documentId: string
  /** SHA-256 of its text, hexadecimal: requests may name it by `sha256:<hash>` as well. */
  hash: string
  name: string | null
  text: string
  /** Points and nodes with its default variables. */
  cost: number
  nodeCount: number
}

/** A document without its text. */
export type DocumentHead = Omit<RegisteredDocumentRow, 'text'>

/** A version without its documents. */
export interface ManifestHead {
  /** `<appId>:<version>` */
  _id: string
  appId: string
  version: string
  publishedAt: Date
  documentCount: number
  /** Characters of its documents. */
  characters: number
}

export interface ManifestRow extends ManifestHead {
  documents: RegisteredDocumentRow[]
}

/** What an app did on a day. */
export interface UsageRow {
  /** `<appId>:<YYYY-MM-DD>` */
  _id: string
  appId: string
  date: string
  requests: number
  points: number
  unregistered: number
  refused: number
  /** When the row goes. */
  expiresAt: Date
}

export type UsageCounts = Pick<UsageRow, 'requests' | 'points' | 'unregistered' | 'refused'>

const usageMs = 100 * 86_400_000

/** Versions that an app has: publishing one more takes the oldest away. */
export const maxVersions = 50
/** Characters of all its documents in all its versions; of the newest one they are kept in any case. */
const maxCharacters = 10_000_000

/** Listing documents reads versions whole; nobody waits for it longer. */
const maxTimeMS = 3_000

export interface DocumentsStore {
  /** Saves a version in place of an earlier one of that name; the app's oldest ones that are too many go. */
  saveManifest(row: Omit<ManifestRow, 'documentCount' | 'characters'>): Promise<ManifestHead>
  /** An app's versions, newest first. */
  listManifests(appId: string, limit: number): Promise<ManifestHead[]>
  /** Documents of some versions by name, at most so many of each, without their texts. One query. */
  listDocuments(
    manifestIds: readonly string[],
    limit: number,
  ): Promise<Map<string, { documents: DocumentHead[] }>>
  /** Takes all versions of an app away. */
  removeManifests(appId: string): Promise<void>
  /** All versions of all apps, one after the other. */
  eachManifest(): AsyncIterable<ManifestRow>
  /** The text of a document of an app, in whichever version, by its id or its hash; null when there is none. */
  findText(appId: string, by: { documentId: string } | { hash: string }): Promise<string | null>
  addUsage(appId: string, date: string, counts: UsageCounts): Promise<void>
  listUsage(appId: string, days: number): Promise<UsageRow[]>
}

/** Gives an app's versions of before they were counted their figures. */
async function fillHeads(db: Db, appId: string): Promise<void> {
  const lengths = { $map: { input: '$documents', in: { $strLenCP: '$$this.text' } } }
  await db
    .collection('documentManifests')
    .updateMany({ appId, documentCount: { $exists: false } }, [
      { $set: { documentCount: { $size: '$documents' }, characters: { $sum: lengths } } },
    ])
}

/** Creates the indexes. The shard key would be `appId`. */
export async function prepareDocuments(db: Db): Promise<void> {
  await Promise.all([
    db.collection('documentManifests').createIndexes([
      // Holds all of `ManifestHead`: whoever lists versions reads no documents.
      {
        key: { appId: 1, publishedAt: -1, _id: 1, version: 1, documentCount: 1, characters: 1 },
        name: 'versions',
      },
      { key: { appId: 1, 'documents.documentId': 1 }, name: 'document' },
      { key: { appId: 1, 'documents.hash': 1 }, name: 'hash' },
    ]),
    db.collection('appUsage').createIndexes([
      { key: { appId: 1, date: -1 }, name: 'app' },
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
    ]),
  ])
  // Of before `versions`: while it is there, it may be chosen, and documents are read.
  await dropReplaced(db.collection('documentManifests'), 'app')
}

const head: Record<keyof ManifestHead, 1> = {
  ...{ _id: 1, appId: 1, version: 1, publishedAt: 1, documentCount: 1, characters: 1 },
}

export function createDocumentsStore(db: Db): DocumentsStore {
  const manifests = db.collection<ManifestRow>('documentManifests')
  const listManifests = async (appId: string, limit: number): Promise<ManifestHead[]> => {
    const list = () =>
      manifests.find({ appId }, { projection: head }).sort({ publishedAt: -1 }).limit(limit).toArray()
    const heads = await list()
    if (heads.every(({ documentCount }) => typeof documentCount === 'number')) return heads
    // While gateways are replaced one by one, those of before publish as well.
    await fillHeads(db, appId)
    return list()
  }
  const usage = db.collection<UsageRow>('appUsage')
  return {
    async saveManifest({ _id, ...row }) {
      const { documents, ...rest } = row
      const characters = documents.reduce((sum, { text }) => sum + text.length, 0)
      const saved = { ...rest, documentCount: documents.length, characters }
      await manifests.replaceOne({ _id }, { ...saved, documents }, { upsert: true })
      let sum = 0
      const all = await listManifests(row.appId, 2 * maxVersions)
      const tooMany = all.filter((one, i) => {
        sum += one.characters
        return i > 0 && (i >= maxVersions || sum > maxCharacters)
      })
      if (tooMany.length > 0) await manifests.deleteMany({ _id: { $in: tooMany.map((one) => one._id) } })
      return { _id, ...saved }
    },
    listManifests,
    async listDocuments(manifestIds, limit) {
      const sorted = { $sortArray: { input: '$documents', sortBy: { name: 1, documentId: 1 } } }
      const found = await manifests
        .aggregate<{ _id: string; documents: DocumentHead[] }>(
          [
            { $match: { _id: { $in: [...manifestIds] } } },
            { $unset: 'documents.text' },
            { $project: { documents: { $slice: [sorted, limit] } } },
          ],
          { maxTimeMS },
        )
        .toArray()
      return byId(found)
    },
    async removeManifests(appId) {
      await manifests.deleteMany({ appId })
    },
    eachManifest: () => manifests.find().sort({ _id: 1 }),
    async findText(appId, by) {
      const match = 'hash' in by ? { hash: by.hash } : { documentId: by.documentId }
      const row = await manifests.findOne(
        { appId, documents: { $elemMatch: match } },
        { projection: { documents: { $elemMatch: match } }, sort: { publishedAt: -1 } },
      )
      return row?.documents[0]?.text ?? null
    },
    async addUsage(appId, date, counts) {
      await usage.updateOne(
        { _id: `${appId}:${date}` },
        { $inc: counts, $setOnInsert: { appId, date, expiresAt: new Date(Date.now() + usageMs) } },
        { upsert: true },
      )
    },
    listUsage: (appId, days) => usage.find({ appId }).sort({ date: -1 }).limit(days).toArray(),
  }
}
