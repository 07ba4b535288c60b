// Fills an empty system with the demo world, through the public API alone. It may be interrupted anywhere and repeated:
// everything is looked up, or keyed, before it is made.
import type { Log } from '#platform/log.ts'
import { createClient } from './client.ts'
import { drawAvatar } from './draw.ts'
import { drawnPieces, drawnWork, folderPieces, type Piece, type Work } from './gallery.ts'
import { type KeptMail, proveAddress } from './mail.ts'
import { converse } from './messages.ts'
import { type Person, signIn } from './person.ts'
import { engage, processed, publish, upload } from './publish.ts'
import { tellStories } from './stories.ts'
import {
  type Account,
  acceptedRequests,
  accounts,
  closeFriends,
  conversations,
  demoUsername,
} from './world.ts'

export interface SeedOptions {
  /** Where the gateway listens, such as `http://127.0.0.1:4000`. */
  url: string
  /** Folder of pictures and videos to post; null to draw them. */
  mediaDir: string | null
  ffmpegPath: string
  /** The mails that were kept for the cast, newest first; null where mail goes to a server, which nobody of the cast reads. */
  readMails: (() => Promise<readonly KeptMail[]>) | null
  log: Log
  signal: AbortSignal
}

/** Uploads at once: the machine has to serve its visitors meanwhile. */
const uploadsAtOnce = 2
/** Calls at once that cost little, and wait for others' work more than they work. */
const callsAtOnce = 6

/** Its bio is the last thing to be written: it says that the world is complete. */
const last = accounts.at(-1) as Account

/** Whether the demo world is there: ABSENT without its visitor's account, STARTED until the last step. */
export async function demoState(
  url: string,
  signal: AbortSignal,
): Promise<'ABSENT' | 'STARTED' | 'COMPLETE'> {
  const client = await createClient(url, signal)
  try {
    const find = (username: string) =>
      client.request<{ user: { bio: string | null } | null }>('UserProfile', { username })
    if (!(await find(demoUsername)).user) return 'ABSENT'
    return (await find(last.username)).user?.bio === last.bio ? 'COMPLETE' : 'STARTED'
  } finally {
    await client.close()
  }
}

/**
 * Creates the demo world or completes it: within seconds the accounts, follows and messages, with the reels beside them, then
 * the pictures. Resolves when it is complete, or when `signal` aborts. A picture that fails is logged and left to the next
 * start; throws when an account cannot be signed in.
 */
export async function seedDemo(options: SeedOptions): Promise<void> {
  const { url, log } = options
  const failing = new AbortController()
  const signal = AbortSignal.any([options.signal, failing.signal])
  const client = await createClient(url, signal)
  try {
    const began = performance.now()
    const cast = new Map<string, Person>()
    await each(accounts, async (account) => {
      cast.set(account.username, await signIn(client, account))
    })
    const people = cast as ReadonlyMap<string, Person>
    const say = (what: string, more: object = {}) =>
      log.info({ ...more, ms: Math.round(performance.now() - began) }, what)

    let failures = 0
    const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
      if (signal.aborted) return
      try {
        await work()
      } catch (error) {
        if (signal.aborted) return
        failures++
        log.warn({ what, error: String(error) }, 'a part of the demo world is missing')
      }
    }
    const pieces = options.mediaDir
      ? await folderPieces(options.mediaDir)
      : drawnPieces(options.ffmpegPath, signal)
    const postIds = new Map<string, string>()
    const publishAll = (some: readonly Piece[]) =>
      each(
        some,
        (piece) =>
          attempt(piece.key, async () => {
            const postId = await publish(personIn(people, piece.author), piece, people, signal)
            postIds.set(piece.key, postId)
            await engage(people, piece, postId)
          }),
        uploadsAtOnce,
      )
    const meet = async () => {
      await introduce(people)
      for (const conversation of conversations) await converse(people, conversation, new Map())
      say('demo accounts are ready', { accounts: cast.size })
    }
    const film = async () => {
      await publishAll(pieces.filter(({ kind }) => kind === 'REEL'))
      say('demo reels are ready')
    }
    const work = [meet(), film()]
    try {
      await Promise.all(work)
    } catch (error) {
      // The client is closed when the other has ended, too.
      failing.abort()
      await Promise.allSettled(work)
      throw error
    }
    const { readMails } = options
    if (readMails) {
      await each(accounts, ({ username }) =>
        attempt(`the address of ${username}`, () =>
          proveAddress(personIn(people, username), readMails, signal),
        ),
      )
    }
    await each(accounts, (account) =>
      attempt(account.username, () => wearAvatar(personIn(people, account.username), signal)),
    )
    await publishAll(pieces.filter(({ kind }) => kind !== 'REEL'))
    await tellStories(people, storyWorks(options.mediaDir ? pieces : null), attempt, signal)
    for (const conversation of conversations) {
      await attempt('messages', () => converse(people, conversation, postIds))
    }
    if (failures > 0 || signal.aborted) return
    await personIn(people, last.username).does('UpdateProfile', { input: { bio: last.bio } })
    say('demo world is complete', { posts: postIds.size })
  } catch (error) {
    if (!options.signal.aborted) throw error
  } finally {
    await client.close()
  }
}

/** What each story shows: a drawn picture, or one of a folder's in turn. */
function storyWorks(pieces: readonly Piece[] | null): Parameters<typeof tellStories>[1] {
  const works = pieces?.flatMap((piece) => piece.works) ?? []
  return ({ picture }, index): Work => works[index % works.length] ?? drawnWork(picture)
}

function personIn(cast: ReadonlyMap<string, Person>, username: string): Person {
  const person = cast.get(username)
  if (!person) throw new Error(`${username} is not in the cast`)
  return person
}

/** Runs work on all items in their order, a few at a time. */
async function each<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  atOnce = callsAtOnce,
): Promise<void> {
  const queue = items.values()
  const lane = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** Bios, privacy and follows. */
async function introduce(cast: ReadonlyMap<string, Person>): Promise<void> {
  await each(accounts, async ({ username, bio, isPrivate }) => {
    const person = personIn(cast, username)
    if (isPrivate) await person.does('UpdateSettings', { input: { isPrivate: true } })
    if (username !== last.username) await person.does('UpdateProfile', { input: { bio } })
  })
  await each(accounts, async ({ username, follows }) => {
    for (const followee of follows) {
      await personIn(cast, username).does('FollowUser', { input: { userId: personIn(cast, followee).id } })
    }
  })
  for (const [username, friends] of Object.entries(closeFriends)) {
    for (const friend of friends) {
      await personIn(cast, username).does('AddCloseFriend', { input: { userId: personIn(cast, friend).id } })
    }
  }
  for (const [follower, followee] of acceptedRequests) {
    const input = { userId: personIn(cast, follower).id }
    await personIn(cast, followee).doesOnce('AcceptFollowRequest', input, ['NOT_FOUND', 'CONFLICT'])
  }
}

async function wearAvatar(person: Person, signal: AbortSignal): Promise<void> {
  const { user } = await person.does<{ user: { avatar: object | null } | null }>('UserProfile', {
    username: person.username,
  })
  if (user?.avatar) return
  const load = () => drawAvatar(person.username)
  const mediaId = await upload(
    person,
    'avatar',
    { kind: 'IMAGE', contentType: 'image/png', alt: null, load },
    signal,
  )
  await processed(person, mediaId, signal)
  await person.does('UpdateProfile', { input: { avatarMediaId: mediaId } })
}
