// How a member of the cast publishes: every step can be repeated after an interruption and happens once.
import { setTimeout as delay } from 'node:timers/promises'
import { FormData, fetch } from 'undici'
import type { Piece, Work } from './gallery.ts'
import type { Person } from './person.ts'
import type { Comment } from './world-posts.ts'

interface Upload {
  media: { id: string; status: string }
  upload: { url: string; fields: { name: string; value: string }[] }
}

/** Milliseconds that processing may take. */
const patience = 300_000

/** Looks, less and less often, until something is there. Throws when it takes longer than that. */
export async function until<T>(signal: AbortSignal, what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + patience
  for (let pause = 100; ; pause = Math.min(2_000, pause * 1.4)) {
    const found = await look()
    if (found !== null) return found
    if (Date.now() > deadline) throw new Error(`${what} took longer than ${patience / 1000} s`)
    await delay(pause, undefined, { signal })
  }
}

/** Uploads a work and answers the id of its media item, which is being processed. */
export async function upload(person: Person, key: string, work: Work, signal: AbortSignal): Promise<string> {
  const bytes = await work.load()
  const { kind, contentType } = work
  // The size is part of the key: other bytes are another upload.
  const idempotencyKey = `demo:${key}:${bytes.length}`
  const input = { kind, contentType, byteSize: bytes.length, idempotencyKey }
  const created = await person.does<{ createMediaUpload: Upload }>('CreateMediaUpload', { input })
  const { media, upload: permission } = created.createMediaUpload
  if (media.status !== 'PENDING') return media.id
  const form = new FormData()
  for (const { name, value } of permission.fields) form.append(name, value)
  form.append('file', new Blob([new Uint8Array(bytes)], { type: contentType }))
  const response = await fetch(permission.url, { method: 'POST', body: form, signal })
  if (!response.ok) throw new Error(`the store answered ${response.status} to ${key}`)
  await person.does('CompleteMediaUpload', { input: { mediaId: media.id } })
  return media.id
}

/** Waits until a media item is READY. Throws when it FAILED. */
export async function processed(person: Person, mediaId: string, signal: AbortSignal): Promise<void> {
  await until(signal, 'processing', async () => {
    const { node } = await person.does<{ node: { status: string; failure: { code: string } | null } | null }>(
      'Media',
      { id: mediaId },
    )
    if (node?.status === 'FAILED') throw new Error(`processing failed: ${node.failure?.code}`)
    return node?.status === 'READY' ? true : null
  })
}

/** Ids of the person's posts by caption. */
export async function ownPosts(person: Person): Promise<Map<string, string>> {
  const { user } = await person.does<{
    user: { posts: { nodes: { id: string; caption: string | null }[] } | null } | null
  }>('UserPosts', { username: person.username, first: 100 })
  return new Map((user?.posts?.nodes ?? []).map(({ id, caption }) => [caption ?? '', id]))
}

/** Publishes a piece, unless its author has done so, and answers the post's id once others can see it. */
export async function publish(
  author: Person,
  piece: Piece,
  cast: ReadonlyMap<string, Person>,
  signal: AbortSignal,
): Promise<string> {
  // Idempotency keys end after a day, captions do not.
  const known = (await ownPosts(author)).get(piece.caption)
  if (known) return known
  const mediaIds: string[] = []
  for (const [i, work] of piece.works.entries()) {
    mediaIds.push(await upload(author, `${piece.key}:${i}`, work, signal))
  }
  await Promise.all(mediaIds.map((mediaId) => processed(author, mediaId, signal)))
  const shown = (piece.shows ?? []).flatMap((username) => cast.get(username) ?? [])
  const input = {
    mediaIds,
    audience: piece.audience,
    location: piece.location,
    userTags: shown.map(({ id }) => ({ userId: id })),
    caption: piece.caption,
    altTexts: piece.works.map(({ alt }) => alt),
    kind: piece.kind,
    idempotencyKey: `demo:${piece.key}:${mediaIds.join()}`.slice(0, 128),
  }
  const { createPost } = await author.does<{ createPost: { post: { id: string } } }>('CreatePost', { input })
  const { id } = createPost.post
  for (const person of shown) await person.doesOnce('ApproveTag', { postId: id }, ['NOT_FOUND', 'CONFLICT'])
  return id
}

/** Likes and comments, as often as it is called. */
export async function engage(cast: ReadonlyMap<string, Person>, piece: Piece, postId: string): Promise<void> {
  for (const username of piece.likes) await cast.get(username)?.does('LikePost', { input: { postId } })
  const comments = piece.comments ?? []
  if (comments.length === 0) return
  const author = cast.get(piece.author) as Person
  const { post } = await author.does<{
    post: { comments: { nodes: { id: string; text: string; replyCount: number }[] } | null } | null
  }>('Comments', { postId, first: 100 })
  const written = new Map((post?.comments?.nodes ?? []).map((comment) => [comment.text, comment]))
  for (const comment of comments) {
    const known = written.get(comment.text)
    const parentId = known?.id ?? (await write(cast, postId, null, comment))
    for (const reply of (comment.replies ?? []).slice(known?.replyCount ?? 0)) {
      await write(cast, postId, parentId, reply)
    }
  }
}

async function write(
  cast: ReadonlyMap<string, Person>,
  postId: string,
  parentId: string | null,
  { by, text }: Pick<Comment, 'by' | 'text'>,
): Promise<string> {
  const input = { postId, parentId, text }
  const person = cast.get(by) as Person
  const { createComment } = await person.does<{ createComment: { comment: { id: string } } }>(
    'CreateComment',
    {
      input,
    },
  )
  return createComment.comment.id
}
