// Idempotency keys: one effect and one answer, however often a call is repeated (C4).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { mutate, mutationScope, prepareIdempotency } from './mutation.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  await prepareIdempotency(platform.db('content'))
})
afterAll(() => stack.disposeAsync())

const notes = () => platform.db('content').collection<{ _id: string; text: string }>('notes')

const scopeOf = () => mutationScope(platform, 'content')

function writeNote(input: { text: string; idempotencyKey?: string }, actor = 'user_1') {
  const scope = scopeOf()
  return mutate(
    scope,
    { name: 'writeNote', actor, input },
    (transact) =>
      transact(async (tx) => {
        const note = { _id: newId('post'), text: input.text }
        await notes().insertOne(note, { session: tx.session })
        return note
      }),
    (note) => ({ note }),
  )
}

test('50 parallel calls with one key write one note and answer alike', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => writeNote({ text: 'hello', idempotencyKey: 'key-1' })),
  )
  expect(new Set(answers.map((answer) => answer.note?._id)).size).toBe(1)
  expect(await notes().countDocuments({ text: 'hello' })).toBe(1)
})

test('the same key with another input is a mismatch, and another actor has keys of his own', async () => {
  await writeNote({ text: 'first', idempotencyKey: 'key-2' })
  const other = await writeNote({ text: 'second', idempotencyKey: 'key-2' })
  expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }])
  const someone = await writeNote({ text: 'second', idempotencyKey: 'key-2' }, 'user_2')
  expect(someone.userErrors).toEqual([])
  expect(await notes().countDocuments({ text: 'second' })).toBe(1)
})

test('without a key each call is its own', async () => {
  await Promise.all([writeNote({ text: 'twice' }), writeNote({ text: 'twice' })])
  expect(await notes().countDocuments({ text: 'twice' })).toBe(2)
})

test('calls that share a commit are one for each key, and a mismatch is the refusal of him alone', async () => {
  const scope = scopeOf()
  const write = (actor: string, text: string, idempotencyKey: string) => {
    const input = { text, idempotencyKey }
    return mutate(
      scope,
      { name: 'writeNote', actor, input },
      (transact) => {
        const note = { _id: newId('post'), text }
        // Nothing keeps two of them apart but the key.
        return transact.together(note._id, async (tx) => {
          tx.write(notes(), { insertOne: { document: note } })
          return note
        })
      },
      (note) => ({ note }),
    )
  }
  const actors = Array.from({ length: 10 }, (_, i) => `user_${i}`)
  const calls = actors.flatMap((actor) => Array.from({ length: 5 }, () => write(actor, 'shared', 'key-3')))
  const [answers, other] = await Promise.all([Promise.all(calls), write('user_99', 'shared', 'key-3')])
  expect(new Set(answers.map((answer) => answer.note?._id)).size).toBe(10)
  expect(other.userErrors).toEqual([])
  expect(await notes().countDocuments({ text: 'shared' })).toBe(11)

  const mixed = await Promise.all([write('user_1', 'else', 'key-3'), write('user_50', 'else', 'key-3')])
  expect(mixed.map(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual([
    ['IDEMPOTENCY_MISMATCH'],
    [],
  ])
})
