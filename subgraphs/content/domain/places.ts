// Places: brought by posts, found again by name and position.

import { byId } from '#platform/loader.ts'
import { isDuplicate } from '#platform/mongo.ts'
import { pageSize } from '#platform/page.ts'
import { postsLookedAt, type Topics, visibleTopics } from '#platform/topics.ts'
import { textOf } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { PlaceRow } from '../model.ts'
import type { Store } from '../store.ts'

const maxName = 100
/** Two places of one name that are nearer than this are one, for whoever sees both. */
const sameWithinMeters = 150
/** Places of one name that are looked at for one that the author sees. */
const maxSame = 50
const maxRadius = 50_000
/** Places that are looked at for a page of near ones. */
const rounds = 4
/** Posts of all places together that are looked at: of many places fewer each. */
const maxPostsRead = 2_000

/** A position that the author gives in words and degrees. */
export interface Location {
  name: string
  latitude: number
  longitude: number
}

const isPosition = (latitude: number, longitude: number) =>
  Number.isFinite(latitude) &&
  Math.abs(latitude) <= 90 &&
  Number.isFinite(longitude) &&
  Math.abs(longitude) <= 180

const foldName = (name: string) => name.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ')

export type PlaceDeps = Pick<Store, 'findSamePlaces' | 'getPlaceByKey' | 'insertPlace'> & {
  visiblePlace: (placeId: string) => Promise<PlaceRow | null>
  now: () => Date
}

/**
 * The id of the place that an input names: one that is there, or a location, which is found again or becomes a new place.
 * Undefined when it names neither, null when it says that there is none. Throws NOT_FOUND, INVALID or TOO_LONG.
 */
export async function resolvePlace(
  deps: PlaceDeps,
  viewerId: string,
  input: { placeId?: string | null; location?: Location | null },
): Promise<string | null | undefined> {
  const { placeId, location } = input
  if (placeId && location) {
    throw new AppError('INVALID', 'Name a place or a location, not both.', { field: ['input', 'location'] })
  }
  if (location) return placeAt(deps, viewerId, location)
  if (!placeId) return placeId === null || location === null ? null : undefined
  if (!(await deps.visiblePlace(placeId))) throw notFound(['input', 'placeId'])
  return placeId
}

/**
 * The first brought of the places that the author sees there under this name, or a new one of his own: one that is hidden from
 * him would tell that somebody has been there, and since when.
 */
async function placeAt(deps: PlaceDeps, viewerId: string, location: Location): Promise<string> {
  const { latitude, longitude } = location
  const name = textOf(location.name, { field: 'location', min: 1, max: maxName })
  if (!isPosition(latitude, longitude)) {
    throw new AppError('INVALID', 'A latitude is from -90 to 90, a longitude from -180 to 180.', {
      field: ['input', 'location'],
    })
  }
  const nameKey = foldName(name)
  const same = await deps.findSamePlaces(nameKey, location, sameWithinMeters, maxSame)
  const seen = await Promise.all(same.map(({ _id }) => deps.visiblePlace(_id)))
  const [first] = seen.flatMap((place) => place?._id ?? []).sort()
  if (first !== undefined) return first
  const at = deps.now()
  const row: PlaceRow = {
    _id: newId('place'),
    name,
    nameKey,
    key: `${nameKey}@${latitude.toFixed(3)},${longitude.toFixed(3)}:${viewerId}`,
    point: { type: 'Point', coordinates: [longitude, latitude] },
    creatorId: viewerId,
    postCount: 0,
    createdAt: at,
    checkedAt: at,
  }
  try {
    await deps.insertPlace(row)
    return row._id
  } catch (error) {
    if (!isDuplicate(error, 'key')) throw error
    // He brought it with another post meanwhile.
    return (await deps.getPlaceByKey(row.key))?._id ?? row._id
  }
}

interface SeenDeps {
  topics: Pick<Topics, 'newestPosts'>
  visibility: Visibility
}

/**
 * Those places that exist for the viewer: that he brought himself, or where a post was made that he may see. A place whose every
 * post is hidden from him would tell where somebody has been.
 */
export async function visiblePlaces(
  deps: SeenDeps & Pick<Store, 'findPlaces'>,
  ids: readonly string[],
): Promise<Map<string, PlaceRow>> {
  return byId(await keepVisible(deps, await deps.findPlaces(ids.filter((id) => isId(id, 'place')))))
}

async function keepVisible({ topics, visibility }: SeenDeps, rows: readonly PlaceRow[]): Promise<PlaceRow[]> {
  const isOwn = (row: PlaceRow) => row.creatorId === visibility.viewerId
  const others = rows.filter((row) => !isOwn(row)).map((row) => row._id)
  const perPlace = Math.min(postsLookedAt, Math.ceil(maxPostsRead / others.length))
  const seen = await visibleTopics(topics, visibility, others, perPlace)
  return rows.filter((row) => isOwn(row) || seen.has(row._id))
}

/** Places near a position, the nearest first, as far as they exist for the viewer. Throws BAD_USER_INPUT. */
export async function listPlacesNear(
  deps: SeenDeps & Pick<Store, 'listPlacesNear'>,
  args: { latitude: number; longitude: number; radiusMeters: number; first: number },
): Promise<PlaceRow[]> {
  const size = pageSize(args.first)
  const { latitude, longitude, radiusMeters } = args
  if (!isPosition(latitude, longitude)) {
    throw new AppError('BAD_USER_INPUT', 'A latitude is from -90 to 90, a longitude from -180 to 180.', {
      field: ['latitude'],
    })
  }
  if (radiusMeters < 1 || radiusMeters > maxRadius) {
    throw new AppError('BAD_USER_INPUT', `\`radiusMeters\` must be a number from 1 to ${maxRadius}.`, {
      field: ['radiusMeters'],
    })
  }
  const found: PlaceRow[] = []
  for (let round = 0, skip = 0, limit = size; round < rounds && found.length < size; round++) {
    const rows = await deps.listPlacesNear({ latitude, longitude }, radiusMeters, skip, limit)
    found.push(...(await keepVisible(deps, rows)))
    if (rows.length < limit) break
    skip += limit
    limit *= 4
  }
  return found.slice(0, size)
}
