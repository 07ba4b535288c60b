import { expect, test } from 'vitest'
import { ladderFor } from './ladder.ts'
import {
  masterPlaylist,
  measureBitRates,
  parseMediaPlaylist,
  readAvcCodec,
  type Variant,
} from './playlist.ts'

const frameRate = { frames: 30000, seconds: 1001 }
const variants: Variant[] = ladderFor({ width: 640, height: 360, frameRate }).map((rung, at) => ({
  ...{ rung, codec: 'avc1.4d401e', init: `${rung.name}/init_${at}.mp4`, seconds: 8 },
  ...{ peakBitRate: 300_000 + at, averageBitRate: 200_000 + at },
}))

test('reads segments and their lengths', () => {
  const text =
    '#EXTM3U\n#EXT-X-MAP:URI="init_0.mp4"\n#EXTINF:4.000000,\n00000.m4s\n#EXTINF:1.28,\n00001.m4s\n#EXT-X-ENDLIST\n'
  expect(parseMediaPlaylist(text)).toEqual([
    { path: '00000.m4s', seconds: 4 },
    { path: '00001.m4s', seconds: 1.28 },
  ])
})

test('bit rates are those of the files', () => {
  const segments = [
    { path: 'a', seconds: 4 },
    { path: 'b', seconds: 1 },
  ]
  expect(measureBitRates(segments, [1000, 500])).toEqual({ peak: 4000, average: 2400 })
})

test('reads the codec out of the initialisation segment', () => {
  const init = Buffer.concat([
    Buffer.from('\0\0\0\x2davcC', 'latin1'),
    Buffer.from([1, 0x64, 0x00, 0x1f, 0xff]),
  ])
  expect(readAvcCodec(init)).toBe('avc1.64001f')
  expect(() => readAvcCodec(Buffer.from('nothing'))).toThrow()
})

test('the master playlist of a silent video', () => {
  expect(masterPlaylist(variants, frameRate, null)).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=300000,AVERAGE-BANDWIDTH=200000,CODECS="avc1.4d401e",RESOLUTION=426x240,FRAME-RATE=29.970
240p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=300001,AVERAGE-BANDWIDTH=200001,CODECS="avc1.4d401e",RESOLUTION=640x360,FRAME-RATE=29.970
360p/index.m3u8
`)
})

test('sound is one rendition that every rung shares', () => {
  const audio = {
    folder: 'audio',
    init: 'audio/init_2.mp4',
    seconds: 8,
    peakBitRate: 1000,
    averageBitRate: 500,
  }
  const text = masterPlaylist(variants, frameRate, audio)
  expect(text).toContain('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound"')
  expect(text).toContain('URI="audio/index.m3u8"')
  expect(text.match(/CODECS="avc1.4d401e,mp4a.40.2".*AUDIO="sound"/g)).toHaveLength(2)
  expect(text).toContain('BANDWIDTH=301000,AVERAGE-BANDWIDTH=200500')
})
