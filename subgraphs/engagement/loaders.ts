// What one request loads, in batches and once.
import type DataLoader from 'dataloader'
import type { Conversations } from '#platform/conversations.ts'
import type { Hashtags } from '#platform/hashtags.ts'
import { byId, createLoader } from '#platform/loader.ts'
import type { Visibility } from '#platform/visibility.ts'
import { isId } from '#schema/ids.ts'
import { filterComments, visibleComment } from './domain/comments.ts'
import {
  type CollectionRow,
  type CommentRow,
  type Counter,
  type Figure,
  newestKept,
  type OwnReaction,
  type Subject,
  type Withheld,
} from './model.ts'
import type { Store } from './store.ts'

/** Comments that a preview looks at, of the few posts of which a newest one is hidden or gone. */
const lookedAt = 100

export interface Loaders {
  /** A comment that is not deleted, by id. */
  comment(id: string): Promise<CommentRow | null>
  /** A comment that the viewer may see. */
  visibleComment(id: string): Promise<CommentRow | null>
  /** A collection of the viewer's own. */
  collection(id: string): Promise<CollectionRow | null>
  count(subject: Subject, id: string, counter: Counter | Withheld): Promise<number>
  /** Whether the viewer reacted; null when signed out. */
  reacted(subject: Subject, id: string, how: OwnReaction): Promise<boolean | null>
  /** Whether a conversation is there for the viewer: he is in it, and of two neither blocks the other. */
  takesPartIn(conversationId: string): Promise<boolean>
  /** The page of a hashtag, by name; null when it does not exist for the viewer. */
  hashtag(name: string): Promise<{ id: string } | null>
  /** The newest visible top-level comments of a post, oldest of them first. */
  preview(postId: string, first: number): Promise<CommentRow[]>
  /** Forgets everything, after a write. */
  forget(): void
}

export function createLoaders(
  store: Store,
  visibility: Visibility,
  pages: Hashtags,
  conversations: Pick<Conversations, 'partnersIn'>,
): Loaders {
  const { viewerId } = visibility
  const hashtags = createLoader((names) => pages.visibleIdsByName(visibility, names))
  const partners = createLoader(async (ids) =>
    viewerId === null ? new Map() : conversations.partnersIn(ids, viewerId),
  )
  let comments: DataLoader<string, CommentRow | null>
  let collections: DataLoader<string, CollectionRow | null>
  let figures: Record<Subject, DataLoader<string, number | boolean | readonly string[] | null>>
  let farther: DataLoader<string, CommentRow[] | null>
  const forget = () => {
    comments = createLoader(store.gatherComments)
    collections = createLoader(async (ids) =>
      byId(viewerId === null ? [] : await store.listOwnCollections(viewerId, ids)),
    )
    figures = { post: createFigureLoader('post'), comment: createFigureLoader('comment') }
    farther = createLoader((postIds) => store.listNewest(postIds, lookedAt))
  }

  // All figures that a page asks for, of all its posts, are one query: keys are `<figure>:<id>`.
  const createFigureLoader = (subject: Subject) =>
    createLoader(async (keys) => {
      const wanted = keys.map((key) => splitKey(key))
      const ids = [...new Set(wanted.map(([, id]) => id))]
      const names = new Set(wanted.map(([figure]) => figure as Figure))
      const found = await store.readFigures(subject, ids, names, viewerId)
      return new Map(
        wanted.flatMap(([figure, id], i) => {
          const value = found.get(id)?.[figure as Figure]
          return value === undefined ? [] : [[keys[i] ?? '', value] as const]
        }),
      )
    })

  /** Those of some comments that are there and that the viewer may see, in order. */
  const seenOf = async (ids: readonly string[]) => {
    const rows = await Promise.all(ids.map((id) => comments.load(id)))
    return filterComments(
      visibility,
      rows.filter((row) => row !== null),
    )
  }

  const preview = async (postId: string, first: number): Promise<CommentRow[]> => {
    const newest = (await figures.post.load(`newest:${postId}`)) as readonly string[] | null
    if (newest) {
      const seen = await seenOf(newest.slice(0, first))
      if (seen.length === first) return seen.reverse()
      // One of them is hidden or gone. Fewer than are kept are all that there are.
      const others = await seenOf(newest.slice(first))
      if (seen.length + others.length >= first || newest.length < newestKept)
        return [...seen, ...others].slice(0, first).reverse()
    }
    const seen = await filterComments(visibility, (await farther.load(postId)) ?? [])
    return seen.slice(0, first).reverse()
  }

  forget()
  // What is no id would be read with everybody's, however long it is.
  const comment = async (id: string) => (isId(id, 'comment') ? comments.load(id) : null)
  return {
    comment,
    visibleComment: (id) => visibleComment({ visibility, comment }, id),
    collection: (id) => collections.load(id),
    async count(subject, id, counter) {
      const value = await figures[subject].load(`${counter}:${id}`)
      // A counter that a fault made too small is shown as nothing until it is mended.
      return typeof value === 'number' ? Math.max(0, value) : 0
    },
    async reacted(subject, id, how) {
      return viewerId === null ? null : (await figures[subject].load(`${how}:${id}`)) === true
    },
    async takesPartIn(conversationId) {
      const own = await partners.load(conversationId)
      if (!own?.partnerId) return own !== null
      const { blocks, blockedBy } = await visibility.relation(own.partnerId)
      return !blocks && !blockedBy
    },
    async hashtag(name) {
      const id = await hashtags.load(name)
      return id === null ? null : { id }
    },
    preview,
    forget,
  }
}

function splitKey(key: string): [string, string] {
  const colon = key.indexOf(':')
  return [key.slice(0, colon), key.slice(colon + 1)]
}
