// What the owner of an account changes about it.
import type { MediaFacts } from '#platform/media.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Storage } from '#platform/storage.ts'
import { optionalText } from '#platform/validate.ts'
import type { Account, ProfileChange } from '../model.ts'
import { copyAvatar } from './avatar.ts'

type Given<T> = T | null | undefined

interface ProfileInput {
  displayName?: Given<string>
  bio?: Given<string>
  website?: Given<string>
  pronouns?: Given<string>
  avatarMediaId?: Given<string>
}

interface ProfileStore {
  /** Writes the fields and answers the account as it was before; null when there is none. */
  updateProfile(tx: Transaction<'user'>, userId: string, change: ProfileChange): Promise<Account | null>
}

/** The texts of a change: fields that were left out stay, null and empty ones are cleared. Throws TOO_LONG, INVALID. */
function profileChange(input: ProfileInput): ProfileChange {
  const text = (field: 'displayName' | 'bio' | 'website' | 'pronouns', max: number): ProfileChange =>
    input[field] === undefined ? {} : { [field]: optionalText(input[field], { field, max }) }
  return {
    ...text('displayName', 64),
    ...text('bio', 150),
    ...text('website', 2_048),
    ...text('pronouns', 40),
  }
}

/**
 * Changes the viewer's profile. A new picture is copied before the transaction, into a folder of its own, so that the row never
 * names an object that is not there; what is replaced, or was copied in vain, is removed.
 */
export async function updateProfile(
  deps: {
    store: ProfileStore
    transact: Transact<'user'>
    media: MediaFacts
    storage: Pick<Storage, 'copy' | 'removePrefix'>
  },
  userId: string,
  input: ProfileInput,
): Promise<{ userId: string }> {
  const change = profileChange(input)
  if (input.avatarMediaId === null) change.avatar = null
  if (input.avatarMediaId) change.avatar = await copyAvatar(deps, userId, input.avatarMediaId)
  let replaced: string | null = null
  try {
    const answer = await deps.transact(async (tx) => {
      const before = await deps.store.updateProfile(tx, userId, change)
      replaced = change.avatar === undefined ? null : (before?.avatar?.folder ?? null)
      tx.emit('account.changed', { userId })
      return { userId }
    })
    if (replaced) await deps.storage.removePrefix(replaced).catch(() => {})
    return answer
  } catch (error) {
    if (change.avatar) await deps.storage.removePrefix(change.avatar.folder).catch(() => {})
    throw error
  }
}
