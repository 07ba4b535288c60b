// Lua scripts on Redis: sent by their hash, and with their text when the server does not know them (a restart, a wipe).
import { createHash } from 'node:crypto'
import type { CacheClient } from '#platform/redis.ts'

/** Runs a script on keys with arguments; answers what it returns. */
export type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>

/** Prepares a script. */
export function createScript(redis: CacheClient, lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex')
  return async (keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.eval(lua, keys.length, ...keys, ...args)
    }
  }
}
