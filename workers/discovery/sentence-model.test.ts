import { expect, test } from 'vitest'
import { cosine, wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { wordPieces } from '#subgraphs/feed/domain/discovery/word-pieces.ts'
import { loadSentenceModel, loadVocabulary } from './sentence-model.ts'

const vocabulary = loadVocabulary()

// As BertTokenizer of bert-base-uncased has them.
test.each([
  ['', [101, 102]],
  ['Hello, world!', [101, 7592, 1010, 2088, 999, 102]],
  ['embeddings', [101, 7861, 8270, 4667, 2015, 102]],
  ['Café', [101, 7668, 102]],
  ['\u0000 \n', [101, 102]],
  ['日本', [101, 1864, 1876, 102]],
  ['a'.repeat(101), [101, 100, 102]],
])('%j has the tokens of the model', (text, ids) => {
  expect(wordPieces(text, vocabulary, 128)).toEqual(ids)
})

test('at most as many tokens as are asked for, and time in proportion', () => {
  const ids = wordPieces('bread and butter '.repeat(20_000), vocabulary, 16)
  expect(ids).toHaveLength(16)
  expect([ids[0], ids.at(-1)]).toEqual([101, 102])
})

test('without a model, texts with common words are near each other', async () => {
  const [a, b, c] = await Promise.all(
    ['fresh sourdough bread', 'bread with sourdough starter', 'motorcycle engine'].map(wordModel.vectorOf),
  )
  if (!a || !b || !c) throw new Error('a text says nothing')
  expect(cosine(a, b)).toBeGreaterThan(0.4)
  expect(Math.abs(cosine(a, c))).toBeLessThan(0.3)
  expect(await wordModel.vectorOf(' …!')).toBeNull()
})

const modelPath = process.env.TEXT_MODEL_PATH

test.skipIf(!modelPath)('the model tells what captions are about, without a word in common', async () => {
  const model = await loadSentenceModel(modelPath as string)
  const [a, b, c] = await Promise.all(
    ['A loaf fresh from the oven', 'baking sourdough at home', 'my new motorcycle'].map(model.vectorOf),
  )
  if (!a || !b || !c) throw new Error('a text says nothing')
  expect(Math.hypot(...a)).toBeCloseTo(1, 4)
  expect(cosine(a, b)).toBeGreaterThan(cosine(a, c) + 0.1)
  expect(await model.vectorOf('')).toBeNull()
})
