// Uploads that go in parts and were not completed: kept through a reload, and taken up again when the same file is chosen again. They
// are the account's that began them, and go when it signs out: names of files are nobody else's concern.

/** What is kept of an upload. */
interface Begun {
  readonly viewerId: string
  readonly mediaId: string
  readonly name: string
  /** When it was begun, in milliseconds since 1970. */
  readonly at: number
}

const storageKey = 'heliograph.uploads'
/** The server clears an upload away that is not completed in this time. */
const keptMs = 48 * 3_600_000
const most = 20

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** What tells a file apart from others without reading it. */
const keyOf = ({ name, size, type, lastModified }: File) => [name, size, type, lastModified].join('/')

/** The list over a browser's storage, which may be full, closed, or hold anything. */
export function createBegunUploads(storage: Kept, now: () => number = Date.now) {
  const read = (): Map<string, Begun> => {
    try {
      const entries = JSON.parse(storage.getItem(storageKey) ?? '[]') as [string, Begun][]
      return new Map(entries.filter(([, { viewerId, at }]) => viewerId && at > now() - keptMs))
    } catch {
      return new Map()
    }
  }
  const write = (uploads: Map<string, Begun>) => {
    try {
      storage.setItem(storageKey, JSON.stringify([...uploads].slice(-most)))
    } catch {
      // It goes on without: a reload then begins anew.
    }
  }
  return {
    /** Those of an account; of nobody nothing is kept. */
    of(viewerId: string | undefined) {
      const placeOf = (file: File) => `${viewerId}/${keyOf(file)}`
      return {
        /** The item that a file was being sent as; null when there is none. */
        find: (file: File): string | null =>
          viewerId === undefined ? null : (read().get(placeOf(file))?.mediaId ?? null),
        keep(file: File, mediaId: string) {
          if (viewerId === undefined) return
          write(read().set(placeOf(file), { viewerId, mediaId, name: file.name, at: now() }))
        },
        forget(file: File) {
          const uploads = read()
          if (uploads.delete(placeOf(file))) write(uploads)
        },
        /** Names of the files, the last begun first. */
        names: (): string[] =>
          [...read().values()]
            .filter((begun) => begun.viewerId === viewerId)
            .map(({ name }) => name)
            .reverse(),
      }
    },
    /** Forgets all, whosever they are. */
    clear() {
      try {
        storage.removeItem(storageKey)
      } catch {
        // What is closed holds nothing.
      }
    },
  }
}

/** This browser’s; elsewhere nothing is kept. */
export const begunUploads = createBegunUploads(globalThis.localStorage)
