/**
 * A bounded queue between what pushes events and one reader. Unlike a generator function's, its `return` ends a read that
 * is waiting, as sockets need it when they close.
 */
export interface Channel<T> extends AsyncGenerator<T, void, void> {
  /** False when the queue is full or closed: the value is not taken. */
  push(value: T): boolean
  /** Lets the reader read what is queued, then ends. */
  end(): void
  readonly queued: number
}

/** For values of which only the newest counts. */
export interface Coalescing<T> {
  /** How many values wait before one takes the place of the last of its key. */
  readonly from: number
  /** What a value is about. */
  readonly key: (value: T) => string
}

/**
 * @param limit values that wait for the reader at most.
 * @param onClose called once, when the reader has gone or the last value has been read.
 */
export function createChannel<T>(limit: number, onClose: () => void, coalescing?: Coalescing<T>): Channel<T> {
  const queue: T[] = []
  let waiting: ((result: IteratorResult<T, void>) => void) | undefined
  let ended = false
  let closed = false

  const close = (): IteratorResult<T, void> => {
    if (!closed) {
      closed = true
      ended = true
      queue.length = 0
      waiting?.({ value: undefined, done: true })
      waiting = undefined
      onClose()
    }
    return { value: undefined, done: true }
  }

  /** Makes room for a value where an older one about the same thing waits. */
  const coalesce = (value: T): void => {
    if (!coalescing || queue.length < coalescing.from) return
    const key = coalescing.key(value)
    const older = queue.findLastIndex((waits) => coalescing.key(waits) === key)
    if (older !== -1) queue.splice(older, 1)
  }

  return {
    push(value) {
      if (ended) return false
      if (waiting) {
        waiting({ value, done: false })
        waiting = undefined
        return true
      }
      coalesce(value)
      if (queue.length >= limit) return false
      queue.push(value)
      return true
    },
    end() {
      if (ended) return
      ended = true
      if (waiting) close()
    },
    get queued() {
      return queue.length
    },
    next() {
      if (queue.length > 0) return Promise.resolve({ value: queue.shift() as T, done: false })
      if (ended) return Promise.resolve(close())
      return new Promise((resolve) => {
        waiting = resolve
      })
    },
    return: () => Promise.resolve(close()),
    throw: (error) => {
      close()
      return Promise.reject(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => {
      close()
    },
  }
}
