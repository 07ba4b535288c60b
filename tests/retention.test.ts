// Every collection of every database is in the table of what is kept how long, and what has an end ends by itself.
import { readFileSync } from 'node:fs'
import type { Db } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { impersonal, retention } from '#schema/retention.ts'
import { subgraphNames } from '#schema/sdl.ts'
import { picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
  // So that what is made when it is first written to is there.
  const [someone, other] = [await system.signsUp('someone'), await system.signsUp('another')]
  await someone.follows(other)
  const post = await someone.posts([await someone.uploads(await picture(), 'image/jpeg')], '#words')
  await system.settle()
  await other.likes(post)
  await other.comments(post, 'a comment')
  await someone.says(await someone.opensConversation(other), 'a message')
  await system.settle()
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const indexesOf = (db: Db, collection: string) =>
  db
    .collection(collection)
    .indexes()
    .catch(() => [])

describe.each(subgraphNames)('%s', (name) => {
  test('each collection that holds something about people has a period (A9)', async () => {
    const db = system.platform.db(name)
    const found = (await db.listCollections({}, { nameOnly: true }).toArray()).map((row) => row.name)
    const rows = retention[name].map(({ collection }) => collection)
    const known = new Set([...rows, ...impersonal[name]])
    expect(known.size).toBe(rows.length + impersonal[name].length)
    expect(found.filter((collection) => !known.has(collection))).toEqual([])
    for (const { collection, why } of retention[name]) expect(why.length, collection).toBeGreaterThan(20)
  })

  test('what has a period goes by itself, and nothing else does (A9)', async () => {
    const db = system.platform.db(name)
    for (const { collection, period } of retention[name]) {
      const ending = (await indexesOf(db, collection)).filter(
        (index) => index.expireAfterSeconds !== undefined,
      )
      const wanted =
        typeof period === 'string'
          ? []
          : [
              {
                name: period.index,
                key: { [period.field]: expect.any(Number) },
                expireAfterSeconds: period.seconds,
              },
            ]
      expect(ending, collection).toMatchObject(wanted)
      expect(ending, collection).toHaveLength(wanted.length)
    }
  })
})

test('docs/privacy.md names every collection of the table', () => {
  const text = readFileSync(new URL('../docs/privacy.md', import.meta.url), 'utf8')
  const rows = subgraphNames.flatMap((name) => retention[name].map(({ collection }) => collection))
  expect(rows.filter((collection) => !text.includes(`\`${collection}\``))).toEqual([])
})
