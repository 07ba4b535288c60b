// Where apps' documents are: collection `documentManifests` of User's database, a row for each app and version.
import type { Db } from 'mongodb'

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

export interface ManifestRow {
  /** `<appId>:<version>` */
  _id: string
  appId: string
  version: string
  publishedAt: Date
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

export interface DocumentsStore {
  saveManifest(row: ManifestRow): Promise<void>
  /** An app's versions, newest first, their documents included. */
  listManifests(appId: string, limit: number): Promise<ManifestRow[]>
  /** All versions of all apps, one after the other. */
  eachManifest(): AsyncIterable<ManifestRow>
  /** The text of a document of an app, in whichever version, by its id or its hash; null when there is none. */
  findText(appId: string, by: { documentId: string } | { hash: string }): Promise<string | null>
  addUsage(appId: string, date: string, counts: UsageCounts): Promise<void>
  listUsage(appId: string, days: number): Promise<UsageRow[]>
}

/** Creates the indexes. The shard key would be `appId`. */
export async function prepareDocuments(db: Db): Promise<void> {
  await Promise.all([
    db.collection('documentManifests').createIndexes([
      { key: { appId: 1, publishedAt: -1 }, name: 'app' },
      { key: { appId: 1, 'documents.documentId': 1 }, name: 'document' },
      { key: { appId: 1, 'documents.hash': 1 }, name: 'hash' },
    ]),
    db.collection('appUsage').createIndexes([
      { key: { appId: 1, date: -1 }, name: 'app' },
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
    ]),
  ])
}

export function createDocumentsStore(db: Db): DocumentsStore {
  const manifests = db.collection<ManifestRow>('documentManifests')
  const usage = db.collection<UsageRow>('appUsage')
  return {
    async saveManifest({ _id, ...row }) {
      await manifests.replaceOne({ _id }, row, { upsert: true })
    },
    listManifests: (appId, limit) =>
      manifests.find({ appId }).sort({ publishedAt: -1 }).limit(limit).toArray(),
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
