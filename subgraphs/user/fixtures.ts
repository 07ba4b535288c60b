// A running User for tests: its relay and its consumers on real servers, and people who ask it.
import type { Config } from '#platform/config.ts'
import type { MediaFactsRow } from '#platform/media.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import { createSessionWatch, type SessionWatch } from '#platform/sessions.ts'
import { startSubgraph } from '#platform/subgraph.ts'
import type { Viewer } from '#platform/viewer.ts'
import { newId } from '#schema/ids.ts'
import { type Asker, createAsker } from '../../tests/asker.ts'
import { testPlatform } from '../../tests/platform.ts'
import { user } from './main.ts'

/** Fields of a payload with a session and its account. */
export const sessionFields =
  'session { id accessToken accessTokenExpiresAt refreshToken current } viewer { id username email }'

export interface RunningUser {
  platform: Platform
  stack: AsyncDisposableStack
  asker(viewer?: Partial<Viewer>): Asker
  /** Watches sessions end, until the stack is disposed. */
  watchSessions(): Promise<SessionWatch>
  /** A new account with a session, asking in it; the password is `password`. */
  signsUp(username: string): Promise<Asker & { id: string }>
  /** What Content would have written. */
  media(ownerId: string, change?: Partial<MediaFactsRow>): Promise<MediaFactsRow>
  /** Makes one block the other, written as Graph would. */
  blocks(blockerId: string, blockedId: string): Promise<void>
}

export const password = 'correct horse battery'

/** The codes of a payload's refusals. */
export const codes = (payload: { userErrors: { code: string }[] }) =>
  payload.userErrors.map(({ code }) => code)

/** A sign-up that is accepted. */
export const signUpInput = (username: string, change: Record<string, unknown> = {}) => ({
  username,
  email: `${username}@example.org`,
  password,
  birthDate: '1990-05-17',
  ...change,
})

/** Starts User in a namespace of its own. */
export async function startUser(change: Partial<Config> = {}): Promise<RunningUser> {
  const { platform, stack } = await testPlatform(change)
  const subgraph = await startSubgraph(platform, user, stack)

  const asker = (who: Partial<Viewer> = {}) =>
    createAsker(platform, subgraph, { userAgent: 'a test', ...who }, 'code message field')

  return {
    platform,
    stack,
    asker,
    async watchSessions() {
      const watch = await createSessionWatch(platform)
      stack.defer(() => watch.stop())
      return watch
    },
    async signsUp(username) {
      const { session, viewer, userErrors } = await asker().does(
        'signUp',
        signUpInput(username),
        sessionFields,
      )
      if (!session) throw new Error(JSON.stringify(userErrors))
      return { ...asker({ userId: viewer.id, sessionId: session.id }), id: viewer.id }
    },
    async media(ownerId, change = {}) {
      const _id = newId('media')
      const renditions = [
        { width: 150, height: 150, contentType: 'image/webp' },
        { width: 320, height: 240, contentType: 'image/webp' },
        { width: 320, height: 240, contentType: 'image/jpeg' },
        { width: 640, height: 480, contentType: 'image/webp' },
        { width: 1080, height: 810, contentType: 'image/webp' },
      ].map((rendition) => {
        const key = `private/media/${_id}/${rendition.width}.${rendition.contentType.slice(6)}`
        return { ...rendition, key }
      })
      await Promise.all(
        renditions.map(({ key, contentType }) =>
          platform.storage.write(key, Buffer.from(key), { contentType, byteSize: key.length }),
        ),
      )
      const row: MediaFactsRow = { _id, ownerId, kind: 'IMAGE', status: 'READY', renditions, ...change }
      await platform.db('content').collection<MediaFactsRow>('media').insertOne(row)
      return row
    },
    async blocks(blockerId, blockedId) {
      const none = { followAt: null, followedByAt: null, mutesAt: null, mutesUntil: null, version: 1 }
      const common = { ...none, follow: 'NONE', followedBy: 'NONE' } as const
      const at = new Date()
      const rows: RelationRow[] = [
        { viewerId: blockerId, otherId: blockedId, blocksAt: at, blockedByAt: null },
        { viewerId: blockedId, otherId: blockerId, blocksAt: null, blockedByAt: at },
      ].map((row) => ({ ...common, ...row, _id: relationKey(row.viewerId, row.otherId) }))
      await platform.db('graph').collection<RelationRow>('relations').insertMany(rows)
      await platform.facts.relations.refresh(rows.map((row) => row._id))
    },
  }
}
