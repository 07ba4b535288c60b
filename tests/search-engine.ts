// What every search engine must do: one suite, run against each.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type SearchDocument,
  type SearchEngine,
  type SearchQuery,
  searchTypes,
} from '#platform/search/engine.ts'
import { queryTerms } from '#platform/search/text.ts'
import { newId } from '#schema/ids.ts'

const day = 86_400_000
const now = Date.UTC(2026, 0, 1)
const oslo = { latitude: 59.9139, longitude: 10.7522 }
const bergen = { latitude: 60.3913, longitude: 5.3221 }
const anna = newId('user')
const bert = newId('user')
const harbor = newId('place')

const document = (type: SearchDocument['type'], fields: Partial<SearchDocument>): SearchDocument => ({
  id: newId(type.toLowerCase() as 'post'),
  type,
  title: '',
  text: '',
  authorId: null,
  at: type === 'POST' || type === 'COMMENT' ? now : null,
  mediaTypes: [],
  placeId: null,
  point: null,
  popularity: 0,
  ...fields,
})
const post = (text: string, fields: Partial<SearchDocument> = {}) =>
  document('POST', { text, authorId: anna, mediaTypes: ['IMAGE'], ...fields })

/** Runs the suite against an engine that `open` makes, empty. */
export function conforms(open: () => Promise<SearchEngine>): void {
  let engine: SearchEngine
  const fill = async (...documents: SearchDocument[]) => {
    await engine.rebuild((write) => write({ documents, removedIds: [], readAt: now }))
    return documents
  }
  const ask = (text: string, change: Partial<SearchQuery> = {}) =>
    engine.query({
      terms: queryTerms(text, change.titlesOnly),
      types: searchTypes,
      filter: {},
      titlesOnly: false,
      favoredIds: [],
      askedAt: now,
      after: null,
      limit: 20,
      ...change,
    })
  const ids = async (text: string, change: Partial<SearchQuery> = {}) =>
    (await ask(text, change)).map(({ id }) => id)

  beforeAll(async () => {
    engine = await open()
  }, 120_000)
  afterAll(() => engine?.close())

  test('before it is built it finds nothing, and says that it is not built', async () => {
    expect(await engine.isBuilt()).toBe(false)
    expect(await ids('anything')).toEqual([])
    await fill()
    expect(await engine.isBuilt()).toBe(true)
    expect(await ids('anything')).toEqual([])
  })

  describe('words', () => {
    const texts = {
      creme: 'Crème brûlée in Paris',
      street: 'Strassenfest in der Großen Straße',
      tower: '夜の東京タワーはきれい',
      seoul: '서울 야경 사진',
      thai: 'อาหารไทยอร่อย',
      russian: 'Закат над морем',
      arabic: 'غروب الشمس في البحر',
      light: 'The lighthouse at dawn',
    }
    const found: Record<string, string> = {}
    beforeAll(async () => {
      const documents = await fill(...Object.values(texts).map((text) => post(text)))
      for (const [i, name] of Object.keys(texts).entries()) found[name] = documents[i]?.id ?? ''
    })

    test.each([
      ['without its accents', 'creme brulee', 'creme'],
      ['with accents that are not there', 'pâris', 'creme'],
      ['in capitals', 'CRÈME', 'creme'],
      ['with ss for ß', 'grossen strasse', 'street'],
      ['with a letter wrong', 'lighthoose', 'light'],
      ['with a letter missing', 'lighthuse', 'light'],
      ['with a letter too many', 'lightthouse', 'light'],
      ['with two letters wrong', 'lightheese', 'light'],
      ['by its beginning', 'lightho', 'light'],
      ['by words in another order', 'dawn lighthouse', 'light'],
      ['in Japanese', '東京', 'tower'],
      ['in Japanese, across words', '東京タワー', 'tower'],
      ['in Japanese, by one character', '夜', 'tower'],
      ['in Korean', '야경', 'seoul'],
      ['in Thai, which has no spaces', 'ไทย', 'thai'],
      ['in Russian, with a letter wrong', 'закот', 'russian'],
      ['in Arabic', 'الشمس', 'arabic'],
    ])('are found %s', async (_how, question, name) => {
      expect(await ids(question)).toEqual([found[name]])
    })

    test.each([
      ['of which one is missing', 'lighthouse paris'],
      ['that are too short to be wrong', 'dwn'],
      ['whose characters stand apart', '東夜'],
      ['whose middle it is', 'house'],
    ])('are not found %s', async (_how, question) => {
      expect(await ids(question)).toEqual([])
    })
  })

  describe('filters', () => {
    let there: SearchDocument[]
    beforeAll(async () => {
      there = await fill(
        post('sea', { at: now - 10 * day, placeId: harbor, point: oslo }),
        post('sea', { at: now - 5 * day, authorId: bert, mediaTypes: ['IMAGE', 'VIDEO'], point: bergen }),
        document('COMMENT', { text: 'sea', authorId: bert, at: now - 1 * day }),
        document('PLACE', { id: harbor, title: 'Sea harbour', placeId: harbor, point: oslo }),
        document('HASHTAG', { title: 'sea' }),
        document('USER', { id: bert, title: 'sea.bert Bert', authorId: bert }),
      )
    })
    const which = (...positions: number[]) => new Set(positions.map((i) => there[i]?.id))

    test.each<[string, Partial<SearchQuery>, number[]]>([
      ['nothing', {}, [0, 1, 2, 3, 4, 5]],
      ['types', { types: ['POST', 'HASHTAG'] }, [0, 1, 4]],
      ['videos', { filter: { mediaType: 'VIDEO' } }, [1]],
      ['pictures', { filter: { mediaType: 'IMAGE' } }, [0, 1]],
      ['after a time', { filter: { after: now - 5 * day } }, [1, 2]],
      ['before a time', { filter: { before: now - 5 * day } }, [0]],
      ['between times', { filter: { after: now - 6 * day, before: now - 2 * day } }, [1]],
      ['near a point', { filter: { near: { ...oslo, radiusMeters: 2_000 } } }, [0, 3]],
      ['within 400 km', { filter: { near: { ...oslo, radiusMeters: 400_000 } } }, [0, 1, 3]],
      ['a place', { filter: { placeId: harbor } }, [0, 3]],
      ['people', { filter: { userIds: [bert] } }, [1, 2, 5]],
      ['nobody', { filter: { userIds: [] } }, []],
      ['titles', { titlesOnly: true }, [3, 4, 5]],
      ['several at once', { types: ['POST'], filter: { userIds: [bert], mediaType: 'VIDEO' } }, [1]],
    ])('by %s', async (_name, change, positions) => {
      expect(new Set(await ids('sea', change))).toEqual(which(...positions))
    })

    test('a username is found in one piece and by its parts, from its first letter while typing', async () => {
      for (const typed of ['s', 'se', 'seab', 'sea.b', 'bert', 'ber']) {
        expect(await ids(typed, { titlesOnly: true, types: ['USER'] }), typed).toEqual([bert])
      }
    })
  })

  describe('ranking', () => {
    test('of equal texts the popular one comes first', async () => {
      const [few, many] = await fill(post('moon'), post('moon', { popularity: 5_000 }))
      expect(await ids('moon')).toEqual([many?.id, few?.id])
    })
    test('of equal texts the new one comes first', async () => {
      const [old, fresh] = await fill(post('moon', { at: now - 400 * day }), post('moon', { at: now - day }))
      expect(await ids('moon')).toEqual([fresh?.id, old?.id])
    })
    test('those who stand near come before the popular', async () => {
      const [near, far] = await fill(
        post('moon', { authorId: bert }),
        post('moon', { authorId: anna, popularity: 500 }),
      )
      expect(await ids('moon')).toEqual([far?.id, near?.id])
      expect(await ids('moon', { favoredIds: [bert] })).toEqual([near?.id, far?.id])
    })
    test('what is written as asked comes before what is similar', async () => {
      const [similar, same, longer] = await fill(post('mountein'), post('mountain'), post('mountains'))
      expect((await ids('mountain'))[0]).toBe(same?.id)
      expect(new Set(await ids('mountain'))).toEqual(new Set([similar?.id, same?.id, longer?.id]))
    })
  })

  test('pages follow one another without a gap and without a repetition, ties included', async () => {
    const documents = await fill(
      ...Array.from({ length: 150 }, (_, i) => post('wave', { at: now - (i % 2) * 100 * day })),
    )
    const seen: string[] = []
    let after: SearchQuery['after'] = null
    for (;;) {
      const page = await ask('wave', { after, limit: 20 })
      seen.push(...page.map(({ id }) => id))
      after = page.at(-1) ?? null
      if (page.length < 20) break
    }
    expect(seen).toEqual(await ids('wave', { limit: 200 }))
    expect(new Set(seen)).toEqual(new Set(documents.map(({ id }) => id)))
  })

  test('a page goes on where the last one ended when the index has changed since, and when its last hit is gone', async () => {
    const documents = await fill(...Array.from({ length: 12 }, () => post('cloud')))
    const first = await ask('cloud', { limit: 4 })
    const rest = (await ids('cloud', { limit: 100 })).slice(4)
    const others = Array.from({ length: 30 }, () => post('cloud cover cloud cover', { at: now - 800 * day }))
    const last = first.at(-1)
    await engine.write({ documents: others, removedIds: [], readAt: now + 1 })
    expect((await ids('cloud', { after: last ?? null, limit: 8 })).sort()).toEqual([...rest].sort())
    await engine.write({ documents: [], removedIds: [last?.id ?? ''], readAt: now + 2 })
    const next = await ids('cloud', { after: last ?? null, limit: 7 })
    expect(new Set(next).size).toBe(7)
    expect(next.every((id) => documents.some((one) => one.id === id))).toBe(true)
  })

  test('a change is seen, a removal is seen, and an earlier reading never overwrites a later one', async () => {
    const [first] = await fill(post('apple'))
    if (!first) throw new Error('nothing there')
    const write = (text: string, readAt: number) =>
      engine.write({ documents: [{ ...first, text }], removedIds: [], readAt })
    await write('pear', now + 10)
    expect(await ids('pear')).toEqual([first.id])
    expect(await ids('apple')).toEqual([])
    await write('apple', now + 5)
    expect(await ids('apple')).toEqual([])
    await engine.write({ documents: [], removedIds: [first.id, newId('post')], readAt: now + 20 })
    expect(await ids('pear')).toEqual([])
    await write('pear', now + 15)
    expect(await ids('pear')).toEqual([])
    await write('plum', now + 30)
    expect(await ids('plum')).toEqual([first.id])
  })

  test('while an index is built anew the old one answers, and what is written meanwhile is in both', async () => {
    const [old, leaving] = await fill(post('river'), post('river bank'))
    if (!old || !leaving) throw new Error('nothing there')
    const fresh = post('river delta')
    await engine.rebuild(async (write) => {
      expect(new Set(await ids('river'))).toEqual(new Set([old.id, leaving.id]))
      await engine.write({ documents: [fresh], removedIds: [leaving.id], readAt: now + 10 })
      expect(new Set(await ids('river'))).toEqual(new Set([old.id, fresh.id]))
      // What was read before it went must not come back.
      await write({ documents: [old, leaving], removedIds: [], readAt: now + 5 })
    })
    expect(new Set(await ids('river'))).toEqual(new Set([old.id, fresh.id]))
  })

  test('a build that fails leaves the old index as it was', async () => {
    const [old] = await fill(post('forest'))
    const failing = engine.rebuild(async (write) => {
      await write({ documents: [post('forest fire')], removedIds: [], readAt: now })
      throw new Error('the database is away')
    })
    await expect(failing).rejects.toThrow('away')
    expect(await ids('forest')).toEqual([old?.id])
    const next = post('forest lake')
    await engine.write({ documents: [next], removedIds: [], readAt: now + 1 })
    expect(new Set(await ids('forest'))).toEqual(new Set([old?.id, next.id]))
  })
}
