// A running Content for tests: its relay and its consumers on real servers, people who ask it, and events as they come to it.
import type { AccountRow } from '#platform/accounts.ts'
import type { Config } from '#platform/config.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import { startSubgraph } from '#platform/subgraph.ts'
import type { DomainEvent, EventName, EventPayload } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { type Asker as Asking, createAsker } from '../../tests/asker.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow } from '../../tests/rows.ts'
import { settleSubgraph } from '../../tests/settle.ts'
import { createConsumers } from './consumers.ts'
import { content } from './main.ts'
import type { MediaRow, ReviewItemRow } from './model.ts'
import { createSearch } from './search-service.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore, type Store } from './store.ts'

/** Someone who asks the subgraph, as the gateway would on his behalf. */
export interface Asker extends Asking {
  id: string
}

/** How a payload says that a mutation was refused. */
export const refusal = (code: string, ...field: string[]) => ({
  userErrors: [{ code, field: ['input', ...field] }],
})

/** An event as a consumer receives it, of what happened at a time. */
export function event<N extends EventName>(name: N, at: number, payload: EventPayload<N>): DomainEvent<N> {
  return { id: newId('event'), name, at: new Date(at), payload }
}

/** Kinds of media by the family of their content type. */
const kinds: Record<string, MediaRow['kind']> = { video: 'VIDEO', audio: 'AUDIO', application: 'CIPHERTEXT' }

const strangers = {
  ...({ follow: 'NONE', followedBy: 'NONE', followAt: null, followedByAt: null } as const),
  ...{ blocksAt: null, blockedByAt: null, mutesAt: null, mutesUntil: null },
  ...{ restrictsAt: null, restrictedByAt: null },
}

export interface RunningContent {
  platform: Platform
  store: Store
  stack: AsyncDisposableStack
  nobody: Asker
  /** A new account, written as User would. */
  account(change?: Partial<AccountRow>): Promise<Asker>
  /** Changes how one account stands to another and the other to it, written as Graph would. */
  relates(one: Asker, other: Asker, mine: Partial<RelationRow>, theirs: Partial<RelationRow>): Promise<void>
  /** Erases Content's part of an account, as its deletion has it done (A9). */
  erases(accountId: string): Promise<void>
  follow(follower: Asker, followed: Asker): Promise<void>
  blocks(one: Asker, other: Asker): Promise<void>
  /** Ends whatever is between two accounts. */
  parts(one: Asker, other: Asker): Promise<void>
  /** Sends bytes with the form that Content gave, and answers the item's id; `complete` says so to Content. */
  uploads(owner: Asker, bytes: Buffer, contentType: string, complete?: boolean): Promise<string>
  /** What the worker writes when an item is done. */
  finishes(mediaId: string): Promise<void>
  /** A picture that is READY. */
  ready(owner: Asker): Promise<string>
  /** Resolves when every event that Content has published had its effect in Content; the worker does not run here. */
  settles(): Promise<void>
  /** The item's row. */
  row(mediaId: string): Promise<MediaRow | null>
}

/** Starts Content in a namespace of its own. */
export async function startContent(overrides: Partial<Config> = {}): Promise<RunningContent> {
  const { platform, stack } = await testPlatform(overrides)
  const subgraph = await startSubgraph(platform, content, stack)
  const store = createStore(platform.db('content'))
  const transact = platform.transact('content')

  const asker = (userId: string | null): Asker => ({
    id: userId ?? '',
    ...createAsker(platform, subgraph, { userId, sessionId: userId && newId('session') }),
  })

  const relates: RunningContent['relates'] = async (one, other, mine, theirs) => {
    const rows = platform.db('graph').collection<RelationRow>('relations')
    for (const [from, to, change] of [
      [one, other, mine],
      [other, one, theirs],
    ] as const) {
      const _id = relationKey(from.id, to.id)
      const row = await rows.findOne({ _id })
      const next: RelationRow = {
        ...{ ...strangers, _id, viewerId: from.id, otherId: to.id, ...row, ...change },
        version: (row?.version ?? 0) + 1,
      }
      await platform.facts.relations.changing([_id], () => rows.replaceOne({ _id }, next, { upsert: true }))
    }
  }
  const uploads: RunningContent['uploads'] = async (owner, bytes, contentType, complete = true) => {
    const kind = kinds[contentType.split('/')[0] ?? ''] ?? 'IMAGE'
    const { media, upload } = await owner.does(
      'createMediaUpload',
      { kind, contentType, byteSize: bytes.length },
      'media { id } upload { url fields { name value } }',
    )
    const form = new FormData()
    for (const { name, value } of upload.fields) form.append(name, value)
    form.append('file', new Blob([Uint8Array.from(bytes)]))
    const stored = await fetch(upload.url, { method: 'POST', body: form })
    if (!stored.ok) throw new Error(await stored.text())
    if (complete) await owner.does('completeMediaUpload', { mediaId: media.id })
    return media.id
  }
  const finishes = async (mediaId: string): Promise<void> => {
    const media = await store.claimProcessing(mediaId, 'job')
    if (!media) throw new Error('nothing to finish')
    const prefix = `public/media/${mediaId}/hash/`
    const key = `${prefix}320.jpg`
    await platform.storage.write(key, Buffer.from('jpeg'), { contentType: 'image/jpeg', byteSize: 4 })
    await transact(async (tx) => {
      await store.finishProcessing(
        media,
        {
          ...{ width: 320, height: 320, durationMs: null, placeholder: 'AA==', dominantColor: '#000000' },
          ...{ exposure: 'public', prefix, originalKey: null, hlsKey: null, posterKey: null },
          renditions: [{ key, width: 320, height: 320, contentType: 'image/jpeg' }],
        },
        new Date(),
        tx.session,
      )
      tx.emit('media.changed', { mediaId, ownerId: media.ownerId, status: 'READY' })
    })
  }

  return {
    platform,
    store,
    stack,
    nobody: asker(null),
    async account(change = {}) {
      const _id = newId('user')
      const users = platform.db('user').collection<AccountRow>('users')
      await users.insertOne(accountRow({ _id, ...change }))
      return asker(_id)
    },
    relates,
    async erases(accountId) {
      const { erase } = createAccountPart({
        ...{ db: platform.db('content'), transact: platform.transact('content') },
        ...{ posts: platform.facts.posts, stories: platform.facts.stories },
        ...{ deletePost: store.deletePost, deleteStory: store.deleteStory },
        leaveTopics: async () => {},
        now: () => new Date(),
      })
      for (const step of erase) while (await step(accountId));
    },
    follow: (follower, followed) =>
      relates(
        follower,
        followed,
        { follow: 'FOLLOWING', followAt: new Date() },
        { followedBy: 'FOLLOWING', followedByAt: new Date() },
      ),
    blocks: (one, other) => relates(one, other, { blocksAt: new Date() }, { blockedByAt: new Date() }),
    parts: (one, other) => relates(one, other, strangers, strangers),
    uploads,
    finishes,
    async ready(owner) {
      const mediaId = await uploads(owner, Buffer.from('these could be a picture'), 'image/jpeg')
      await finishes(mediaId)
      return mediaId
    },
    settles: () => settleSubgraph(platform, 'content'),
    row: (mediaId) => store.getMedia(mediaId),
  }
}

/** Starts Content with all its limits, to be told by hand of what accounts do, and someone who reviews what comes of it. */
export async function startSafety() {
  const running = await startContent({ rateLimits: true })
  const { platform, account } = running
  return {
    ...running,
    handlers: createConsumers(platform, createSearch(platform))['content.safety'],
    moderator: await account({ role: 'MODERATOR' }),
    /** The ids of new accounts, ordinary ones but for `change`. */
    async accountIds(count: number, change: Partial<AccountRow> = {}): Promise<string[]> {
      const askers = await Promise.all(Array.from({ length: count }, () => account(change)))
      return askers.map(({ id }) => id)
    },
    /** The moderators' queue. */
    items: () => platform.db('content').collection<ReviewItemRow>('reviewItems'),
    /** Suspends an account, written as User would. */
    async suspends(userId: string): Promise<void> {
      const users = platform.db('user').collection<AccountRow>('users')
      await users.updateOne({ _id: userId }, { $set: { status: 'SUSPENDED' }, $inc: { version: 1 } })
      await platform.facts.accounts.refresh([userId])
    },
  }
}

export type RunningSafety = Awaited<ReturnType<typeof startSafety>>
