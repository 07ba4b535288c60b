// How long every subgraph keeps what: one row for each collection of its database that holds something about people. What has a
// period is removed by MongoDB itself, by an index; the rest goes with what it belongs to. `docs/privacy.md` is for people.
import type { SubgraphName } from './sdl.ts'

const daySeconds = 86_400

export interface Retention {
  collection: string
  /**
   * `ACCOUNT`: until the account is deleted, or its owner removes it. `THING`: until what it is about is deleted, as a comment
   * with its post. `TASK`: until the work is done. `RECORD`: for good. Otherwise so many seconds after the date in a field, by an index of that name.
   */
  period: 'ACCOUNT' | 'THING' | 'TASK' | 'RECORD' | { field: string; seconds: number; index: string }
  /** What it holds, and why for so long. */
  why: string
}

/** The date itself says when. */
const atExpiry = { field: 'expiresAt', seconds: 0, index: 'expiry' } as const
const after = (field: string, days: number, index = 'expiry') => ({
  field,
  seconds: days * daySeconds,
  index,
})

/** What each process of a subgraph keeps of its own accord. */
const everywhere: readonly Retention[] = [
  {
    collection: 'idempotency',
    period: after('at', 1),
    why: 'Answers to calls with an idempotency key: a day, as the key is good.',
  },
  {
    collection: 'outbox',
    period: after('sentAt', 8, 'sent'),
    why: 'Events, ids only: eight days after they were sent, so that the stream can be made anew.',
  },
  {
    collection: 'deadLetters',
    period: after('at', 30),
    why: 'Events that a consumer gave up, ids only, and the message of the error: 30 days, to mend the cause and have them delivered again.',
  },
  {
    collection: 'jobs',
    period: after('finishedAt', 7, 'finished'),
    why: 'Slow work, ids only: a week after it was done, to see what went wrong.',
  },
  {
    collection: 'accountTasks',
    period: 'TASK',
    why: 'Erasures and copies of data in progress, ids only: an erasure runs for the last time after ten days, and then its row goes.',
  },
]

/** What each subgraph keeps, and why. */
export const retention: Readonly<Record<SubgraphName, readonly Retention[]>> = {
  user: [
    ...everywhere,
    {
      collection: 'users',
      period: 'ACCOUNT',
      why: 'The account itself; 30 days after its owner asked, a row that holds an id alone takes its place, so that the id is never given again.',
    },
    {
      collection: 'twoFactors',
      period: 'ACCOUNT',
      why: 'What the second factor is derived from: it is asked for at each sign-in.',
    },
    { collection: 'passkeys', period: 'ACCOUNT', why: 'Public keys of passkeys: they are signed in with.' },
    { collection: 'identities', period: 'ACCOUNT', why: 'Which identity providers open the account.' },
    {
      collection: 'consents',
      period: 'ACCOUNT',
      why: 'That someone agreed to a text must be shown as long as it is relied on.',
    },
    {
      collection: 'exposures',
      period: 'ACCOUNT',
      why: 'Which variants of experiments someone saw: he keeps seeing the same.',
    },
    {
      collection: 'earlyDeeds',
      period: atExpiry,
      why: 'How much someone in an experiment did lately: for 10 minutes, as word that he met it may come after it.',
    },
    { collection: 'apps', period: 'ACCOUNT', why: 'Apps that someone develops.' },
    {
      collection: 'sessions',
      period: atExpiry,
      why: 'Signed-in devices: 60 days after the last use, or a day after the end, when no access token is left.',
    },
    {
      collection: 'proofs',
      period: atExpiry,
      why: 'Tokens in mails, with the address: a day at most, as long as the link is good.',
    },
    {
      collection: 'reservedUsernames',
      period: atExpiry,
      why: 'Names that were given up: for 14 days nobody else may pass for their owner.',
    },
    {
      collection: 'usedChallenges',
      period: atExpiry,
      why: 'What passkeys signed: for 20 minutes, so that none counts twice.',
    },
    {
      collection: 'socialFlows',
      period: atExpiry,
      why: 'Someone on his way to an identity provider and back: 15 minutes each way.',
    },
    {
      collection: 'paymentEvents',
      period: atExpiry,
      why: 'What the payment provider told: for 20 minutes, so that nothing counts twice.',
    },
    {
      collection: 'oauth',
      period: atExpiry,
      why: 'Codes and tokens of apps: as long as they are good.',
    },
    {
      collection: 'verifications',
      period: { field: 'decidedAt', seconds: 730 * daySeconds, index: 'expiry' },
      why: 'Requests to be verified: two years after the decision, for complaints about it. Whoever pays has no such date.',
    },
    {
      collection: 'statusChanges',
      period: { field: 'at', seconds: 730 * daySeconds, index: 'expiry' },
      why: 'What moderators did with an account: two years, for complaints about it.',
    },
    {
      collection: 'sendings',
      period: { field: 'at', seconds: 30 * daySeconds, index: 'expiry' },
      why: 'Which mails went: 30 days, since an event that asks for one comes again no later.',
    },
    {
      collection: 'exports',
      period: 'TASK',
      why: 'Copies of their data that people asked for: seven days, then a chore removes the archive and the row.',
    },
  ],
  graph: [
    ...everywhere,
    {
      collection: 'relations',
      period: 'ACCOUNT',
      why: 'Follows, requests, blocks, mutes, lists of close friends: as long as both accounts.',
    },
    {
      collection: 'counts',
      period: 'ACCOUNT',
      why: 'How many follow an account, and whom it follows: what would else be counted at each look.',
    },
  ],
  content: [
    ...everywhere,
    {
      collection: 'posts',
      period: 'ACCOUNT',
      why: 'Posts and drafts; of a deleted one an empty row stays that names nobody, so that what is on its way meets it.',
    },
    {
      collection: 'stories',
      period: 'ACCOUNT',
      why: 'Stories, which their owner alone sees after a day; of a deleted one an empty row stays that names nobody.',
    },
    {
      collection: 'highlights',
      period: 'ACCOUNT',
      why: 'Chosen stories under a title, as long as the account that made them.',
    },
    {
      collection: 'media',
      period: 'ACCOUNT',
      why: 'What was uploaded, until nothing shows it; its objects go with it.',
    },
    {
      collection: 'uploadQuotas',
      period: after('at', 2),
      why: 'How much someone uploaded on a day: two days, for the limit of a day.',
    },
    {
      collection: 'revisions',
      period: 'THING',
      why: 'What a post said before it was changed: as long as the post.',
    },
    {
      collection: 'tags',
      period: 'THING',
      why: 'Who is shown in a post: as long as the post, and as both accounts.',
    },
    {
      collection: 'storyViews',
      period: 'THING',
      why: 'Who has seen a story: as long as the story, for its author.',
    },
    {
      collection: 'storyVotes',
      period: 'THING',
      why: 'Who voted what in a poll of a story: as long as the story.',
    },
    {
      collection: 'storyAnswers',
      period: 'THING',
      why: 'What was answered to a question of a story: as long as the story.',
    },
    {
      collection: 'hashtagFollows',
      period: 'ACCOUNT',
      why: 'Hashtags that someone follows, until he no longer does.',
    },
    { collection: 'authors', period: 'ACCOUNT', why: 'Which posts someone has pinned to his profile.' },
    {
      collection: 'places',
      period: 'THING',
      why: 'Places, for everybody; who brought one first is forgotten with his account.',
    },
    {
      collection: 'recentSearches',
      period: 'ACCOUNT',
      why: 'What someone searched for last, until he clears it.',
    },
    {
      collection: 'reports',
      period: 'ACCOUNT',
      why: 'What someone reported, and why: as long as his account.',
    },
    {
      collection: 'reviewItems',
      period: 'THING',
      why: 'What moderators looked at, and what they decided, for complaints and for figures: as long as the account whose it is.',
    },
    {
      collection: 'pictureMarks',
      period: 'RECORD',
      why: 'Hashes of pictures that were taken down, by which they are known when they come again; they tell of nobody.',
    },
    {
      collection: 'copyrightClaims',
      period: 'ACCOUNT',
      why: 'Claims that something is someone else’s work: as long as both accounts.',
    },
    {
      collection: 'auditEntries',
      period: 'RECORD',
      why: 'What moderation did, by ids: a chain of hashes, in which no entry can be changed or left out. It stays for as long as the house has to answer for it.',
    },
  ],
  feed: [
    ...everywhere,
    {
      collection: 'engagements',
      period: after('at', 90),
      why: 'What someone did with posts: 90 days, for an order of posts that suits him.',
    },
    {
      collection: 'seen',
      period: after('at', 30),
      why: 'Which posts someone was shown: 30 days, so that the order of posts learns.',
    },
    { collection: 'hidden', period: 'ACCOUNT', why: 'Posts and accounts that someone does not want to see.' },
    {
      collection: 'affinities',
      period: 'ACCOUNT',
      why: 'How much someone cares for an author, as his deeds say; it fades.',
    },
    { collection: 'postStats', period: 'THING', why: 'What all viewers together did with a post.' },
    {
      collection: 'descriptions',
      period: { field: 'updatedAt', seconds: 7 * daySeconds, index: 'gone' },
      why: 'What a public post is about: as long as it is public; a week more says that it is gone.',
    },
    {
      collection: 'hashtagUses',
      period: after('at', 9),
      why: 'That an account used a hashtag: nine days, for what is in fashion.',
    },
    { collection: 'celebrities', period: 'ACCOUNT', why: 'Accounts that very many follow.' },
    {
      collection: 'towerVectors',
      period: 'ACCOUNT',
      why: 'Numbers by which explore and reels foresee what someone will like, and who will like a post: two versions at a time.',
    },
  ],
  engagement: [
    ...everywhere,
    {
      collection: 'likes',
      period: 'THING',
      why: 'Who likes a post: as long as the post, and until he takes it back.',
    },
    {
      collection: 'dislikes',
      period: 'THING',
      why: 'Who dislikes a post: as long as the post, and until he takes it back.',
    },
    {
      collection: 'commentLikes',
      period: 'THING',
      why: 'Who likes a comment: as long as the comment, and until he takes it back.',
    },
    {
      collection: 'saves',
      period: 'THING',
      why: 'What someone saved: as long as the post, and until he lets it go.',
    },
    {
      collection: 'shares',
      period: 'THING',
      why: 'What someone handed on, and with which words: as long as the post.',
    },
    {
      collection: 'views',
      period: 'THING',
      why: 'Who has seen a post, so that he counts once: as long as the post.',
    },
    {
      collection: 'comments',
      period: 'THING',
      why: 'Comments: as long as the post, and until they are deleted.',
    },
    { collection: 'pins', period: 'THING', why: 'Which comments a post pins.' },
    { collection: 'collections', period: 'ACCOUNT', why: 'Names of folders of saved posts.' },
    {
      collection: 'commentFilters',
      period: 'ACCOUNT',
      why: 'Words that someone does not want to read under his posts.',
    },
    {
      collection: 'notifications',
      period: after('withdrawnAt', 1),
      why: 'What someone was told of: as long as his account; a day more when nobody is left in it.',
    },
    {
      collection: 'notificationActors',
      period: after('withdrawnAt', 1),
      why: 'Who did what to whom, so that it counts once: as the notification.',
    },
    {
      collection: 'notificationSettings',
      period: 'ACCOUNT',
      why: 'What someone wants to be told of, and how.',
    },
    {
      collection: 'pushSubscriptions',
      period: 'ACCOUNT',
      why: 'Where devices are reached, until the device says no or the push service does.',
    },
    {
      collection: 'pushDigests',
      period: 'ACCOUNT',
      why: 'When it is decided next whether someone is sent a daily push: as long as he has a device that is told.',
    },
    {
      collection: 'digestTrials',
      period: after('at', 90),
      why: 'Who was sent a daily push, what waited, and whether he came: 90 days, to learn whom one helps.',
    },
    {
      collection: 'pushes',
      period: after('at', 7),
      why: 'How far a notification was pushed: a week, so that a device does not ring twice.',
    },
    {
      collection: 'insightDays',
      period: 'ACCOUNT',
      why: 'Sums of a day for their owner: they name nobody else.',
    },
    {
      collection: 'insightReach',
      period: 'ACCOUNT',
      why: 'By pseudonym, whom a post reached and at which hours, so that he counts once and few are not told apart.',
    },
    {
      collection: 'insightActivity',
      period: 'ACCOUNT',
      why: 'By pseudonym, that an account was there on a day.',
    },
    {
      collection: 'insightFollows',
      period: 'ACCOUNT',
      why: 'By pseudonym, who follows an owner, so that a follow counts once.',
    },
    {
      collection: 'warehouseChunks',
      period: 'TASK',
      why: 'By pseudonym, deeds that wait for their file of the warehouse.',
    },
  ],
  messaging: [
    ...everywhere,
    {
      collection: 'conversations',
      period: 'ACCOUNT',
      why: 'Conversations: as long as one of their members.',
    },
    {
      collection: 'messages',
      period: atExpiry,
      why: 'Messages: as long as the conversation, and until they are unsent; those that disappear, at the time that was chosen. What a deleted account said is emptied.',
    },
    { collection: 'devices', period: 'ACCOUNT', why: 'Clients that take part in encrypted conversations.' },
    {
      collection: 'keyPackages',
      period: 'ACCOUNT',
      why: 'Public keys that others need to bring a device into a group.',
    },
    {
      collection: 'welcomes',
      period: after('createdAt', 30),
      why: 'Encrypted: what lets a device into a group, for a month at most.',
    },
    {
      collection: 'groupInfos',
      period: 'THING',
      why: 'Public keys of the devices in an encrypted conversation, by which others of its members join: as long as the conversation.',
    },
    {
      collection: 'keyBackups',
      period: 'ACCOUNT',
      why: 'Encrypted under a passphrase that only its owner knows.',
    },
    {
      collection: 'messageReports',
      period: 'ACCOUNT',
      why: 'Messages that were reported, for moderators: as long as both accounts.',
    },
  ],
}

/** Collections without anything about people, or that name none by more than an app's id. */
export const impersonal: Readonly<Record<SubgraphName, readonly string[]>> = {
  user: [
    'migrations',
    'experiments',
    'experimentRevisions',
    'experimentLayers',
    'documentManifests',
    'appUsage',
    'consumed',
    'streams',
    // The demo's outbox of mails: a capped collection, whose oldest leave first; nowhere else is there one.
    'mails',
  ],
  graph: ['migrations', 'consumed', 'streams'],
  content: ['migrations', 'consumed', 'streams', 'auditHead', 'hashtags', 'topicPosts'],
  feed: ['migrations', 'consumed', 'streams', 'rankingWeights', 'topics', 'towerModels'],
  engagement: [
    'upliftModels',
    'migrations',
    'consumed',
    'streams',
    'postCounters',
    'commentCounters',
    'warehouseFiles',
  ],
  messaging: ['migrations', 'consumed', 'streams'],
}
