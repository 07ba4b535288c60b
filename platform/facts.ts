// Published read models, cached in Redis in front of the owner's rows. A cached fact is versioned and can be marked stale:
//
//   the owner marks the keys stale → commits → writes the new facts.
//
// While a key is stale, cold, or Redis is away, MongoDB answers, so a reader never sees less than the last acknowledged
// write. A crash between commit and write is repaired by the fact's event (`refresh`), and a mark that nobody lifts ends by
// itself. Versions keep a slow reader, or the slower of two writers, from putting an old fact back.
import { createGatherer } from './loader.ts'
import { bySlot, type CacheClient, getAll } from './redis.ts'

/** A fact with its version, which the owner's row counts up with every change; 0 means that there is no row. */
export interface Versioned<F> {
  version: number
  fact: F
}

export interface FactModel<F> {
  /** Facts by key, from the cache or the owner's rows. Absent keys are left out. */
  get(keys: readonly string[]): Promise<Map<string, F>>
  /** Runs a write that changes the facts of `keys`: marked stale before, written after. For the owner only. */
  changing<R>(keys: readonly string[], write: () => Promise<R>): Promise<R>
  /** Writes the facts anew from the rows. For the owner's event handler. Rejects while Redis is away, to be tried again. */
  refresh(keys: readonly string[]): Promise<void>
}

const factSeconds = 3_600
/** Longer than a transaction can last. */
const staleSeconds = 90

// Values: `<version>|f|<fact, or null>` fresh, `<version>|s|` stale.
const markScript = `
for i, key in ipairs(KEYS) do
  local current = redis.call('GET', key)
  local version = current and string.match(current, '^(%d+)|') or '0'
  redis.call('SET', key, version .. '|s|', 'EX', ARGV[1])
end`

// A reader fills a cold key only; the owner replaces what is not newer.
const writeScript = `
local publishing = ARGV[1] == 'publish'
for i, key in ipairs(KEYS) do
  local version = ARGV[2 * i + 1]
  local value = version .. '|f|' .. ARGV[2 * i + 2]
  if publishing then
    local current = redis.call('GET', key)
    local known = current and string.match(current, '^(%d+)|')
    if not known or tonumber(known) <= tonumber(version) then redis.call('SET', key, value, 'EX', ARGV[2]) end
  else
    redis.call('SET', key, value, 'EX', ARGV[2], 'NX')
  end
end`

/** How facts stand in the cache, as texts; `null` is none of them. */
export interface FactCodec<F> {
  encode(fact: F): string
  decode(text: string): F
}

const json = {
  encode: (fact: unknown): string => JSON.stringify(fact),
  decode: (text: string) => JSON.parse(text),
}

/** Texts that are remembered with what they say. */
const maxKinds = 1_000

/**
 * For facts most of which are alike: what does not differ from a usual one is left out, and each text is read once. So the cache
 * holds and sends a few bytes of each, and readers share one frozen fact of each kind.
 */
export function codecOf<F extends object>(usual: F): FactCodec<F> {
  const kinds = new Map<string, F>()
  return {
    encode: (fact) =>
      JSON.stringify(
        Object.fromEntries(Object.entries(fact).filter(([name, value]) => value !== usual[name as keyof F])),
      ),
    decode(text) {
      let fact = kinds.get(text)
      if (!fact) {
        fact = Object.freeze({ ...usual, ...(JSON.parse(text) as Partial<F>) })
        if (kinds.size >= maxKinds) kinds.clear()
        kinds.set(text, fact)
      }
      return fact
    },
  }
}

/** A read model over the owner's rows. `load` reads them from the primary, and leaves out keys without a row. */
export function createFactModel<F>(
  redis: CacheClient,
  prefix: string,
  load: (keys: readonly string[]) => Promise<Map<string, Versioned<F>>>,
  codec: FactCodec<F> = json,
): FactModel<F> {
  const cacheKey = (key: string) => `${prefix}:${key}`
  const run = (
    script: string,
    keys: readonly string[],
    argumentsOf: (part: readonly string[]) => string[],
  ): Promise<unknown> =>
    Promise.all(
      bySlot(redis, keys, cacheKey).map((part) =>
        redis.eval(script, part.length, ...part.map(cacheKey), ...argumentsOf(part)),
      ),
    )

  const store = async (
    mode: 'fill' | 'publish',
    keys: readonly string[],
    found: Map<string, Versioned<F>>,
  ): Promise<void> => {
    if (keys.length === 0) return
    await run(writeScript, keys, (part) => [
      mode,
      String(factSeconds),
      ...part.flatMap((key) => {
        const row = found.get(key)
        return [String(row?.version ?? 0), row ? codec.encode(row.fact) : 'null']
      }),
    ])
  }

  const model: FactModel<F> = {
    get: createGatherer(async (keys) => {
      const facts = new Map<string, F>()
      const cached = await getAll(redis, keys.map(cacheKey)).catch(() => null)
      const cold: string[] = []
      const missing: string[] = []
      keys.forEach((key, i) => {
        const value = cached?.[i]
        const bar = value?.indexOf('|') ?? -1
        if (value && value[bar + 1] === 'f') {
          const text = value.slice(bar + 3)
          if (text !== 'null') facts.set(key, codec.decode(text))
        } else {
          missing.push(key)
          if (cached && !value) cold.push(key)
        }
      })
      if (missing.length > 0) {
        const found = await load(missing)
        for (const [key, row] of found) facts.set(key, row.fact)
        await store('fill', cold, found).catch(() => {})
      }
      return facts
    }),
    async changing(keys, write) {
      await run(markScript, keys, () => [String(staleSeconds)]).catch(() => {})
      try {
        return await write()
      } finally {
        await model.refresh(keys).catch(() => {})
      }
    },
    async refresh(keys) {
      await store('publish', keys, await load(keys))
    },
  }
  return model
}
