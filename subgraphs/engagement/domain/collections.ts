// Collections: folders of saved posts that their owner alone sees.
import type { Transact } from '#platform/mongo.ts'
import { textOf } from '#platform/validate.ts'
import { notFound } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { CollectionRow } from '../model.ts'
import type { Store } from '../store.ts'

/** Characters of a collection's name at most. */
const maxName = 50

export interface CollectionDeps {
  store: Pick<Store, 'insertCollection' | 'renameCollection' | 'removeCollection'>
  transact: Transact<'engagement'>
  now(): Date
}

const nameOf = (name: string) => textOf(name, { field: 'name', min: 1, max: maxName })
const field = ['input', 'collectionId']

/** Makes an empty collection. Throws INVALID and TOO_LONG for the name. */
export async function createCollection(
  deps: CollectionDeps,
  viewerId: string,
  input: { name: string },
): Promise<CollectionRow> {
  const name = nameOf(input.name)
  return deps.transact(async (tx) => {
    const now = deps.now()
    const row = { _id: newId('collection', now.getTime()), userId: viewerId, name, createdAt: now }
    await deps.store.insertCollection(tx, row)
    return row
  })
}

/** Renames a collection. Throws NOT_FOUND for another's, INVALID and TOO_LONG for the name. */
export async function updateCollection(
  deps: CollectionDeps,
  viewerId: string,
  input: { collectionId: string; name: string },
): Promise<CollectionRow> {
  const name = nameOf(input.name)
  return deps.transact(async (tx) => {
    const row = await deps.store.renameCollection(tx, input.collectionId, viewerId, name)
    if (!row) throw notFound(field)
    return row
  })
}

/** Deletes a collection; its posts stay saved. Answers it as it was. Throws NOT_FOUND for another's. */
export async function deleteCollection(
  deps: CollectionDeps,
  viewerId: string,
  input: { collectionId: string },
): Promise<CollectionRow> {
  return deps.transact(async (tx) => {
    const row = await deps.store.removeCollection(tx, input.collectionId, viewerId)
    if (!row) throw notFound(field)
    return row
  })
}
