import type { GraphQLAnswer } from './executor/executor.ts'

/** Takes an answer; a promise when the next is to wait for it. */
export type Emit = (answer: GraphQLAnswer) => Promise<void> | undefined

/** Answers as they come. Either they are read one by one, or all of them are handed over. */
export interface AnswerStream extends AsyncGenerator<GraphQLAnswer, void, void> {
  /** Hands each answer over as it comes, and resolves after the last: for many thousands, reading one by one costs too much. */
  each(emit: Emit): Promise<void>
}

interface Reader {
  resolve: (result: IteratorResult<GraphQLAnswer, void>) => void
  reject: (reason: unknown) => void
}

/**
 * A stream of what `run` emits, which begins with the first read.
 *
 * @param close ends what `run` waits for, so that it ends: `return` does not wait for the next answer.
 */
export function createAnswerStream(
  run: (emit: Emit) => Promise<void>,
  close: () => Promise<unknown>,
): AnswerStream {
  let began = false
  let over = false
  let failure: { reason: unknown } | undefined
  /** Who waits for an answer, and what waits for somebody to read on. */
  let reader: Reader | undefined
  let resume: (() => void) | undefined

  const finish = (): void => {
    over = true
    reader?.resolve({ value: undefined, done: true })
    reader = undefined
  }
  const fail = (reason: unknown): void => {
    over = true
    if (reader) reader.reject(reason)
    else failure = { reason }
    reader = undefined
  }
  const hand: Emit = (answer) => {
    if (over) return undefined
    reader?.resolve({ value: answer, done: false })
    reader = undefined
    return new Promise((resolve) => {
      resume = resolve
    })
  }
  const end = async (): Promise<IteratorResult<GraphQLAnswer, void>> => {
    await close()
    finish()
    resume?.()
    return { value: undefined, done: true }
  }

  return {
    async each(emit) {
      began = true
      await run((answer) => (over ? undefined : emit(answer)))
      over = true
    },
    next() {
      if (failure) {
        const { reason } = failure
        failure = undefined
        return Promise.reject(reason)
      }
      if (over) return Promise.resolve({ value: undefined, done: true })
      return new Promise((resolve, reject) => {
        reader = { resolve, reject }
        if (began) resume?.()
        else {
          began = true
          run(hand).then(finish, fail)
        }
      })
    },
    return: end,
    throw: async (error) => {
      await end()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => {
      await end()
    },
  }
}
