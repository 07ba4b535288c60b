import { open } from 'node:fs/promises'
import { MediaFailure } from './failure.ts'

type ImageFormat = 'JPEG' | 'PNG' | 'WEBP' | 'AVIF' | 'HEIC' | 'GIF'
export type VideoFormat = 'MP4' | 'MOV' | 'WEBM' | 'MATROSKA'
/** Containers of sound alone; sound also comes in those of videos. */
export type AudioFormat = 'MP3' | 'OGG' | 'WAV' | VideoFormat
export type Sniffed =
  | { kind: 'IMAGE'; format: ImageFormat }
  | { kind: 'VIDEO'; format: VideoFormat }
  | { kind: 'AUDIO'; format: AudioFormat }

/** Upload sizes the worker accepts, in bytes. */
export const byteLimits = { IMAGE: 30 * 1024 ** 2, VIDEO: 1024 ** 3, AUDIO: 50 * 1024 ** 2 } as const

const WINDOW = 64 * 1024

const image = (format: ImageFormat): Sniffed => ({ kind: 'IMAGE', format })
const audio = (format: AudioFormat): Sniffed => ({ kind: 'AUDIO', format })
const video = (format: VideoFormat): Sniffed => ({ kind: 'VIDEO', format })

/** ISO-BMFF brands of single HEVC pictures; `mif1` says nothing of the codec, which stands behind it. */
const HEIC_BRANDS = new Set(['heic', 'heix'])

/** ISO-BMFF brands that are video. */
const MP4_BRANDS = /^(isom|iso[2-9]|mp4[12]|avc1|hvc1|M4V.|M4VH|dash|MSNV|mmp4|3g[pg2].|f4v )$/

function sniffIsoMedia(head: Buffer): Sniffed | null {
  const end = Math.min(head.readUInt32BE(0), head.length)
  if (end < 16) return null
  const brands = [head.toString('latin1', 8, 12)]
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.toString('latin1', at, at + 4))
  const [major] = brands
  if (major === 'avif' || major === 'avis') return image('AVIF')
  if (major === 'mif1' && brands.includes('avif')) return image('AVIF')
  if (major !== undefined && HEIC_BRANDS.has(major)) return image('HEIC')
  if (major === 'mif1' && brands.some((brand) => HEIC_BRANDS.has(brand))) return image('HEIC')
  if (major === 'M4A ' || major === 'M4B ') return audio('MP4')
  if (major === 'qt  ') return video('MOV')
  if (major !== undefined && MP4_BRANDS.test(major)) return video('MP4')
  return null
}

/** A frame header of MPEG audio layer III: sync, a known version, bit rate and sampling rate (ISO 11172-3 §2.4.2.3). */
function isMp3Frame(head: Buffer): boolean {
  const [sync = 0, version = 0, rates = 0] = head
  const layer3 = (version & 0xe6) === 0xe2 && (version & 0x18) !== 0x08
  return sync === 0xff && layer3 && rates >> 4 !== 0 && rates >> 4 !== 15 && (rates & 0x0c) !== 0x0c
}

/** The document type stands in the EBML header as element 0x4282 with a one-byte length. */
function sniffMatroska(head: Buffer): Sniffed | null {
  const at = head.subarray(0, 128).indexOf(Buffer.from([0x42, 0x82]))
  if (at < 0) return null
  const length = (head[at + 2] ?? 0) & 0x7f
  const docType = head.toString('latin1', at + 3, at + 3 + length).replace(/\0+$/, '')
  if (docType === 'webm') return video('WEBM')
  return docType === 'matroska' ? video('MATROSKA') : null
}

/**
 * Names the format from a file's first bytes, or null when it is none of ours: text, SVG, HLS playlists, PDF.
 * The structure behind the magic number is looked at too, since a script can begin with `GIF89a`.
 */
export function sniffHead(head: Buffer): Sniffed | null {
  if (head.length < 16) return null
  const text = head.toString('latin1', 0, 16)
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff && (head[3] ?? 0) >= 0xc0) return image('JPEG')
  if (text.startsWith('\x89PNG\r\n\x1a\n') && text.endsWith('IHDR')) return image('PNG')
  if (text.startsWith('RIFF') && /^WEBPVP8[ LX]$/.test(text.slice(8))) return image('WEBP')
  if (/^GIF8[79]a/.test(text)) return image('GIF')
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WAVE') return audio('WAV')
  if (text.startsWith('OggS\0')) return audio('OGG')
  if (text.startsWith('ID3') || isMp3Frame(head)) return audio('MP3')
  if (text.slice(4, 8) === 'ftyp') return sniffIsoMedia(head)
  if (head.readUInt32BE(0) === 0x1a45dfa3) return sniffMatroska(head)
  return null
}

/**
 * True when a file is a second thing besides media: a page, a script, a PDF or a ZIP that also begins like a picture. Renditions
 * are drawn anew, so nothing of it would survive; it is refused because nobody makes one by accident.
 */
export function isPolyglot(head: Buffer, tail: Buffer): boolean {
  const markup = /<(script|html|svg|iframe|!doctype|\?php)[\s>]|#EXTM3U/i
  if (markup.test(head.toString('latin1')) || markup.test(tail.toString('latin1'))) return true
  if (head.subarray(0, 1024).includes('%PDF-')) return true
  // A ZIP is read from its end: the record's comment must reach exactly to the last byte.
  const zip = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  return zip >= 0 && zip + 22 <= tail.length && zip + 22 + tail.readUInt16LE(zip + 20) === tail.length
}

type Ends = { head: Buffer; tail: Buffer; byteSize: number }

async function readEnds(path: string): Promise<Ends> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const length = Math.min(size, WINDOW)
  const head = Buffer.alloc(length)
  const tail = Buffer.alloc(length)
  await file.read(head, 0, length, 0)
  await file.read(tail, 0, length, size - length)
  return { head, tail, byteSize: size }
}

/** What the file at `path` is by its own bytes, or null when it is nothing we process. */
export async function sniff(path: string): Promise<Sniffed | null> {
  const { head, tail } = await readEnds(path)
  const sniffed = sniffHead(head)
  return sniffed && !isPolyglot(head, tail) ? sniffed : null
}

/**
 * Admits a file to processing. `contentType` is what its uploader declared; its family must agree with the bytes.
 * @throws MediaFailure EMPTY, UNSUPPORTED_TYPE or TOO_LARGE
 */
export async function identify(path: string, contentType: string): Promise<Sniffed> {
  const { head, tail, byteSize } = await readEnds(path)
  if (byteSize === 0) throw new MediaFailure('EMPTY')
  const sniffed = sniffHead(head)
  if (!sniffed) throw new MediaFailure('UNSUPPORTED_TYPE', 'no known magic bytes')
  if (isPolyglot(head, tail))
    throw new MediaFailure('UNSUPPORTED_TYPE', `${sniffed.format} with a second format in it`)
  const family = contentType.split('/', 1)[0]?.trim().toLowerCase()
  // Recorders of sound use the containers of videos.
  const found = family === 'audio' && sniffed.kind === 'VIDEO' ? audio(sniffed.format) : sniffed
  if (family !== found.kind.toLowerCase()) {
    throw new MediaFailure('UNSUPPORTED_TYPE', `declared ${contentType}, found ${sniffed.format}`)
  }
  if (byteSize > byteLimits[found.kind]) throw new MediaFailure('TOO_LARGE', `${byteSize} bytes`)
  return found
}
