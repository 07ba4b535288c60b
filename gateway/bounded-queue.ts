/** For values of which only the newest counts. */
export interface Coalescing<T> {
  /** How many values wait before one takes the place of the last of its key. */
  readonly from: number
  /** What a value is about. */
  readonly key: (value: T) => string
}

/** Values that wait, at most so many of them. */
export class BoundedQueue<T> {
  readonly #limit: number
  readonly #coalescing: Coalescing<T> | undefined
  /** There are thousands of queues, and in nearly all of them nothing waits. */
  #waiting: T[] | undefined

  constructor(limit: number, coalescing?: Coalescing<T>) {
    this.#limit = limit
    this.#coalescing = coalescing
  }

  get length(): number {
    return this.#waiting?.length ?? 0
  }

  /** False when the queue is full: the value is not taken. */
  push(value: T): boolean {
    this.#waiting ??= []
    this.#coalesce(this.#waiting, value)
    if (this.#waiting.length >= this.#limit) return false
    this.#waiting.push(value)
    return true
  }

  shift(): T | undefined {
    const value = this.#waiting?.shift()
    if (this.#waiting?.length === 0) this.#waiting = undefined
    return value
  }

  clear(): void {
    this.#waiting = undefined
  }

  /** Makes room for a value where an older one about the same thing waits. */
  #coalesce(waiting: T[], value: T): void {
    const coalescing = this.#coalescing
    if (!coalescing || waiting.length < coalescing.from) return
    const key = coalescing.key(value)
    const older = waiting.findLastIndex((one) => coalescing.key(one) === key)
    if (older !== -1) waiting.splice(older, 1)
  }
}
