// Timelines of active viewers, in Redis: one sorted set a viewer. Members are post ids, their scores the time of
// publication in milliseconds; beside them stand
//
//   floor        its score is the timeline's floor: every post above it, by the authors who are pushed, is in the set.
//                Posts at or below it are read from MongoDB. `inf` while the timeline is being built: nothing may be read
//                from it yet, but what is pushed stays.
//   user_…       a celebrity whom the viewer follows, with the score `inf`: his posts are not pushed but fetched.
//   build        while building: its score is the builder's token.
//   raised       while building: the least that the floor must be when the build is done.
//
// All of it is one key, so that it expires and is evicted as a whole: a timeline is either there with all that it claims
// to hold, or cold. A viewer without the key is idle and gets no pushes.
import { randomInt } from 'node:crypto'
import type { PostPosition } from '#platform/posts.ts'
import { bySlot, type CacheClient } from '#platform/redis.ts'
import { type TimelineFill, type TimelineSlice, timelineCap } from '../model.ts'
import { createScript } from './script.ts'

/** A viewer who reads nothing for 14 days is idle. */
const activeSeconds = 14 * 86_400
/** Who has read within a day is recently active. */
const recentSeconds = 86_400
/** Longer than a build takes; a build that died is forgotten after it. */
const buildSeconds = 30
export interface Timelines {
  /** Up to `limit` posts after a position, and keeps the viewer active; from the beginning on, it notes that he looked. Null when cold or not ready. */
  read(viewerId: string, after: PostPosition | null, limit: number): Promise<TimelineSlice | null>
  /** Opens an empty timeline for pushes. Answers the token to finish with; null when there is one already. */
  beginBuild(viewerId: string): Promise<number | null>
  /** Fills the opened timeline and makes it readable; false when it was lost in the meantime. */
  finishBuild(viewerId: string, token: number, fill: TimelineFill): Promise<boolean>
  /** Puts a post on the timelines of those of the viewers who are active. Answers those on whose it was not. */
  push(viewerIds: readonly string[], post: PostPosition): Promise<string[]>
  /** The same for those who are recently active; and whether there are others who are active. */
  pushToRecent(
    viewerIds: readonly string[],
    post: PostPosition,
  ): Promise<{ reached: string[]; hasOthers: boolean }>
  /** Posts on the viewer's timeline that are newer than his last read of its beginning; 0 when it is cold. */
  countNew(viewerId: string): Promise<number>
  /** Tells the active ones of the viewers that a celebrity's posts have to be fetched. */
  mark(viewerIds: readonly string[], celebrityId: string): Promise<void>
  /** Adds an author's posts, or celebrities, to a timeline; nothing when it is cold. */
  add(viewerId: string, fill: TimelineFill): Promise<void>
  /** Takes an author and his posts off a timeline. */
  remove(viewerId: string, authorId: string, postIds: readonly string[]): Promise<void>
}

const readScript = `
local key, afterScore, afterId, limit = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
-- The beginning is looked at: what comes from now on is new.
if afterScore == '' then redis.call('SET', KEYS[2], ARGV[5], 'EX', ARGV[4]) end
local floor = redis.call('ZSCORE', key, 'floor')
if not floor or floor == 'inf' then return false end
redis.call('EXPIRE', key, ARGV[4])
local max = afterScore == '' and '(inf' or afterScore
local entries, offset = {}, 0
-- The score is not unique: what stands before the position within its millisecond is skipped.
while #entries < 2 * limit do
  local batch = redis.call('ZREVRANGEBYSCORE', key, max, '(' .. floor, 'WITHSCORES', 'LIMIT', offset, limit)
  for i = 1, #batch, 2 do
    if batch[i + 1] ~= afterScore or batch[i] < afterId then
      entries[#entries + 1] = batch[i]
      entries[#entries + 1] = batch[i + 1]
    end
  end
  if #batch < 2 * limit then break end
  offset = offset + limit
end
return { floor, redis.call('ZRANGEBYSCORE', key, 'inf', 'inf'), entries }`

const beginScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('ZADD', KEYS[1], 'inf', 'floor', ARGV[1], 'build')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1`

// The floor is always the lowest member: what goes is popped together with it, and it comes back where the newest of the
// removed stood.
const trimFunction = `
local function trim(key, cap)
  local excess = redis.call('ZCARD', key) - 1 - cap
  if excess <= 0 then return end
  excess = excess - redis.call('ZCOUNT', key, 'inf', 'inf')
  if excess <= 0 then return end
  local removed = redis.call('ZPOPMIN', key, excess + 1)
  redis.call('ZADD', key, removed[#removed], 'floor')
end
local function addAbove(key, floor, first)
  for i = first, #ARGV, 2 do
    if tonumber(ARGV[i]) > floor then redis.call('ZADD', key, ARGV[i], ARGV[i + 1]) end
  end
end
local function raise(key, floor)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', floor)
  redis.call('ZADD', key, floor, 'floor')
end`

const finishScript = `${trimFunction}
local key, token, cap, seconds, completeAbove = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
if redis.call('ZSCORE', key, 'build') ~= token then return 0 end
local floor = math.max(completeAbove, tonumber(redis.call('ZSCORE', key, 'raised') or '0'))
redis.call('ZREM', key, 'floor', 'build', 'raised')
raise(key, floor)
addAbove(key, floor, 5)
trim(key, cap)
redis.call('EXPIRE', key, seconds)
return 1`

const addScript = `${trimFunction}
local key, cap, completeAbove = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local floor = redis.call('ZSCORE', key, 'floor')
if not floor then return end
if floor == 'inf' then
  redis.call('ZADD', key, 'GT', completeAbove, 'raised')
  addAbove(key, completeAbove, 3)
  return
end
floor = tonumber(floor)
if completeAbove > floor then
  floor = completeAbove
  raise(key, floor)
end
addAbove(key, floor, 3)
trim(key, cap)`

const pushScript = `${trimFunction}
local score, member, cap, least = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local number = tonumber(score)
local reached, others = {}, 0
for i, key in ipairs(KEYS) do
  local floor = redis.call('ZSCORE', key, 'floor')
  if floor == 'inf' then
    redis.call('ZADD', key, score, member)
  elseif floor and least > 0 and redis.call('TTL', key) < least then
    others = others + 1
  elseif floor and number > tonumber(floor) and redis.call('ZADD', key, score, member) == 1 then
    trim(key, cap)
    reached[#reached + 1] = i
  end
end
return { others, reached }`

const markScript = `
for _, key in ipairs(KEYS) do
  if redis.call('ZSCORE', key, 'floor') then redis.call('ZADD', key, 'inf', ARGV[1]) end
end`

/** Timelines in Redis. Every function rejects while Redis is away. */
export function createTimelines(redis: CacheClient, namespace: string): Timelines {
  const keyOf = (viewerId: string) => `${namespace}:timeline:{${viewerId}}`
  const lookKey = (viewerId: string) => `${namespace}:look:{${viewerId}}`
  const scripts = {
    read: createScript(redis, readScript),
    begin: createScript(redis, beginScript),
    finish: createScript(redis, finishScript),
    add: createScript(redis, addScript),
    push: createScript(redis, pushScript),
    mark: createScript(redis, markScript),
  }
  const members = (fill: TimelineFill) => [
    ...fill.posts.flatMap((post) => [post.publishedAt, post.id]),
    ...fill.celebrityIds.flatMap((id) => ['inf', id]),
  ]

  /** Puts a post on the timelines that live for so many seconds more at least. */
  const push = async (viewerIds: readonly string[], post: PostPosition, leastSeconds: number) => {
    if (viewerIds.length === 0) return { reached: [], hasOthers: false }
    const args = [post.publishedAt, post.id, timelineCap, leastSeconds]
    const pushed = await Promise.all(
      bySlot(redis, viewerIds, keyOf).map(async (ids) => {
        const [others, places] = (await scripts.push(ids.map(keyOf), args)) as [number, number[]]
        return { others, reached: places.flatMap((place) => ids[place - 1] ?? []) }
      }),
    )
    return {
      reached: pushed.flatMap(({ reached }) => reached),
      hasOthers: pushed.some(({ others }) => others > 0),
    }
  }

  return {
    async read(viewerId, after, limit) {
      const args = [after?.publishedAt ?? '', after?.id ?? '', limit, activeSeconds, Date.now()]
      const keys = [keyOf(viewerId), lookKey(viewerId)]
      const answer = (await scripts.read(keys, args)) as [string, string[], string[]] | null
      if (!answer) return null
      const [floor, celebrityIds, flat] = answer
      const entries: PostPosition[] = []
      for (let i = 0; i < flat.length; i += 2) {
        entries.push({ id: flat[i] as string, publishedAt: Number(flat[i + 1]) })
      }
      return { floor: Number(floor), celebrityIds, entries: entries.slice(0, limit) }
    },
    async beginBuild(viewerId) {
      const token = randomInt(1, 2 ** 47)
      const begun = await scripts.begin([keyOf(viewerId)], [token, buildSeconds])
      return begun === 1 ? token : null
    },
    async finishBuild(viewerId, token, fill) {
      const args = [token, timelineCap, activeSeconds, fill.completeAbove, ...members(fill)]
      return (await scripts.finish([keyOf(viewerId)], args)) === 1
    },
    push: async (viewerIds, post) => (await push(viewerIds, post, 0)).reached,
    pushToRecent: (viewerIds, post) => push(viewerIds, post, activeSeconds - recentSeconds),
    async countNew(viewerId) {
      const lookedAt = await redis.get(lookKey(viewerId))
      return redis.zcount(keyOf(viewerId), `(${lookedAt ?? 0}`, '(inf')
    },
    async mark(viewerIds, celebrityId) {
      if (viewerIds.length === 0) return
      const marked = bySlot(redis, viewerIds, keyOf).map((ids) => scripts.mark(ids.map(keyOf), [celebrityId]))
      await Promise.all(marked)
    },
    async add(viewerId, fill) {
      await scripts.add([keyOf(viewerId)], [timelineCap, fill.completeAbove, ...members(fill)])
    },
    async remove(viewerId, authorId, postIds) {
      await redis.zrem(keyOf(viewerId), authorId, ...postIds)
    },
  }
}
