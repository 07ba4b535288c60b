import type { WebSocket } from 'ws'
import type { AnswerStream } from './answer-stream.ts'
import type { GraphQLAnswer } from './executor/executor.ts'

/** The end of a message with an answer: its JSON and the brace that closes the envelope. Many get the same answer. */
const endings = new WeakMap<GraphQLAnswer, Buffer>()

function endingOf(answer: GraphQLAnswer): Buffer {
  let ending = endings.get(answer)
  if (!ending) {
    ending = Buffer.from(`${JSON.stringify(answer)}}`)
    endings.set(answer, ending)
  }
  return ending
}

/** Sends a message of text; a promise when the other side is slow, to be waited for before the next. */
function send(socket: WebSocket, message: Buffer): Promise<void> | undefined {
  let settle: ((error?: Error | null) => void) | undefined
  socket.send(message, { binary: false }, (error) => settle?.(error))
  if (socket.bufferedAmount === 0) return undefined
  return new Promise((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve())
  })
}

/**
 * Sends a stream's answers as `next` messages of the `graphql-transport-ws` protocol and yields none of them: the protocol's
 * library would write the same JSON once for each who gets it. It still ends the stream, and says so.
 *
 * @param id the subscription's, as its client named it.
 */
export function deliver(
  answers: AnswerStream,
  socket: WebSocket,
  id: string,
): AsyncGenerator<never, void, void> {
  const beginning = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
  const end = async (): Promise<IteratorResult<never, void>> => {
    await answers.return()
    return { value: undefined, done: true }
  }
  return {
    async next() {
      await answers.each((answer) =>
        socket.readyState === socket.OPEN
          ? send(socket, Buffer.concat([beginning, endingOf(answer)]))
          : undefined,
      )
      return { value: undefined, done: true }
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
