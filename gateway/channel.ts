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

/**
 * @param limit values that wait for the reader at most.
 * @param onClose called once, when the reader has gone or the last value has been read.
 */
export function createChannel<T>(limit: number, onClose: () => void): Channel<T> {
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

  return {
    push(value) {
      if (ended || queue.length >= limit) return false
      if (waiting) {
        waiting({ value, done: false })
        waiting = undefined
      } else {
        queue.push(value)
      }
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
