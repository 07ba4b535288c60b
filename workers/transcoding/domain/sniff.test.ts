import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byteLimits, identify, isPolyglot, sniff, sniffHead } from './sniff.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'heliograph-sniff-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const bytes = (text: string) => Buffer.from(text.padEnd(64, '\0'), 'latin1')
const box = (brands: string) => bytes(`\0\0\0\x18ftyp${brands.slice(0, 4)}\0\0\0\0${brands.slice(4)}`)

test.each([
  ['JPEG', bytes('\xff\xd8\xff\xe0\0\x10JFIF'), 'JPEG'],
  ['PNG', bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'PNG'],
  ['WebP', bytes('RIFF\x10\0\0\0WEBPVP8X'), 'WEBP'],
  ['GIF', bytes('GIF89a'), 'GIF'],
  ['AVIF', box('avifmif1'), 'AVIF'],
  ['AVIF with a general major brand', box('mif1avif'), 'AVIF'],
  ['MP4', box('isomiso2'), 'MP4'],
  ['MP4 of a phone', box('mp42isom'), 'MP4'],
  ['QuickTime', box('qt  qt  '), 'MOV'],
  ['WebM', bytes('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm'), 'WEBM'],
  ['Matroska', bytes('\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska'), 'MATROSKA'],
  ['text', bytes('Dear sir, this is no picture at all.'), null],
  ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), null],
  ['SVG with a prolog', bytes('<?xml version="1.0"?><svg/>'), null],
  ['HLS playlist', bytes('#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/'), null],
  ['PDF', bytes('%PDF-1.7'), null],
  ['ZIP', bytes('PK\x03\x04'), null],
  ['TIFF', bytes('II*\0'), null],
  ['WAV', bytes('RIFF\x10\0\0\0WAVEfmt '), 'WAV'],
  ['AVI', bytes('RIFF\x10\0\0\0AVI LIST'), null],
  ['M4A', box('M4A mp42'), 'MP4'],
  ['HEIC', box('heicmif1'), 'HEIC'],
  ['half a PNG signature', bytes('\x89PNG\r\n'), null],
  ['EBML of another type', bytes('\x1a\x45\xdf\xa3\x9f\x42\x82\x84evil'), null],
  ['too short', Buffer.from([0xff, 0xd8, 0xff]), null],
])('sniffs %s', (_, head, format) => {
  expect(sniffHead(head)?.format ?? null).toBe(format)
})

test.each([
  ['a page in a comment', bytes('\xff\xd8\xff\xfe<script>alert(1)</script>'), bytes('')],
  ['a script after the picture', bytes('GIF89a'), bytes('<?php system($_GET["c"]); ?>')],
  ['a PDF after a JPEG header', bytes('\xff\xd8\xff\xe0%PDF-1.4'), bytes('')],
  ['a playlist inside a video', bytes('\0\0\0\x18ftypisom#EXTM3U'), bytes('')],
  ['a ZIP at the end', bytes('\xff\xd8\xff'), Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`, 'latin1')],
])('refuses a polyglot: %s (M1)', (_, head, tail) => {
  expect(isPolyglot(head, tail)).toBe(true)
})

test('a ZIP signature by chance is no polyglot', () => {
  expect(isPolyglot(bytes('\xff\xd8\xff'), bytes(`PK\x05\x06${'x'.repeat(40)}`))).toBe(false)
})

test('a name proves nothing', async () => {
  const path = join(dir, 'letter.jpg')
  await writeFile(path, 'This is a letter, whatever it calls itself.')
  expect(await sniff(path)).toBeNull()
  await expect(identify(path, 'image/jpeg')).rejects.toMatchObject({ code: 'UNSUPPORTED_TYPE' })
})

test('empty, mismatched and oversized files are refused with their codes', async () => {
  const path = join(dir, 'upload')
  await writeFile(path, '')
  expect(await sniff(path)).toBeNull()
  await expect(identify(path, 'image/jpeg')).rejects.toMatchObject({ code: 'EMPTY' })
  await writeFile(path, bytes('\xff\xd8\xff\xe0\0\x10JFIF'))
  await expect(identify(path, 'video/mp4')).rejects.toMatchObject({ code: 'UNSUPPORTED_TYPE' })
  expect(await identify(path, 'image/jpeg')).toEqual({ kind: 'IMAGE', format: 'JPEG' })
  await truncate(path, byteLimits.IMAGE + 1)
  await expect(identify(path, 'image/jpeg')).rejects.toMatchObject({ code: 'TOO_LARGE' })
})
