// Someone who uses the product through its one endpoint, in verbs: `alice.likes(post)`.
import { readFile } from 'node:fs/promises'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { type GraphQLFormattedError, print } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { within } from '#platform/within.ts'
import * as op from '../web/src/operations.gen.ts'

export interface Answer<T> {
  data: T | null
  errors: GraphQLFormattedError[]
}

interface Refusal {
  code: string
  message: string
  field: string[]
}

/** An answer that a person did not expect. */
export class Unexpected extends Error {
  readonly codes: string[]
  constructor(
    what: string,
    errors: readonly { message: string; code?: string; extensions?: { code?: unknown } }[],
  ) {
    super(`${what}: ${JSON.stringify(errors)}`)
    this.codes = errors.map((error) => error.code ?? String(error.extensions?.code))
  }
}

/** Longer than the gateway waits for anything here: what is not there by then never comes, and that is said and not waited for. */
const answerMs = 70_000

/** Sends one operation over HTTP. */
export async function send<T, V>(
  url: string,
  document: TypedDocumentNode<T, V> | string,
  variables?: V,
  token?: string | null,
): Promise<Answer<T>> {
  const query = typeof document === 'string' ? document : print(document)
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(answerMs),
  }).catch((cause: unknown) => {
    throw new Error(`no answer to ${query.slice(0, 60)}: ${String(cause)}`, { cause })
  })
  const body = (await response.json()) as { data?: T; errors?: GraphQLFormattedError[] }
  return { data: body.data ?? null, errors: body.errors ?? [] }
}

/** A socket of whoever has the token, opened at once, and the code that it is closed with. */
export function openSocket(
  url: string,
  token: string,
): { client: Client; connected: Promise<void>; closed: Promise<number> } {
  const connected = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<number>()
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    on: {
      connected: () => connected.resolve(),
      closed: (event) => closed.resolve((event as { code: number }).code),
    },
  })
  return { client, connected: connected.promise, closed: closed.promise }
}

/** What a subscription brings, one after the other. */
export interface Listening<T> {
  /** The next event; rejects after the deadline. */
  next(deadlineMs?: number): Promise<T>
  /** Events that came and were not asked for yet. */
  readonly waiting: number
  stop(): void
}

export class Person {
  readonly url: string
  readonly id: string
  readonly username: string
  accessToken: string
  refreshToken: string
  #socket: Client | null = null
  #renewing: Promise<void> | null = null

  constructor(
    url: string,
    session: { accessToken: string; refreshToken: string },
    viewer: { id: string; username: string },
  ) {
    this.url = url
    this.id = viewer.id
    this.username = viewer.username
    this.accessToken = session.accessToken
    this.refreshToken = session.refreshToken
  }

  /** Signs up with a password of its own. */
  static async signsUp(url: string, username: string): Promise<Person> {
    const input = {
      username,
      email: `${username}@example.org`,
      password: passwordOf(username),
      birthDate: '1990-05-17',
      displayName: username[0]?.toUpperCase() + username.slice(1),
    }
    const { data, errors } = await send(url, op.SignUpDocument, { input })
    const payload = data?.signUp
    if (!payload?.session || !payload.viewer) throw new Unexpected('signUp', payload?.userErrors ?? errors)
    return new Person(url, tokens(payload.session), payload.viewer)
  }

  /** The whole answer, errors included. */
  asks<T, V>(document: TypedDocumentNode<T, V> | string, variables?: V): Promise<Answer<T>> {
    return send(this.url, document, variables, this.accessToken)
  }

  /** The data of an answer without errors. */
  async does<T, V>(document: TypedDocumentNode<T, V>, variables: V): Promise<T> {
    const { data, errors } = await this.asks(document, variables)
    if (errors.length > 0 || !data) throw new Unexpected('operation', errors)
    for (const payload of Object.values(data as Record<string, { userErrors?: Refusal[] } | null>)) {
      if (payload?.userErrors?.length) throw new Unexpected('mutation', payload.userErrors)
    }
    return data
  }

  /** Has the session go on with a new access token; whoever asks meanwhile gets the same one. */
  renews(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    })
    return this.#renewing
  }

  async #renew(): Promise<void> {
    const input = { refreshToken: this.refreshToken }
    const { data, errors } = await send(this.url, op.RefreshSessionDocument, { input })
    const payload = data?.refreshSession
    if (!payload?.session) throw new Unexpected('refreshSession', payload?.userErrors ?? errors)
    Object.assign(this, tokens(payload.session))
  }

  /** Listens to a subscription over the person's one socket; resolves when the server had time to attach. */
  listens<T, V extends Record<string, unknown>>(
    document: TypedDocumentNode<T, V>,
    variables: V,
  ): Listening<T> {
    this.#socket ??= createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      connectionParams: () => ({ authorization: `Bearer ${this.accessToken}` }),
      retryAttempts: 5,
    })
    const arrived: (T | Error)[] = []
    let wanted: ((value: T | Error) => void) | null = null
    const arrive = (value: T | Error) => {
      if (!wanted) arrived.push(value)
      else {
        wanted(value)
        wanted = null
      }
    }
    const stop = this.#socket.subscribe<T>(
      { query: print(document), variables },
      {
        next: ({ data, errors }) =>
          arrive(errors?.length ? new Unexpected('subscription', errors) : (data as T)),
        error: (error) =>
          arrive(Array.isArray(error) ? new Unexpected('subscription', error) : new Error(String(error))),
        complete: () => arrive(new Error('the subscription ended')),
      },
    )
    return {
      async next(deadlineMs = 15_000) {
        const first = arrived.shift()
        const value =
          first ?? (await within(deadlineMs, new Promise<T | Error>((resolve) => (wanted = resolve))))
        if (value instanceof Error) throw value
        return value
      },
      get waiting() {
        return arrived.length
      },
      stop,
    }
  }

  /** Closes the socket. */
  async leaves(): Promise<void> {
    await this.#socket?.dispose()
    this.#socket = null
  }

  async follows(other: Person) {
    return (await this.does(op.FollowUserDocument, { input: { userId: other.id } })).followUser.user
  }

  async unfollows(other: Person) {
    return (await this.does(op.UnfollowUserDocument, { input: { userId: other.id } })).unfollowUser.user
  }

  async accepts(other: Person) {
    return (await this.does(op.AcceptFollowRequestDocument, { input: { userId: other.id } }))
      .acceptFollowRequest.user
  }

  async blocks(other: Person) {
    return (await this.does(op.BlockUserDocument, { input: { userId: other.id } })).blockUser.user
  }

  async becomesPrivate() {
    await this.does(op.UpdateSettingsDocument, { input: { isPrivate: true } })
  }

  /** Sends bytes straight to the object store, and says nothing of it yet. Gives the media item's id. */
  async sendsBytes(bytes: Buffer, contentType: string): Promise<string> {
    const kind = contentType.startsWith('video/') ? 'VIDEO' : 'IMAGE'
    const input = { kind, contentType, byteSize: bytes.length } as const
    const { createMediaUpload } = await this.does(op.CreateMediaUploadDocument, { input })
    const { media, upload } = createMediaUpload
    if (!media || !upload) throw new Error('no upload')
    const form = new FormData()
    for (const { name, value } of upload.fields) form.append(name, value)
    form.append('file', new Blob([Uint8Array.from(bytes)], { type: contentType }))
    const stored = await fetch(upload.url, { method: upload.method, body: form })
    if (!stored.ok) throw new Error(`the object store refused: ${stored.status} ${await stored.text()}`)
    return media.id
  }

  /** Sends bytes straight to the object store and says that they are there. Gives the media item's id. */
  async uploads(bytes: Buffer, contentType: string): Promise<string> {
    const mediaId = await this.sendsBytes(bytes, contentType)
    await this.does(op.CompleteMediaUploadDocument, { input: { mediaId } })
    return mediaId
  }

  async uploadsFile(file: URL | string, contentType: string): Promise<string> {
    return this.uploads(await readFile(file), contentType)
  }

  async media(id: string) {
    const { node } = await this.does(op.MediaDocument, { id })
    return node && 'status' in node ? node : null
  }

  async posts(mediaIds: string[], caption = '') {
    const { createPost } = await this.does(op.CreatePostDocument, { input: { mediaIds, caption } })
    if (!createPost.post) throw new Error('no post')
    return createPost.post
  }

  async post(id: string) {
    return (await this.does(op.PostDocument, { id })).post
  }

  async feed(first = 20, after: string | null = null) {
    return (await this.does(op.HomeFeedDocument, { first, after })).homeFeed
  }

  async likes(post: { id: string }) {
    return (await this.does(op.LikePostDocument, { input: { postId: post.id } })).likePost.post
  }

  async unlikes(post: { id: string }) {
    return (await this.does(op.UnlikePostDocument, { input: { postId: post.id } })).unlikePost.post
  }

  async comments(post: { id: string }, text: string) {
    return (await this.does(op.CreateCommentDocument, { input: { postId: post.id, text } })).createComment
      .comment
  }

  async opensConversation(...others: Person[]) {
    const input = { memberIds: others.map((other) => other.id) }
    const { conversation } = (await this.does(op.CreateConversationDocument, { input })).createConversation
    if (!conversation) throw new Error('no conversation')
    return conversation
  }

  async says(conversation: { id: string }, text: string, clientMessageId: string = crypto.randomUUID()) {
    const input = { conversationId: conversation.id, text, clientMessageId }
    return (await this.does(op.SendMessageDocument, { input })).sendMessage.message
  }
}

/** The password that `Person.signsUp` gave. */
export function passwordOf(username: string): string {
  return `${username} likes lighthouses`
}

function tokens(session: { accessToken: string | null; refreshToken: string | null }) {
  if (!session.accessToken || !session.refreshToken) throw new Error('a new session has both tokens')
  return { accessToken: session.accessToken, refreshToken: session.refreshToken }
}
