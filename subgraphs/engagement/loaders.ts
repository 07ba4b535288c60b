// What one request loads, in batches and once.
import type DataLoader from 'dataloader'
import type { Hashtags } from '#platform/hashtags.ts'
import { byId, createLoader } from '#platform/loader.ts'
import type { Visibility } from '#platform/visibility.ts'
import { filterComments, visibleComment } from './domain/comments.ts'
import type { CollectionRow, CommentRow, Counter, Figure, OwnReaction, Subject, Withheld } from './model.ts'
import type { Store } from './store.ts'

/** Comments that a preview reads beyond those asked for, in case some are hidden. */
const spare = 2
/** What it reads for the few posts where that was not enough. */
const farther = 100

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
  /** The page of a hashtag, by name; null when nothing carries it. */
  hashtag(name: string): Promise<{ id: string } | null>
  /** The newest visible top-level comments of a post, oldest of them first. */
  preview(postId: string, first: number): Promise<CommentRow[]>
  /** Forgets everything, after a write. */
  forget(): void
}

export function createLoaders(store: Store, visibility: Visibility, pages: Hashtags): Loaders {
  const { viewerId } = visibility
  const hashtags = createLoader((names) => pages.idsByName(names))
  let comments: DataLoader<string, CommentRow | null>
  let collections: DataLoader<string, CollectionRow | null>
  let figures: Record<Subject, DataLoader<string, number | boolean | null>>
  let previews: DataLoader<string, CommentRow[] | null>
  const forget = () => {
    comments = createLoader(async (ids) => byId(await store.listComments(ids)))
    collections = createLoader(async (ids) =>
      byId(viewerId === null ? [] : await store.listOwnCollections(viewerId, ids)),
    )
    figures = { post: createFigureLoader('post'), comment: createFigureLoader('comment') }
    previews = createLoader((keys) => loadPreviews(keys))
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

  const loadPreviews = async (keys: readonly string[]) => {
    const previews = new Map<string, CommentRow[]>()
    const asked = keys.map((key) => ({ key, first: Number(splitKey(key)[0]), postId: splitKey(key)[1] }))
    const first = Math.max(...asked.map((one) => one.first))
    const read = async (open: typeof asked, limit: number) => {
      const found = await store.listNewest([...new Set(open.map(({ postId }) => postId))], limit)
      const visible = await filterComments(visibility, [...found.values()].flat())
      const byPost = Map.groupBy(visible, (row) => row.postId)
      return open.filter(({ key, first: wanted, postId }) => {
        const seen = (byPost.get(postId) ?? []).slice(0, wanted)
        previews.set(key, seen.reverse())
        return seen.length < wanted && (found.get(postId)?.length ?? 0) === limit
      })
    }
    const short = await read(asked, first + spare)
    if (short.length > 0) await read(short, farther)
    return previews
  }

  forget()
  const comment = (id: string) => comments.load(id)
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
    async hashtag(name) {
      const id = await hashtags.load(name)
      return id === null ? null : { id }
    },
    preview: async (postId, first) => (await previews.load(`${first}:${postId}`)) ?? [],
    forget,
  }
}

function splitKey(key: string): [string, string] {
  const colon = key.indexOf(':')
  return [key.slice(0, colon), key.slice(colon + 1)]
}
