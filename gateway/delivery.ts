import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { AnswerStream } from './answer-stream.ts'
import type { GraphQLAnswer } from './executor/executor.ts'

/** An answer as JSON with the brace that closes the envelope, and the last frame that was made of it. Many get the same answer. */
interface Framed {
  readonly ending: Buffer
  beginning: string
  frame: Buffer
}

const framed = new WeakMap<GraphQLAnswer, Framed>()
const nothing = Buffer.alloc(0)

/** The `next` message with an answer as one frame of text. Clients that name their subscription alike get the same bytes. */
function frameOf(answer: GraphQLAnswer, beginning: string): Buffer {
  let one = framed.get(answer)
  if (!one) {
    one = { ending: Buffer.from(`${JSON.stringify(answer)}}`), beginning: '', frame: nothing }
    framed.set(answer, one)
  }
  if (one.beginning !== beginning) {
    one.frame = textFrame(beginning, one.ending)
    one.beginning = beginning
  }
  return one.frame
}

/** A whole text message in one frame. What a server sends is not masked (RFC 6455 §5.1, §5.2). */
function textFrame(beginning: string, ending: Buffer): Buffer {
  const start = Buffer.byteLength(beginning)
  const length = start + ending.length
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(header + length)
  frame[0] = 0x81
  if (header === 2) frame[1] = length
  else if (header === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(beginning, header)
  ending.copy(frame, header + start)
  return frame
}

/**
 * Has a stream's answers sent as `next` messages of the `graphql-transport-ws` protocol; reading it yields none of them then. The
 * protocol's library would write the same JSON, and the socket's the same frame, once for each who gets it.
 *
 * @param transport what the socket is over. Nothing of the socket's waits in between: it compresses nothing.
 * @param id the subscription's, as its client named it.
 */
export function deliver(
  answers: AnswerStream,
  socket: WebSocket,
  transport: Duplex,
  id: string,
): AnswerStream {
  const beginning = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  answers.handTo((answer) => {
    if (socket.readyState !== socket.OPEN) return undefined
    transport.write(frameOf(answer, beginning))
    return transport.writableLength === 0 ? undefined : taken(transport)
  })
  return answers
}

/** Resolves when the other side has taken all that was written, or is gone: then its socket's end ends the rest. */
function taken(transport: Duplex): Promise<void> {
  return new Promise((resolve) => {
    transport.write(nothing, () => resolve())
  })
}
