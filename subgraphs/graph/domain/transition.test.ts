import { expect, test } from 'vitest'
import { mirror } from './relation.ts'
import { type Action, type Standing, strangers, transition } from './transition.ts'

const then = new Date('2026-01-01T00:00:00Z')
const now = new Date('2026-02-01T00:00:00Z')
const until = new Date('2026-03-01T00:00:00Z')

/** Standings by a short name; `…` is the actor's side. */
const standings: Record<string, Standing> = {
  strangers: strangers,
  asks: { ...strangers, follow: 'REQUESTED', followAt: then },
  follows: { ...strangers, follow: 'FOLLOWING', followAt: then },
  'is asked': { ...strangers, followedBy: 'REQUESTED', followedByAt: then },
  'is followed': { ...strangers, followedBy: 'FOLLOWING', followedByAt: then },
  friends: { ...strangers, follow: 'FOLLOWING', followAt: then, followedBy: 'FOLLOWING', followedByAt: then },
  'asks each other': {
    ...strangers,
    follow: 'REQUESTED',
    followAt: then,
    followedBy: 'REQUESTED',
    followedByAt: then,
  },
  mutes: { ...strangers, follow: 'FOLLOWING', followAt: then, mutesAt: then },
  'mutes until': { ...strangers, mutesAt: then, mutesUntil: until },
  blocks: { ...strangers, blocksAt: then },
  'is blocked': { ...strangers, blockedByAt: then },
  'blocks each other': { ...strangers, blocksAt: then, blockedByAt: then },
}

const actions: Record<string, Action> = {
  'follow public': { kind: 'follow', isPrivate: false },
  'follow private': { kind: 'follow', isPrivate: true },
  unfollow: { kind: 'unfollow' },
  cancelRequest: { kind: 'cancelRequest' },
  acceptRequest: { kind: 'acceptRequest' },
  declineRequest: { kind: 'declineRequest' },
  removeFollower: { kind: 'removeFollower' },
  block: { kind: 'block' },
  unblock: { kind: 'unblock' },
  mute: { kind: 'mute', what: 'POSTS', until: null },
  'mute until': { kind: 'mute', what: 'POSTS', until },
  unmute: { kind: 'unmute', what: 'POSTS' },
}

/** What changed and happened, in short: `-` nothing, a code for a refusal. */
function shortly(standing: Standing, action: Action): string {
  try {
    const outcome = transition(standing, action, now)
    if (!outcome) return '-'
    const changed = Object.entries(outcome.standing)
      .filter(([field, value]) => standing[field as keyof Standing] !== value && !/^follow.*At$/.test(field))
      .map(([field, value]) => `${field}=${value === now ? 'now' : value === until ? 'until' : value}`)
    const happened = outcome.happened.map(
      ({ name, whose, accepted }) => `${whose} ${name}${accepted ? ' (accepted)' : ''}`,
    )
    return [...changed, ...happened].join(', ')
  } catch (error) {
    return (error as { code: string }).code
  }
}

const followed = 'follow=FOLLOWING, own follow.created'
const requested = 'follow=REQUESTED, own follow.requested'
const ended = 'follow=NONE, own follow.ended'
const dropped = 'followedBy=NONE, others follow.ended'
const accepted = 'followedBy=FOLLOWING, others follow.created (accepted)'
const blocked = 'blocksAt=now'
const muted = 'mutesAt=now'
const mutedUntil = 'mutesAt=now, mutesUntil=until'
const absent = 'NOT_FOUND'

// Columns in the order of `actions`.
const table: Record<string, string[]> = {
  strangers: [followed, requested, '-', '-', absent, '-', '-', blocked, '-', muted, mutedUntil, '-'],
  asks: [
    followed,
    '-',
    ended,
    ended,
    absent,
    '-',
    '-',
    'follow=NONE, blocksAt=now, own follow.ended',
    '-',
    muted,
    mutedUntil,
    '-',
  ],
  follows: [
    '-',
    '-',
    ended,
    'CONFLICT',
    absent,
    '-',
    '-',
    'follow=NONE, blocksAt=now, own follow.ended',
    '-',
    muted,
    mutedUntil,
    '-',
  ],
  'is asked': [
    followed,
    requested,
    '-',
    '-',
    accepted,
    dropped,
    '-',
    'followedBy=NONE, blocksAt=now, others follow.ended',
    '-',
    muted,
    mutedUntil,
    '-',
  ],
  'is followed': [
    followed,
    requested,
    '-',
    '-',
    '-',
    'CONFLICT',
    dropped,
    'followedBy=NONE, blocksAt=now, others follow.ended',
    '-',
    muted,
    mutedUntil,
    '-',
  ],
  friends: [
    '-',
    '-',
    ended,
    'CONFLICT',
    '-',
    'CONFLICT',
    dropped,
    'follow=NONE, followedBy=NONE, blocksAt=now, own follow.ended, others follow.ended',
    '-',
    muted,
    mutedUntil,
    '-',
  ],
  'asks each other': [
    followed,
    '-',
    ended,
    ended,
    accepted,
    dropped,
    '-',
    'follow=NONE, followedBy=NONE, blocksAt=now, own follow.ended, others follow.ended',
    '-',
    muted,
    mutedUntil,
    '-',
  ],
  mutes: [
    '-',
    '-',
    ended,
    'CONFLICT',
    absent,
    '-',
    '-',
    'follow=NONE, blocksAt=now, own follow.ended',
    '-',
    '-',
    mutedUntil,
    'mutesAt=null',
  ],
  'mutes until': [
    followed,
    requested,
    '-',
    '-',
    absent,
    '-',
    '-',
    blocked,
    '-',
    'mutesAt=now, mutesUntil=null',
    '-',
    'mutesAt=null, mutesUntil=null',
  ],
  blocks: [
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    '-',
    'blocksAt=null',
    absent,
    absent,
    absent,
  ],
  'is blocked': [
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
  ],
  'blocks each other': [
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    absent,
    '-',
    'blocksAt=null',
    absent,
    absent,
    absent,
  ],
}

const cases = Object.entries(table).flatMap(([standing, row]) =>
  Object.keys(actions).map((action, i) => [standing, action, row[i] ?? ''] as const),
)

test.each(cases)('%s: %s → %s', (standing, action, expected) => {
  expect(shortly(standings[standing] as Standing, actions[action] as Action)).toBe(expected)
})

/** Standings with marks, and what actions make of the marks. */
const marked: Record<string, Standing> = {
  strangers,
  follows: standings.follows as Standing,
  asks: standings.asks as Standing,
  favours: { ...strangers, follow: 'FOLLOWING', followAt: then, favoriteAt: then },
  'friends with marks': {
    ...(standings.friends as Standing),
    favoriteAt: then,
    closeFriendAt: then,
    closeFriendOfAt: then,
    restrictsAt: then,
    restrictedByAt: then,
    dismissedAt: then,
  },
  blocks: standings.blocks as Standing,
  'is blocked': standings['is blocked'] as Standing,
}
const markActions = [
  'addFavorite',
  'removeFavorite',
  'addCloseFriend',
  'removeCloseFriend',
  'restrict',
  'unrestrict',
  'unfollow',
  'removeFollower',
  'block',
  'dismiss',
] as const
const closeFriend = 'closeFriendAt=now'
const restricts = 'restrictsAt=now'
const dismissed = 'dismissedAt=now'
const allEnd =
  'follow=NONE, followedBy=NONE, blocksAt=now, favoriteAt=null, closeFriendAt=null, closeFriendOfAt=null, restrictsAt=null, restrictedByAt=null, own follow.ended, others follow.ended'
// Columns in the order of `markActions`.
const markTable: Record<keyof typeof marked, string[]> = {
  strangers: ['FORBIDDEN', '-', closeFriend, '-', restricts, '-', '-', '-', blocked, dismissed],
  follows: [
    'favoriteAt=now',
    '-',
    closeFriend,
    '-',
    restricts,
    '-',
    ended,
    '-',
    'follow=NONE, blocksAt=now, own follow.ended',
    dismissed,
  ],
  asks: [
    'FORBIDDEN',
    '-',
    closeFriend,
    '-',
    restricts,
    '-',
    ended,
    '-',
    'follow=NONE, blocksAt=now, own follow.ended',
    dismissed,
  ],
  favours: [
    '-',
    'favoriteAt=null',
    closeFriend,
    '-',
    restricts,
    '-',
    'follow=NONE, favoriteAt=null, own follow.ended',
    '-',
    'follow=NONE, blocksAt=now, favoriteAt=null, own follow.ended',
    dismissed,
  ],
  'friends with marks': [
    '-',
    'favoriteAt=null',
    '-',
    'closeFriendAt=null',
    '-',
    'restrictsAt=null',
    'follow=NONE, favoriteAt=null, own follow.ended',
    dropped,
    allEnd,
    '-',
  ],
  blocks: [absent, absent, absent, absent, absent, absent, absent, absent, '-', absent],
  'is blocked': [absent, absent, absent, absent, absent, absent, absent, absent, absent, absent],
}
const markCases = Object.entries(markTable).flatMap(([standing, row]) =>
  markActions.map((action, i) => [standing, action, row[i] ?? ''] as const),
)

test.each(markCases)('marks of %s: %s → %s', (standing, kind, expected) => {
  expect(shortly(marked[standing] as Standing, { kind })).toBe(expected)
})

test('close friends and restrictions are mirrored; a favourite is his own, and ends with his follow', () => {
  const theirs = { ...strangers, favoriteAt: then, mutesStoriesAt: then }
  const standing = {
    ...(standings.friends as Standing),
    closeFriendAt: then,
    restrictedByAt: then,
    hidesStoriesAt: then,
    mutesStoriesAt: now,
  }
  expect(mirror(standing, theirs)).toMatchObject({
    closeFriendAt: null,
    closeFriendOfAt: then,
    restrictsAt: then,
    restrictedByAt: null,
    hidesStoriesAt: null,
    storiesHiddenByAt: then,
    mutesStoriesAt: then,
    favoriteAt: then,
  })
  expect(mirror({ ...standing, followedBy: 'NONE', followedByAt: null }, theirs).favoriteAt).toBeNull()
})

const both: Standing = { ...strangers, mutesAt: then, mutesStoriesAt: then, mutesStoriesUntil: until }
test.each([
  [
    'all of strangers',
    strangers,
    { kind: 'mute', what: 'ALL', until: null },
    'mutesAt=now, mutesStoriesAt=now',
  ],
  [
    'stories of strangers',
    strangers,
    { kind: 'mute', what: 'STORIES', until },
    'mutesStoriesAt=now, mutesStoriesUntil=until',
  ],
  [
    'all where posts are',
    { ...strangers, mutesAt: then },
    { kind: 'mute', what: 'ALL', until: null },
    'mutesStoriesAt=now',
  ],
  ['what is muted so', both, { kind: 'mute', what: 'STORIES', until }, '-'],
  [
    'what is muted otherwise',
    both,
    { kind: 'mute', what: 'ALL', until: null },
    'mutesStoriesAt=now, mutesStoriesUntil=null',
  ],
  ['posts no more', both, { kind: 'unmute', what: 'POSTS' }, 'mutesAt=null'],
  [
    'stories no more',
    both,
    { kind: 'unmute', what: 'STORIES' },
    'mutesStoriesAt=null, mutesStoriesUntil=null',
  ],
  [
    'nothing any more',
    both,
    { kind: 'unmute', what: 'ALL' },
    'mutesAt=null, mutesStoriesAt=null, mutesStoriesUntil=null',
  ],
  ['nothing that was not', strangers, { kind: 'unmute', what: 'ALL' }, '-'],
  ['hide stories', strangers, { kind: 'hideStories' }, 'hidesStoriesAt=now'],
  ['hide hidden stories', { ...strangers, hidesStoriesAt: then }, { kind: 'hideStories' }, '-'],
  ['show stories', { ...strangers, hidesStoriesAt: then }, { kind: 'unhideStories' }, 'hidesStoriesAt=null'],
  [
    'block, and stories stay hidden',
    { ...strangers, hidesStoriesAt: then },
    { kind: 'block' },
    'blocksAt=now',
  ],
  ['hide from who blocks', standings['is blocked'] as Standing, { kind: 'hideStories' }, absent],
] satisfies [string, Standing, Action, string][])(
  'mute and hide: %s',
  (_name, standing, action, expected) => {
    expect(shortly(standing, action)).toBe(expected)
  },
)

test('a follow is dated when it changes, and none has no date', () => {
  expect(transition(strangers, { kind: 'follow', isPrivate: true }, now)?.standing.followAt).toBe(now)
  expect(
    transition(standings.asks as Standing, { kind: 'follow', isPrivate: false }, now)?.standing.followAt,
  ).toBe(now)
  expect(transition(standings.friends as Standing, { kind: 'block' }, now)?.standing).toMatchObject({
    followAt: null,
    followedByAt: null,
  })
})
