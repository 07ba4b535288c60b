// The real OpenSearch under the suite of all search engines. It runs wherever Java is.
import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { type SearchDocument, SearchOutage, searchTypes } from '#platform/search/engine.ts'
import { createOpenSearch } from '#platform/search/opensearch.ts'
import { queryTerms } from '#platform/search/text.ts'
import { newId } from '#schema/ids.ts'
import { createSearch } from '#subgraphs/content/search-service.ts'
import { startOpenSearch, whyNoOpenSearch } from '../deploy/local/opensearch.mjs'
import { testEnvironment, testPlatform } from './platform.ts'
import { accountRow } from './rows.ts'
import { conforms } from './search-engine.ts'

const missing = await whyNoOpenSearch()

describe.skipIf(missing)(`OpenSearch${missing ? ` is not tested: ${missing}` : ''}`, () => {
  let server: Awaited<ReturnType<typeof startOpenSearch>> | null = null
  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'heliograph-opensearch-'))
    server = await startOpenSearch({ dir, isBrief: true })
  }, 480_000)
  afterAll(() => server?.stop())
  const url = () => server?.url ?? ''

  conforms(async () => createOpenSearch(url(), 'conformance', 50))

  test('the index is built from MongoDB and kept by events, whoever builds it anew', async () => {
    const { platform, stack } = await testPlatform({ searchUrl: url() })
    await using _running = stack
    const users = platform.db('user').collection<AccountRow & { displayName: string }>('users')
    const joins = async (displayName: string) => {
      const row = { ...accountRow({ username: newId('user').slice(-20) }), displayName }
      await users.insertOne(row)
      return row._id
    }
    const search = createSearch(platform)
    const find = async (text: string) => {
      const query = { terms: queryTerms(text), types: searchTypes, filter: {}, titlesOnly: false }
      const hits = await search.engine.query({ ...query, favoredIds: [], askedAt: 0, after: null, limit: 9 })
      return hits.map(({ id }) => id)
    }
    const before = await joins('Zoë Before')
    await search.rebuild()
    expect(await find('zoe before')).toEqual([before])
    const later = await joins('Zoë Later')
    expect(await find('later')).toEqual([])
    await search.refresh([later])
    expect(await find('later')).toEqual([later])
    await users.deleteOne({ _id: before })
    // Another process builds it anew, by the command.
    const env = testEnvironment({ NAMESPACE: platform.config.namespace, SEARCH_URL: url() })
    const command = ['subgraphs/content/search-reindex.ts']
    const { stdout } = await promisify(execFile)(process.execPath, command, { env })
    expect(stdout).toMatch(/^Built anew in \d+ s\.$/m)
    expect(await find('zoe')).toEqual([later])
    await users.deleteOne({ _id: later })
    await search.refresh([later])
    expect(await find('zoe')).toEqual([])
  })

  test('one index is left when one was built anew, and the alias names it', async () => {
    const engine = createOpenSearch(url(), 'swapping')
    for (let i = 0; i < 3; i++) await engine.rebuild(async () => {})
    const indices = await fetch(`${url()}/_cat/indices/swapping-*?format=json`)
    expect(await indices.json()).toHaveLength(1)
    await engine.close()
  })

  test('an index of an older version answers until it is built anew', async () => {
    const put = (path: string, body: object) =>
      fetch(`${url()}/${path}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const text = { type: 'text', analyzer: 'whitespace' }
    const keyword = { type: 'keyword' }
    const mappings = {
      ...{ dynamic: 'strict', _meta: { version: 1 } },
      properties: {
        ...{ id: keyword, type: keyword, authorId: keyword, mediaTypes: keyword, placeId: keyword },
        ...{ title: text, text, at: { type: 'date', format: 'epoch_millis' } },
        ...{ point: { type: 'geo_point' }, standing: { type: 'float' } },
      },
    }
    await put('older-1', { mappings, aliases: { older: {}, 'older-writing': {} } })
    await put('older-1/_doc/post_1?refresh=true', { title: '', text: 'lantern' })
    const engine = createOpenSearch(url(), 'older')
    const query = { terms: queryTerms('lantern'), types: searchTypes, filter: {}, titlesOnly: false }
    const find = () => engine.query({ ...query, favoredIds: [], askedAt: 0, after: null, limit: 9 })
    expect(await engine.isBuilt()).toBe(false)
    expect(await find()).toEqual([{ id: 'post_1', rank: 1 }])
    const fresh: SearchDocument = {
      ...{ id: 'post_2', type: 'POST', title: '', text: 'lantern', authorId: null, at: Date.now() },
      ...{ mediaTypes: [], placeId: null, point: null, popularity: 0 },
    }
    await engine.rebuild(async () => {
      await engine.write({ documents: [fresh], removedIds: [], readAt: Date.now() })
      expect((await find()).map(({ id }) => id).sort()).toEqual(['post_1', 'post_2'])
    })
    expect(await engine.isBuilt()).toBe(true)
    expect(await find()).toEqual([{ id: 'post_2', rank: 1 }])
    await engine.close()
  })
})

test('a server that does not answer is an outage, not an empty answer', async () => {
  const engine = createOpenSearch('http://user:secret@127.0.0.1:9', 'nowhere')
  const query = engine.query({
    ...{ terms: queryTerms('x'), types: searchTypes, filter: {}, titlesOnly: false },
    ...{ favoredIds: [], askedAt: 0, after: null, limit: 1 },
  })
  await expect(query).rejects.toThrow(SearchOutage)
  await expect(query).rejects.not.toThrow('secret')
  await engine.close()
})
