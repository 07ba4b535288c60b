// Idempotency keys: one effect and one answer, however often a call is repeated (C4).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { mutate, prepareIdempotency } from './mutation.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  await prepareIdempotency(platform.db('content'))
})
afterAll(() => stack.disposeAsync())

const notes = () => platform.db('content').collection<{ _id: string; text: string }>('notes')

function writeNote(input: { text: string; idempotencyKey?: string }, actor = 'user_1') {
  const scope = {
    db: platform.db('content'),
    transact: platform.transact('content'),
    inputs: platform.signer('idempotency'),
  }
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
