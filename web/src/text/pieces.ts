/** A part of a text that leads somewhere; `start` and `length` in UTF-16 code units. */
interface Part {
  readonly start: number
  readonly length: number
}

/** A text cut into what leads somewhere and what does not, in order; what lies beyond the text is left out. */
export function piecesOf<P extends Part>(text: string, parts: readonly P[]): { text: string; part?: P }[] {
  const pieces: { text: string; part?: P }[] = []
  let end = 0
  for (const part of parts) {
    const next = part.start + part.length
    if (part.start < end || next > text.length) continue
    if (part.start > end) pieces.push({ text: text.slice(end, part.start) })
    pieces.push({ text: text.slice(part.start, next), part })
    end = next
  }
  if (end < text.length) pieces.push({ text: text.slice(end) })
  return pieces
}
