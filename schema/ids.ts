// Ids: `<prefix>_<26 characters>`, the 26 being a ULID (https://github.com/ulid/spec) in lower case: 48 bits of
// milliseconds, then 80 random bits, in Crockford's base 32. They sort by time of creation.
import { randomBytes } from 'node:crypto'
import type { Scope } from './scopes.ts'
import type { SubgraphName } from './sdl.ts'

/** Every entity that has a global id: its prefix, the subgraph that decides who may see it, and the scope that an app needs to look it up. */
export const entities = {
  User: { prefix: 'user', owner: 'user', scope: 'public' },
  Post: { prefix: 'post', owner: 'content', scope: 'content:read' },
  Media: { prefix: 'media', owner: 'content', scope: 'content:read' },
  Story: { prefix: 'story', owner: 'content', scope: 'content:read' },
  Highlight: { prefix: 'highlight', owner: 'content', scope: 'content:read' },
  App: { prefix: 'app', owner: 'user', scope: 'public' },
  Hashtag: { prefix: 'hashtag', owner: 'content', scope: 'content:read' },
  Place: { prefix: 'place', owner: 'content', scope: 'content:read' },
  Comment: { prefix: 'comment', owner: 'engagement', scope: 'engagement:read' },
  Collection: { prefix: 'collection', owner: 'engagement', scope: 'engagement:read' },
  Notification: { prefix: 'notification', owner: 'engagement', scope: 'notifications:read' },
  Conversation: { prefix: 'conversation', owner: 'messaging', scope: 'messages:read' },
  Message: { prefix: 'message', owner: 'messaging', scope: 'messages:read' },
} as const satisfies Record<string, { prefix: string; owner: SubgraphName; scope: Scope }>
export type EntityName = keyof typeof entities

/** Prefixes of rows that are no entities of the graph. */
type InternalPrefix =
  | 'key'
  | 'export'
  | 'statuschange'
  | 'passkey'
  | 'identity'
  | 'flow'
  | 'verification'
  | 'consent'
  | 'app'
  | 'share'
  | 'chunk'
  | 'revision'
  | 'report'
  | 'review'
  | 'claim'
  | 'session'
  | 'proof'
  | 'event'
  | 'job'
export type IdPrefix = (typeof entities)[EntityName]['prefix'] | InternalPrefix

/** Stands where an id of a deleted account stood: well-formed, and nobody's. */
export const nobodyId = 'user_00000000000000000000000000'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const idPattern = /^([a-z]+)_([0-7][0-9a-hjkmnp-tv-z]{25})$/

let lastTime = 0
let lastRandom = 0n

/** A new id. Ids of one process ascend strictly, also within a millisecond. */
export function newId(prefix: IdPrefix, now: number = Date.now()): string {
  if (now > lastTime) {
    lastTime = now
    // The top bit stays clear, so that counting up within a millisecond cannot overflow.
    lastRandom = BigInt(`0x${randomBytes(10).toString('hex')}`) >> 1n
  } else {
    lastRandom += 1n
  }
  let value = (BigInt(lastTime) << 80n) | lastRandom
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = alphabet[Number(value & 31n)] + text
    value >>= 5n
  }
  return `${prefix}_${text}`
}

/** When an id was made, in milliseconds since 1970; null when it is no id. */
export function idTime(id: string): number | null {
  const body = idPattern.exec(id)?.[2]
  if (!body) return null
  let time = 0
  for (const char of body.slice(0, 10)) time = time * 32 + alphabet.indexOf(char)
  return time
}

/** The entity that an id names; null for anything that is no id of the graph. */
export function entityOf(id: string): EntityName | null {
  const prefix = idPattern.exec(id)?.[1]
  for (const [name, entity] of Object.entries(entities)) {
    if (entity.prefix === prefix) return name as EntityName
  }
  return null
}

/** Whether `id` is a well-formed id with this prefix. */
export function isId(id: string, prefix: IdPrefix): boolean {
  return idPattern.exec(id)?.[1] === prefix
}
