// A running Content for tests: its relay and its consumers on real servers, and people who ask it.
import { parse } from 'graphql'
import type { AccountRow } from '#platform/accounts.ts'
import { durables } from '#platform/bus.ts'
import type { Config } from '#platform/config.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import { createRequest, startSubgraph } from '#platform/subgraph.ts'
import { newId } from '#schema/ids.ts'
import type { LiveRoot } from '#schema/streams.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow } from '../../tests/rows.ts'
import { content } from './main.ts'
import type { MediaRow } from './model.ts'
import { createStore, type Store } from './store.ts'

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Answer = { data: any; codes: unknown[] }

/** Someone who asks the subgraph, as the gateway would on his behalf. */
export interface Asker {
  id: string
  /** Asks; `codes` are those of top-level errors. `live` is the event for a subscription's document. */
  asks(query: string, variables?: Record<string, unknown>, live?: LiveRoot): Promise<Answer>
  /** Calls a mutation with an input and answers its payload. */
  does(mutation: string, input: Record<string, unknown>, fields?: string): Promise<Answer['data']>
}

export interface RunningContent {
  platform: Platform
  store: Store
  stack: AsyncDisposableStack
  nobody: Asker
  /** A new account, written as User would. */
  account(change?: Partial<AccountRow>): Promise<Asker>
  /** Makes one account follow another, written as Graph would. */
  follow(follower: Asker, followed: Asker): Promise<void>
  /** Sends bytes with the form that Content gave, and answers the item's id; `complete` says so to Content. */
  uploads(owner: Asker, bytes: Buffer, contentType: string, complete?: boolean): Promise<string>
  /** What the worker writes when an item is done. */
  finishes(mediaId: string): Promise<void>
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

  const asker = (userId: string | null): Asker => {
    const viewer = {
      userId,
      sessionId: userId && newId('session'),
      appId: null,
      scopes: null,
      ip: '127.0.0.1',
      userAgent: null,
    }
    const asks: Asker['asks'] = async (query, variables, live) => {
      const context = subgraph.contextFor(createRequest(platform, viewer))
      const { data, errors } = await subgraph.execute({
        document: parse(query),
        variables,
        rootValue: live,
        context,
      })
      return { data, codes: (errors ?? []).map((error) => subgraph.format(error).extensions.code) }
    }
    return {
      id: userId ?? '',
      asks,
      async does(mutation, input, fields = '') {
        const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`
        const { data, codes } = await asks(
          `mutation ($input: ${type}) { ${mutation}(input: $input) { ${fields} userErrors { code field } } }`,
          { input },
        )
        return data?.[mutation] ?? codes
      },
    }
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
    async follow(follower, followed) {
      const relations = platform.db('graph').collection<RelationRow>('relations')
      const none = { followAt: null, followedByAt: null, blocksAt: null, blockedByAt: null, mutesAt: null }
      const row = { ...none, mutesUntil: null, version: 1, follow: 'NONE', followedBy: 'NONE' } as const
      await relations.insertMany([
        {
          ...row,
          _id: relationKey(follower.id, followed.id),
          viewerId: follower.id,
          otherId: followed.id,
          follow: 'FOLLOWING',
        },
        {
          ...row,
          _id: relationKey(followed.id, follower.id),
          viewerId: followed.id,
          otherId: follower.id,
          followedBy: 'FOLLOWING',
        },
      ])
      await platform.facts.relations.refresh([
        relationKey(follower.id, followed.id),
        relationKey(followed.id, follower.id),
      ])
    },
    async uploads(owner, bytes, contentType, complete = true) {
      const kind = contentType.startsWith('video/') ? 'VIDEO' : 'IMAGE'
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
    },
    async finishes(mediaId) {
      const media = await store.claimProcessing(mediaId)
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
    },
    async settles() {
      const outbox = platform.db('content').collection('outbox')
      const own = durables(platform.config.namespace).filter(({ durable }) => durable.startsWith('content-'))
      const moving = async () => {
        const infos = await Promise.all(
          own.map(({ stream, durable }) => platform.streams.consumers.info(stream, durable)),
        )
        const waiting = infos.reduce((sum, info) => sum + info.num_pending + info.num_ack_pending, 0)
        return waiting + (await outbox.countDocuments({ sentAt: null }))
      }
      const deadline = Date.now() + 30_000
      // Twice, for a handler's own events may have left between the two looks at the one.
      for (let quiet = 0; quiet < 2; ) {
        quiet = (await moving()) > 0 ? 0 : quiet + 1
        if (Date.now() > deadline) throw new Error('Content did not come to rest')
      }
    },
    row: (mediaId) => store.getMedia(mediaId),
  }
}
