// Rows of `places`. Shard key: `_id`.
import type { ClientSession, Db } from 'mongodb'
import type { PlaceRow } from '../model.ts'

/** Indexes of `places`. */
export async function preparePlaces(db: Db): Promise<void> {
  await db.collection('places').createIndexes([
    { key: { key: 1 }, name: 'key', unique: true },
    { key: { point: '2dsphere', nameKey: 1 }, name: 'near' },
    { key: { checkedAt: 1 }, name: 'checked' },
  ])
}

const pointAt = (latitude: number, longitude: number): PlaceRow['point'] => ({
  type: 'Point',
  coordinates: [longitude, latitude],
})

/** What MongoDB knows of places. */
export function createPlaceStore(db: Db) {
  const places = db.collection<PlaceRow>('places')
  return {
    findPlaces(ids: readonly string[]): Promise<PlaceRow[]> {
      return places.find({ _id: { $in: [...ids] } }).toArray()
    },
    getPlaceByKey(key: string): Promise<PlaceRow | null> {
      return places.findOne({ key })
    },
    /** Places of that name within some metres, the nearest first. */
    findSamePlaces(
      nameKey: string,
      { latitude, longitude }: { latitude: number; longitude: number },
      withinMeters: number,
      limit: number,
    ): Promise<PlaceRow[]> {
      const near = { $geometry: pointAt(latitude, longitude), $maxDistance: withinMeters }
      return places
        .find({ nameKey, point: { $nearSphere: near } })
        .limit(limit)
        .toArray()
    },
    async insertPlace(row: PlaceRow): Promise<void> {
      await places.insertOne(row)
    },
    /** Places within some metres, the nearest first; `skip` of them passed over. */
    listPlacesNear(
      { latitude, longitude }: { latitude: number; longitude: number },
      withinMeters: number,
      skip: number,
      limit: number,
    ): Promise<PlaceRow[]> {
      const near = { $geometry: pointAt(latitude, longitude), $maxDistance: withinMeters }
      return places
        .find({ point: { $nearSphere: near } })
        .skip(skip)
        .limit(limit)
        .toArray()
    },
    /** Adds to the counts of places, by id. */
    async addToPlaces(changes: ReadonlyMap<string, number>, session: ClientSession): Promise<void> {
      if (changes.size === 0) return
      await places.bulkWrite(
        [...changes].map(([_id, by]) => ({
          updateOne: { filter: { _id }, update: { $inc: { postCount: by } } },
        })),
        { session },
      )
    },
    /** Those whose counts were compared longest ago. */
    findUncheckedPlaces(limit: number): Promise<PlaceRow[]> {
      return places.find({}, { comment: 'background' }).sort({ checkedAt: 1 }).limit(limit).toArray()
    },
    async setPlaceCount(id: string, postCount: number, at: Date, session: ClientSession): Promise<void> {
      await places.updateOne({ _id: id }, { $set: { postCount, checkedAt: at } }, { session })
    },
  }
}
