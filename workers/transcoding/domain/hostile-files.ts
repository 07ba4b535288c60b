// Files that mean harm, or met with an accident: made here, the same ones every time.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { ffmpeg, phoneJpeg, pixelBomb, quarters, quartersGraph, scratch } from './fixtures.ts'
import { heic } from './heic-fixture.ts'

/** One upload. `verdict`: FAILED where anything else would be a fault; ANY where the file may still be one that can be shown. */
export type HostileFile = {
  name: string
  contentType: string
  make: () => Buffer
  verdict: 'FAILED' | 'ANY'
}

/** Numbers from 0 on below 2³², the same ones for a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

type Base = { name: string; contentType: string; bytes: Buffer }

const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

/** A second of picture and sound, as ffmpeg writes it into a file of this name. */
async function film(name: string, ...args: string[]): Promise<Buffer> {
  await using dir = await scratch()
  const path = join(dir.path, name)
  const inputs = ['-f', 'lavfi', '-i', quartersGraph(160, 120), '-f', 'lavfi', '-i', 'sine']
  await ffmpeg(...inputs, '-t', '1', ...args, path)
  return await readFile(path)
}

/** Sound files of every format that is taken. */
async function baseFiles(): Promise<Base[]> {
  const picture = sharp(await quarters(160, 120).png().toBuffer())
  return [
    { name: 'jpeg', contentType: 'image/jpeg', bytes: await phoneJpeg(6, 160, 120) },
    { name: 'png', contentType: 'image/png', bytes: await picture.clone().png().toBuffer() },
    { name: 'webp', contentType: 'image/webp', bytes: await picture.clone().webp().toBuffer() },
    { name: 'gif', contentType: 'image/gif', bytes: await picture.clone().gif().toBuffer() },
    { name: 'avif', contentType: 'image/avif', bytes: await picture.clone().avif({ effort: 0 }).toBuffer() },
    { name: 'heic', contentType: 'image/heic', bytes: await heic(quartersGraph(160, 120), 160, 120) },
    { name: 'mp4', contentType: 'video/mp4', bytes: await film('a.mp4', ...x264) },
    { name: 'mov', contentType: 'video/quicktime', bytes: await film('a.mov', ...x264) },
    {
      name: 'webm',
      contentType: 'video/webm',
      bytes: await film('a.webm', '-c:v', 'libvpx', '-c:a', 'libopus'),
    },
    { name: 'm4a', contentType: 'audio/mp4', bytes: await film('a.m4a', '-vn') },
    { name: 'wav', contentType: 'audio/wav', bytes: await film('a.wav', '-vn') },
  ]
}

const flipped = (bytes: Buffer, seed: number): Buffer => {
  const next = numbers(seed)
  const copy = Buffer.from(bytes)
  for (let left = 1 + (next() % 8); left > 0; left--) {
    const at = next() % copy.length
    copy[at] = (copy[at] ?? 0) ^ (1 << (next() % 8))
  }
  return copy
}

/** A ZIP of nothing: the record that ends one. */
const zipEnd = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)])

function polyglots(url: string, bases: readonly Base[]): HostileFile[] {
  const parts: [string, Buffer][] = [
    ['a page', Buffer.from('<html><script>alert(1)</script></html>')],
    ['a PHP script', Buffer.from('<?php system($_GET["c"]); ?>')],
    ['a ZIP', zipEnd],
    ['a playlist', Buffer.from(`\n#EXTM3U\n#EXTINF:1,\n${url}\n`)],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ]
  return bases.flatMap(({ name, contentType, bytes }) =>
    parts.map(
      ([what, part]): HostileFile => ({
        name: `${name} and ${what}`,
        contentType,
        make: () => Buffer.concat([bytes, part]),
        verdict: 'FAILED',
      }),
    ),
  )
}

/** Sizes in headers that nobody could decode. */
function bombs(bases: readonly Base[]): HostileFile[] {
  const of = (name: string) => bases.find((base) => base.name === name)?.bytes ?? Buffer.alloc(0)
  const jpeg = (side: number) => {
    const copy = Buffer.from(of('jpeg'))
    const frame = copy.indexOf(Buffer.from([0xff, 0xc0]))
    copy.writeUInt16BE(side, frame + 5)
    copy.writeUInt16BE(side, frame + 7)
    return copy
  }
  const gif = () => {
    const copy = Buffer.from(of('gif'))
    for (const at of [6, 8]) copy.writeUInt16LE(65_535, at)
    return copy
  }
  const ispe = (name: string) => {
    const copy = Buffer.from(of(name))
    const at = copy.indexOf('ispe') + 8
    for (const side of [at, at + 4]) copy.writeUInt32BE(60_000, side)
    return copy
  }
  const one = (name: string, contentType: string, make: () => Buffer): HostileFile => ({
    ...{ name, contentType, make },
    verdict: 'FAILED',
  })
  return [
    ...[8_192, 16_384, 30_000].map((side) =>
      one(`PNG of ${side} a side`, 'image/png', () => pixelBomb(side)),
    ),
    ...[20_000, 65_535].map((side) => one(`JPEG of ${side} a side`, 'image/jpeg', () => jpeg(side))),
    { ...one('GIF of 65535 a side', 'image/gif', gif), verdict: 'ANY' },
    one('AVIF of 60000 a side', 'image/avif', () => ispe('avif')),
    { ...one('HEIC of 60000 a side', 'image/heic', () => ispe('heic')), verdict: 'ANY' },
  ]
}

/** What asks whoever opens it to fetch something; `url` must never be asked. */
function fetchers(url: string, bases: readonly Base[]): HostileFile[] {
  const mp4 = bases.find((base) => base.name === 'mp4')?.bytes ?? Buffer.alloc(0)
  const elsewhere = () => {
    // A track whose pictures lie "elsewhere" (ISO 14496-12 §8.7.2): the flag for "in this file" is taken away, an address given.
    const at = mp4.indexOf('dref')
    const address = Buffer.from(`${url}\0`)
    const entry = Buffer.concat([Buffer.alloc(4), Buffer.from('url '), Buffer.alloc(4), address])
    entry.writeUInt32BE(entry.length, 0)
    const grown = Buffer.concat([mp4.subarray(0, at + 12), entry, mp4.subarray(at + 24)])
    return grown
  }
  const texts: [string, string, string][] = [
    [
      'an HLS playlist',
      'video/mp4',
      `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`,
    ],
    [
      'an HLS playlist with a key',
      'video/mp4',
      `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="${url}"\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n`,
    ],
    ['a list of files', 'video/mp4', `ffconcat version 1.0\nfile '${url}'\nfile '/etc/passwd'\n`],
    [
      'a DASH manifest',
      'video/mp4',
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>${url}</BaseURL></Period></MPD>`,
    ],
    [
      'a session description',
      'video/mp4',
      `v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=control:${url}\n`,
    ],
    [
      'an SVG with a picture',
      'image/png',
      `<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}" width="9" height="9"/></svg>`,
    ],
    ['an SVG with an entity', 'image/jpeg', `<!DOCTYPE svg [<!ENTITY x SYSTEM "${url}">]><svg>&x;</svg>`],
    ['PostScript', 'image/png', `%!PS-Adobe-3.0\n(${url}) (r) file\n`],
    [
      'a QuickTime link',
      'video/quicktime',
      `<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?><embed src="${url}"/>`,
    ],
    ['MVG', 'image/png', `push graphic-context\nfill 'url(${url})'\npop graphic-context\n`],
  ]
  const named = texts.map(
    ([name, contentType, text]): HostileFile => ({
      ...{ name, contentType, make: () => Buffer.from(text) },
      verdict: 'FAILED',
    }),
  )
  // Behind the magic bytes of a film, too.
  const wrapped = texts.slice(0, 3).map(
    ([name, , text]): HostileFile => ({
      name: `${name} behind an ftyp box`,
      contentType: 'video/mp4',
      make: () => Buffer.concat([mp4.subarray(0, mp4.readUInt32BE(0)), Buffer.from(text)]),
      verdict: 'FAILED',
    }),
  )
  return [
    ...named,
    ...wrapped,
    {
      name: 'a film whose pictures lie elsewhere',
      contentType: 'video/mp4',
      make: elsewhere,
      verdict: 'ANY',
    },
  ]
}

/** Formats that we do not take, and names that are not true. */
function strangers(bases: readonly Base[]): HostileFile[] {
  const heads: [string, string, string][] = [
    ['PDF', 'image/png', '%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n'],
    ['TIFF', 'image/jpeg', 'II*\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'],
    ['BMP', 'image/png', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0'],
    ['PSD', 'image/png', '8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x01\0\0\0\x01\0\x08\0\x03'],
    ['ICO', 'image/png', '\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x16\0\0\0'],
    ['FLV', 'video/mp4', 'FLV\x01\x05\0\0\0\x09\0\0\0\0\x09\0\0\0\0\0\0\0\0'],
    ['AVI', 'video/mp4', 'RIFF\x10\0\0\0AVI LIST\x04\0\0\0hdrl\0\0\0\0'],
    ['MPEG-TS', 'video/mp4', 'G@\0\x10\0\0\xb0\x0d\0\x01\xc1\0\0\0\x01\xf0\0'],
    ['ELF', 'video/mp4', '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0'],
    ['MIDI', 'audio/mpeg', 'MThd\0\0\0\x06\0\x01\0\x01\0\x60MTrk\0\0\0\x04'],
    ['a script that begins like a GIF', 'image/gif', 'GIF89a/*\0*/=1;alert(1)//aaaaaaaaaaaaaaaaaaaa'],
    ['nothing but NUL', 'image/jpeg', '\0'.repeat(4_096)],
    ['one byte', 'image/jpeg', '\xff'],
    ['the magic bytes of a JPEG alone', 'image/jpeg', '\xff\xd8\xff\xe0'],
    ['the magic bytes of a PNG alone', 'image/png', '\x89PNG\r\n\x1a\n'],
  ]
  const wrong = bases.flatMap((base): HostileFile[] =>
    bases
      .filter((other) => other.contentType.split('/')[0] !== base.contentType.split('/')[0])
      // Sound in a film's container is sound when it says so.
      .filter((other) => !(other.contentType.startsWith('audio/') && base.contentType.startsWith('video/')))
      .slice(0, 4)
      .map((other) => ({
        name: `${base.name} that calls itself ${other.contentType}`,
        contentType: other.contentType,
        make: () => base.bytes,
        verdict: 'FAILED',
      })),
  )
  const named = heads.map(
    ([name, contentType, text]): HostileFile => ({
      ...{ name, contentType, make: () => Buffer.from(text, 'latin1') },
      verdict: 'FAILED',
    }),
  )
  return [...named, ...wrong]
}

/** What every decoder that nobody needs would be: codecs that are not taken, in formats that are. */
const oddCodecs: readonly [ending: string, contentType: string, of: 'v' | 'a', codecs: string[]][] = [
  ['mp4', 'video/mp4', 'v', ['mpeg2video', 'mjpeg']],
  ['mov', 'video/quicktime', 'v', ['prores_ks', 'qtrle', 'rawvideo', 'png', 'svq1', 'cinepak']],
  ['mkv', 'video/webm', 'v', ['ffv1', 'huffyuv', 'flv', 'wmv2', 'msmpeg4', 'mpeg1video']],
  ['jpg', 'image/jpeg', 'v', ['ljpeg', 'jpegls', 'jpeg2000']],
  ['mp4', 'video/mp4', 'a', ['ac3']],
  ['mov', 'video/quicktime', 'a', ['alac']],
  ['mkv', 'video/webm', 'a', ['flac', 'wmav2']],
  ['m4a', 'audio/mp4', 'a', ['alac']],
  ['ogg', 'audio/ogg', 'a', ['flac']],
  ['wav', 'audio/wav', 'a', ['adpcm_ms', 'adpcm_ima_wav', 'pcm_mulaw', 'pcm_u8']],
]

/** Whole files in each of these codecs. */
async function oddFiles(): Promise<HostileFile[]> {
  const others: Record<string, string[]> = {
    image: ['-an', '-frames:v', '1', '-update', '1', '-strict', 'unofficial', '-f', 'image2'],
    video: [],
    audio: ['-vn'],
  }
  const files: HostileFile[] = []
  for (const [ending, contentType, of, codecs] of oddCodecs) {
    const [family = ''] = contentType.split('/')
    const rest = [...(of === 'a' && family === 'video' ? x264 : []), ...(others[family] ?? [])]
    for (const codec of codecs) {
      const bytes = await film(`a.${ending}`, ...rest, `-c:${of}`, codec)
      files.push({ name: `${contentType} in ${codec}`, contentType, make: () => bytes, verdict: 'FAILED' })
    }
  }
  return files
}

function damaged(bases: readonly Base[], flips: number): HostileFile[] {
  const cut = bases.flatMap(({ name, contentType, bytes }) =>
    [0.02, 0.3, 0.6, 0.95].map(
      (share): HostileFile => ({
        name: `${name} cut at ${share * 100} %`,
        contentType,
        make: () => bytes.subarray(0, Math.max(1, Math.floor(bytes.length * share))),
        verdict: 'ANY',
      }),
    ),
  )
  const noise = bases.map(
    ({ name, contentType, bytes }): HostileFile => ({
      name: `${name} whose second half is noise`,
      contentType,
      make: () => {
        const next = numbers(bytes.length)
        const copy = Buffer.from(bytes)
        for (let at = copy.length >> 1; at < copy.length; at++) copy[at] = next() & 255
        return copy
      },
      verdict: 'ANY',
    }),
  )
  const bits = Array.from({ length: flips }, (_, seed): HostileFile => {
    const { name, contentType, bytes } = bases[seed % bases.length] as Base
    return {
      name: `${name} with bits flipped, ${seed}`,
      contentType,
      make: () => flipped(bytes, seed),
      verdict: 'ANY',
    }
  })
  return [...cut, ...noise, ...bits]
}

/**
 * The whole corpus: `asking` would fetch something, `odd` are sound files in codecs that are not taken, `others` are everything
 * else, in a fixed order.
 * @param url an address that must never be asked
 * @param flips how many files have bits flipped
 */
export async function hostileFiles(
  url: string,
  flips: number,
): Promise<{ asking: HostileFile[]; odd: HostileFile[]; others: HostileFile[] }> {
  const bases = await baseFiles()
  return {
    asking: fetchers(url, bases),
    odd: await oddFiles(),
    others: [...polyglots(url, bases), ...bombs(bases), ...strangers(bases), ...damaged(bases, flips)],
  }
}
