// Fragments of MP4 (ISO 14496-12) that were encoded apart and are to follow each other in one stream: each begins to count at zero,
// so its decode times and numbers are moved.
import { MediaFailure } from './failure.ts'

type Box = { type: string; start: number; end: number }

/** The boxes of one level between two offsets. */
function* boxesOf(bytes: Buffer, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const size = bytes.readUInt32BE(at)
    const end = size === 0 ? to : at + size
    if (size === 1 || end > to || end < at + 8) throw new MediaFailure('INTERNAL', 'a fragment is no MP4')
    yield { type: bytes.toString('latin1', at + 4, at + 8), start: at + 8, end }
    at = end
  }
}

/** Ticks a second of the only track of an initialisation segment (`mdhd`). */
export function timescaleOf(init: Buffer): number {
  const at = init.indexOf('mdhd', 0, 'latin1')
  if (at < 0) throw new MediaFailure('INTERNAL', 'no mdhd in the initialisation segment')
  return init.readUInt32BE(at + (init[at + 4] === 1 ? 24 : 16))
}

function moveTime(bytes: Buffer, box: Box, at: number, ticks: bigint): void {
  if (bytes[box.start] === 1) bytes.writeBigUInt64BE(bytes.readBigUInt64BE(at) + ticks, at)
  else bytes.writeUInt32BE(Number(BigInt(bytes.readUInt32BE(at)) + ticks), at)
}

/** A fragment `ticks` later, numbered from `sequence` on; `bytes` are changed in place. */
export function moveFragment(bytes: Buffer, ticks: bigint, sequence: number): Buffer {
  let next = sequence
  for (const box of boxesOf(bytes, 0, bytes.length)) {
    // Version and flags, reference id and timescale stand before the earliest presentation time.
    if (box.type === 'sidx') moveTime(bytes, box, box.start + 12, ticks)
    if (box.type !== 'moof') continue
    for (const part of boxesOf(bytes, box.start, box.end)) {
      if (part.type === 'mfhd') bytes.writeUInt32BE(next++, part.start + 4)
      if (part.type !== 'traf') continue
      for (const leaf of boxesOf(bytes, part.start, part.end)) {
        if (leaf.type === 'tfdt') moveTime(bytes, leaf, leaf.start + 4, ticks)
      }
    }
  }
  return bytes
}
