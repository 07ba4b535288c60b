// Pictures that were taken down, known again by their perceptual hash: the same picture in another size or format, a little
// cropped, turned or mirrored, differs from it in few of 64 bits.
import type { PictureMarkRow, ReportReason } from '../model.ts'

/** Bits in which a picture may differ from one that was taken down, and still be it. */
export const nearBits = 8

const bits = 64
const bandCount = nearBits + 1

/** Fewer bits set, or fewer clear, than this: a picture with nothing in it, whose hash says nothing. */
const leastSaid = 8

const ones = (value: bigint): number => value.toString(2).replaceAll('0', '').length

/** In how many bits two hashes differ. */
export const distance = (one: string, other: string): number =>
  ones(BigInt(`0x${one}`) ^ BigInt(`0x${other}`))

/** Whether a hash tells one picture from another. */
export function tells(hash: string): boolean {
  const set = ones(BigInt(`0x${hash}`))
  return set >= leastSaid && set <= bits - leastSaid
}

/** Parts of a hash to look it up by: two hashes that differ in at most `nearBits` bits have one of them in common. */
export function bandsOf(hash: string): string[] {
  const value = BigInt(`0x${hash}`)
  return Array.from({ length: bandCount }, (_, i) => {
    const from = Math.floor((i * bits) / bandCount)
    const to = Math.floor(((i + 1) * bits) / bandCount)
    return `${i}:${BigInt.asUintN(to - from, value >> BigInt(from)).toString(16)}`
  })
}

/** What a removal for a reason means for pictures like it; null for reasons that are not about what a picture shows. */
export function markKindOf(reason: ReportReason): PictureMarkRow['kind'] | null {
  if (reason === 'CHILD_SAFETY' || reason === 'NUDITY' || reason === 'VIOLENCE') return 'BLOCKED'
  return reason === 'COPYRIGHT' ? 'CLAIMED' : null
}

/** A mark's id: a picture can be both taken down and claimed. */
export const markIdOf = (hash: string, kind: PictureMarkRow['kind']): string => `${hash}:${kind}`

const hashOf = ({ _id }: PictureMarkRow): string => _id.split(':')[0] ?? _id

/** Those of the marks that a picture is like, seen from any side; the nearest first, of them what was taken down before what is claimed. */
export function nearMarks(marks: readonly PictureMarkRow[], hashes: readonly string[]): PictureMarkRow[] {
  const seen = hashes.filter(tells)
  return marks
    .map((mark) => ({ mark, bits: Math.min(bits, ...seen.map((hash) => distance(hash, hashOf(mark)))) }))
    .filter((one) => one.bits <= nearBits)
    .toSorted((a, b) => a.bits - b.bits || a.mark.kind.localeCompare(b.mark.kind))
    .map(({ mark }) => mark)
}
