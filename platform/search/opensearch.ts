// The search engine for those who outgrow the embedded one: OpenSearch 2 (https://opensearch.org/docs/2.17/), or what speaks its
// protocol, over HTTP. One alias is read; another, `…-writing`, names every index that is written: one, or two while a new one
// is being filled. Words are split and folded here (`text.ts`), so that both engines find the same.
import { crc32 } from 'node:zlib'
import { Agent, request } from 'undici'
import {
  documentTitle,
  favoredWeight,
  halfLifeDays,
  hitsAfter,
  maxHits,
  type SearchDocument,
  type SearchEngine,
  SearchOutage,
  type SearchQuery,
  type SearchWrite,
  searchTypes,
  standingOf,
  weights,
} from './engine.ts'
import { indexTerms, type QueryTerm } from './text.ts'

/** Documents of one request at most: some megabyte. */
const bulkSize = 1_000
const timeoutMs = 10_000
/** How far a hit may have moved down since the page before. */
const moved = 50
/** An index that was begun this long ago and never finished is nobody's any more. */
const abandonedMs = 86_400_000
const dayMs = 86_400_000
/** From when half-lives are counted in an index; what is older counts as of this day. */
const epoch = Date.UTC(2020, 0, 1)
/**
 * What a half-life is worth beside a word when candidates are chosen. A word that many documents have weighs little, so that the
 * newest and most popular of them are chosen; a rare one decides alone.
 */
const rankWeight = 0.5
/** Words that a word with wrong letters is taken for, the nearest. */
const similarWords = 20

const textField = { type: 'text', analyzer: 'whitespace' }
const mappings = {
  dynamic: 'strict',
  // An index of another version is built anew when a process starts.
  _meta: { version: 2 },
  properties: {
    id: { type: 'keyword' },
    type: { type: 'keyword' },
    title: textField,
    text: textField,
    authorId: { type: 'keyword' },
    at: { type: 'date', format: 'epoch_millis' },
    mediaTypes: { type: 'keyword' },
    placeId: { type: 'keyword' },
    point: { type: 'geo_point' },
    standing: { type: 'float' },
    rank: { type: 'float', index: false, fields: { feature: { type: 'rank_feature' } } },
  },
}
/** Where neighbours have like ranks, whole blocks of documents that cannot be among the best are passed over. */
const sorting = { 'index.sort.field': 'rank', 'index.sort.order': 'desc' }

type Answer = { status: number; body: Record<string, unknown> }

/**
 * An engine at `url`, which may carry a user and a password.
 *
 * @param name first part of the indices' names
 * @param refreshMs how long after a write queries may not see it yet
 */
export function createOpenSearch(url: string, name: string, refreshMs = 1_000): SearchEngine {
  const address = new URL(url)
  const { username, password } = address
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = username ? `Basic ${Buffer.from(credentials).toString('base64')}` : null
  const base = `${address.origin}${address.pathname.replace(/\/$/, '')}`
  const agent = new Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  const writing = `${name}-writing`

  async function ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object | string) {
    let answer: Answer
    try {
      const response = await request(`${base}${path}`, {
        method,
        dispatcher: agent,
        headers: {
          'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json',
          ...(authorization ? { authorization } : {}),
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      })
      const text = await response.body.text()
      answer = { status: response.statusCode, body: text ? JSON.parse(text) : {} }
    } catch (error) {
      throw new SearchOutage(`OpenSearch does not answer: ${(error as Error).message}`)
    }
    if (answer.status >= 500 || answer.status === 429) throw new SearchOutage(`OpenSearch: ${answer.status}`)
    if (answer.status >= 400 && answer.status !== 404) {
      throw new Error(`OpenSearch refused ${method} ${path}: ${JSON.stringify(answer.body.error)}`)
    }
    return answer
  }

  /** The indices behind an alias. */
  async function behind(alias: string): Promise<string[]> {
    const { status, body } = await ask('GET', `/_alias/${alias}`)
    return status === 404 ? [] : Object.keys(body)
  }

  async function writeTo(indices: readonly string[], change: SearchWrite, refresh: string): Promise<void> {
    const version = { version: change.readAt, version_type: 'external_gte' }
    const lines = indices.flatMap((_index) => [
      ...change.removedIds.map((_id) => [JSON.stringify({ delete: { _index, _id, ...version } })]),
      ...change.documents.map((document) => [
        JSON.stringify({ index: { _index, _id: document.id, ...version } }),
        JSON.stringify(rowOf(document, change.readAt)),
      ]),
    ])
    for (let start = 0; start < lines.length; start += bulkSize) {
      const part = lines.slice(start, start + bulkSize).flat()
      const { body } = await ask('POST', `/_bulk?refresh=${refresh}`, `${part.join('\n')}\n`)
      const failed = (body.items as Record<string, { status: number; error?: unknown }>[])
        .flatMap((item) => Object.values(item))
        // 409: a later reading is there. 404: what is removed was never there.
        .find(({ status }) => status >= 400 && status !== 409 && status !== 404)
      if (failed) {
        const Kind = failed.status === 429 || failed.status >= 500 ? SearchOutage : Error
        throw new Kind(`OpenSearch did not take a document: ${JSON.stringify(failed.error)}`)
      }
    }
  }

  return {
    capacity: null,

    async write(change) {
      if (change.documents.length + change.removedIds.length === 0) return
      // Without an index there is nothing to keep: who builds one reads what is there.
      await writeTo(await behind(writing), change, 'wait_for')
    },

    async query(query) {
      const { status, body } = await ask('POST', `/${name}/_search`, bodyOf(query))
      if (status === 404) return []
      const { hits } = body.hits as { hits: { _id: string }[] }
      return hitsAfter(
        hits.map(({ _id }) => _id),
        query.after,
        query.limit,
      )
    },

    async rebuild(fill) {
      const before = await behind(name)
      for (const index of await behind(writing)) {
        const isAbandoned = Date.now() - Number(index.slice(name.length + 1)) > abandonedMs
        if (!before.includes(index) && isAbandoned) await ask('DELETE', `/${index}`)
      }
      // One of an older version takes rows of this one meanwhile.
      const { properties } = mappings
      for (const old of before) await ask('PUT', `/${old}/_mapping`, { properties })
      const index = `${name}-${Date.now()}`
      await ask('PUT', `/${index}`, {
        mappings,
        settings: {
          ...{ refresh_interval: `${refreshMs}ms`, number_of_replicas: 0, gc_deletes: '1h' },
          ...sorting,
        },
        aliases: { [writing]: {} },
      })
      try {
        await fill((change) => writeTo([index], change, 'false'))
        await ask('POST', `/${index}/_refresh`)
        const { status } = await ask('POST', '/_aliases', {
          actions: [
            { add: { index, alias: name } },
            // One action takes the alias off the old index and the index away.
            ...(await behind(name)).map((old) => ({ remove_index: { index: old } })),
          ],
        })
        if (status === 404) throw new SearchOutage('Another process has replaced the index at this moment')
      } catch (error) {
        await ask('DELETE', `/${index}`).catch(() => {})
        throw error
      }
    },

    async isBuilt() {
      const { status, body } = await ask('GET', `/${name}/_mapping`)
      const indices = Object.values(body) as { mappings: { _meta?: { version: number } } }[]
      return status !== 404 && indices.every((one) => one.mappings._meta?.version === mappings._meta.version)
    },
    close: () => agent.close(),
  }
}

function rowOf(document: SearchDocument, readAt: number): object {
  const { id, type, authorId, at, mediaTypes, placeId, point } = document
  const standing = standingOf(document)
  const halfLives = ((at ?? readAt) - epoch) / (halfLifeDays * dayMs)
  return {
    id,
    type,
    title: indexTerms(documentTitle(document)).join(' '),
    text: indexTerms(document.text).join(' '),
    authorId,
    at,
    mediaTypes,
    placeId,
    point: point && { lat: point.latitude, lon: point.longitude },
    // Equals are told apart by a thousandth, out of their ids: a page that ends among them goes on behind the same one.
    standing: standing * (1 + crc32(id) / 2 ** 32 / 1_000),
    // The logarithm of standing and age together, which time does not change; a feature is more than nothing.
    rank: Math.max(2 ** -10, halfLives + Math.log2(standing)),
  }
}

/**
 * A query in OpenSearch's language, in two steps: the best candidates by their words with a little of rank and relation, summed,
 * which the engine finds without a look at each match; and the product of words, standing, age and relation for those alone.
 * Where no more than `maxHits` match, the order is the product's.
 */
function bodyOf(query: SearchQuery): object {
  const { mediaType, after, before, near, placeId, userIds } = query.filter
  const range = {
    ...(after === undefined ? {} : { gte: after }),
    ...(before === undefined ? {} : { lt: before }),
  }
  const filter = [
    ...(query.types.length === searchTypes.length ? [] : [{ terms: { type: query.types } }]),
    ...(mediaType === undefined ? [] : [{ term: { mediaTypes: mediaType } }]),
    ...(Object.keys(range).length === 0 ? [] : [{ range: { at: range } }]),
    ...(placeId === undefined ? [] : [{ term: { placeId } }]),
    ...(userIds === undefined ? [] : [{ terms: { authorId: userIds } }]),
    ...(near === undefined
      ? []
      : [
          {
            geo_distance: {
              distance: `${near.radiusMeters}m`,
              point: { lat: near.latitude, lon: near.longitude },
            },
          },
        ]),
  ]
  const fields = query.titlesOnly ? (['title'] as const) : (['title', 'text'] as const)
  const must = query.terms.map((term) => ({
    dis_max: { queries: fields.flatMap((field) => matchesOf(field, term)) },
  }))
  const favored = { terms: { authorId: query.favoredIds } }
  const isFavoring = query.favoredIds.length > 0
  const should = [
    { rank_feature: { field: 'rank.feature', boost: rankWeight, linear: {} } },
    ...(isFavoring ? [{ constant_score: { filter: favored, boost: favoredWeight } }] : []),
  ]
  return {
    // From the first on: where a page ended is found again by the hit that stood there, or by its number when it moved far.
    size: Math.min(maxHits, (query.after?.rank ?? 0) + query.limit + moved),
    _source: false,
    track_total_hits: false,
    query: { bool: { must, filter, should } },
    rescore: {
      window_size: maxHits,
      query: {
        score_mode: 'total',
        query_weight: 0,
        rescore_query: {
          function_score: {
            query: { bool: { must } },
            functions: [
              { field_value_factor: { field: 'standing', missing: 1 } },
              { exp: { at: { origin: query.askedAt, scale: `${halfLifeDays}d`, decay: 0.5 } } },
              ...(isFavoring ? [{ filter: favored, weight: favoredWeight }] : []),
            ],
            score_mode: 'multiply',
            boost_mode: 'multiply',
          },
        },
      },
    },
  }
}

/** The ways in which a field can have a word. */
function matchesOf(field: 'title' | 'text', { text, edits, isPrefix }: QueryTerm): object[] {
  const boost = (weight: number) => ({ value: text, boost: weights[field] * weight })
  return [
    { term: { [field]: boost(weights.exact) } },
    ...(isPrefix ? [{ prefix: { [field]: boost(weights.prefix) } }] : []),
    ...(edits > 0
      ? [{ fuzzy: { [field]: { ...boost(weights.fuzzy), fuzziness: edits, max_expansions: similarWords } } }]
      : []),
  ]
}
