// HTTP/1.1 with as little as will do, for what drives a gateway and what is behind it: both are to cost next to nothing beside it.

/** A message whose head has ended and whose body has come. */
export interface Message {
  readonly head: string
  readonly body: Buffer
}

/** Splits what comes over a connection into messages with a `content-length`, or in chunks (RFC 9112 §6, §7.1). */
export function createReader(onMessage: (message: Message) => void): (bytes: Buffer) => void {
  let waiting: Buffer | null = null
  return (bytes) => {
    let rest = waiting ? Buffer.concat([waiting, bytes]) : bytes
    waiting = null
    while (rest.length > 0) {
      const end = rest.indexOf('\r\n\r\n')
      if (end === -1) break
      const head = rest.toString('latin1', 0, end)
      const from = end + 4
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
      const body =
        length === undefined ? chunksFrom(rest, from, head) : sliceFrom(rest, from, from + Number(length))
      if (!body) break
      onMessage({ head, body: body.bytes })
      rest = rest.subarray(body.end)
    }
    if (rest.length > 0) waiting = rest
  }
}

interface Body {
  readonly bytes: Buffer
  readonly end: number
}

function sliceFrom(rest: Buffer, from: number, end: number): Body | null {
  return rest.length < end ? null : { bytes: rest.subarray(from, end), end }
}

function chunksFrom(rest: Buffer, from: number, head: string): Body | null {
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { bytes: rest.subarray(from, from), end: from }
  const chunks: Buffer[] = []
  for (let at = from; ; ) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd === -1) return null
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (rest.length < next) return null
    if (size === 0) return { bytes: Buffer.concat(chunks), end: next }
    chunks.push(rest.subarray(lineEnd + 2, next - 2))
    at = next
  }
}
