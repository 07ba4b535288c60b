import type { GraphQLAnswer } from './executor/executor.ts'

/** Takes an answer; a promise when the next is to wait for it. */
type Emit = (answer: GraphQLAnswer) => Promise<void> | undefined

type Result = IteratorResult<GraphQLAnswer, void>

const over: Result = { value: undefined, done: true }

/**
 * Answers as they come, from the first read on. Either they are read one by one, or all of them are handed over.
 *
 * A class, and so are its like: there are many thousands, and what they can do is in memory once.
 */
export abstract class AnswerStream implements AsyncGenerator<GraphQLAnswer, void, void> {
  #began = false
  #over = false
  #failure: { reason: unknown } | undefined
  /** Who waits for an answer, and what waits for somebody to read on. */
  #reader: PromiseWithResolvers<Result> | undefined
  #resume: (() => void) | undefined
  #taker: Emit | undefined

  /** Begins to emit. */
  protected abstract begin(): void
  /** Lets go of what answers come from; nothing is emitted any more. Called as often as it likes. */
  protected abstract close(): void

  /**
   * Hands each answer over as it comes: for many thousands, reading one by one costs too much. Reading yields none of them
   * then, and ends after the last.
   */
  handTo(taker: Emit): void {
    this.#taker = taker
  }

  protected emit(answer: GraphQLAnswer): Promise<void> | undefined {
    if (this.#over) return undefined
    if (this.#taker) return this.#taker(answer)
    this.#reader?.resolve({ value: answer, done: false })
    this.#reader = undefined
    return new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  /** After the last answer. */
  protected finish(): void {
    this.#over = true
    this.close()
    this.#reader?.resolve(over)
    this.#reader = undefined
  }

  protected fail(reason: unknown): void {
    if (this.#over) return
    this.#over = true
    this.close()
    if (this.#reader) this.#reader.reject(reason)
    else this.#failure = { reason }
    this.#reader = undefined
  }

  next(): Promise<Result> {
    if (this.#failure) {
      const { reason } = this.#failure
      this.#failure = undefined
      return Promise.reject(reason)
    }
    if (this.#over) return Promise.resolve(over)
    const reader = Promise.withResolvers<Result>()
    this.#reader = reader
    if (this.#began) this.#resume?.()
    else {
      this.#began = true
      this.begin()
    }
    return reader.promise
  }

  /** Does not wait for the next answer: sockets close while nothing comes. */
  return(): Promise<Result> {
    this.finish()
    this.#resume?.()
    return Promise.resolve(over)
  }

  async throw(error: unknown): Promise<Result> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
