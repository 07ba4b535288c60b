// Playlists of private videos: what is signed, and what a token is worth.
import { expect, test } from 'vitest'
import { playlistUrl, readPlaylistToken, renderPlaylist, rewritePlaylist } from './playlist.ts'
import { createSigner } from './secrets.ts'

const signer = createSigner('a secret for tests', 'playlist')
const folder = 'private/media/media_1/hash'
const payload = { key: `${folder}/master.m3u8`, expiresAt: 2_000 }
const tokenOf = (url: string) => url.slice(url.lastIndexOf('/') + 1)

test('a token is read back until it ends, and by its own signature only', () => {
  const url = playlistUrl(signer, 'http://localhost:4000/', payload)
  expect(url).toMatch(/^http:\/\/localhost:4000\/media\/hls\/[\w-]+\.[\w-]{22}\.m3u8$/)
  const token = tokenOf(url)
  expect(readPlaylistToken(signer, token, 1_999)).toEqual(payload)
  expect(readPlaylistToken(signer, token, 2_000)).toBeNull()
  expect(readPlaylistToken(createSigner('a secret for tests', 'cursor'), token, 0)).toBeNull()
  const other = Buffer.from(JSON.stringify({ ...payload, expiresAt: 9e15 })).toString('base64url')
  expect(readPlaylistToken(signer, token.replace(/^[^.]+/, other), 0)).toBeNull()
  for (const broken of ['', '.', 'a.b.m3u8', `${token}.m3u8`, token.replace('.m3u8', '')]) {
    expect(readPlaylistToken(signer, broken, 0)).toBeNull()
  }
})

test('every address of a playlist is replaced, sub-playlists by tokens that end with theirs', async () => {
  const files: Record<string, string> = {
    [`${folder}/master.m3u8`]: [
      '#EXTM3U',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",URI="audio/index.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=1',
      '240p/index.m3u8',
      '',
    ].join('\n'),
    [`${folder}/240p/index.m3u8`]:
      '#EXTM3U\n#EXT-X-MAP:URI="init_0.mp4"\n#EXTINF:4.0,\n00000.m4s\n#EXT-X-ENDLIST\n',
  }
  const storage = {
    readText: async (key: string) => files[key] ?? '',
    urlOf: (key: string) => `http://store/${key}?X-Amz-Signature=1`,
  }
  const master = (await renderPlaylist({ storage, signer }, payload)).split('\n')
  const audio = /URI="([^"]+)"/.exec(master[1] ?? '')?.[1] ?? ''
  expect(readPlaylistToken(signer, audio, 0)).toEqual({ key: `${folder}/audio/index.m3u8`, expiresAt: 2_000 })
  const rung = readPlaylistToken(signer, master[3] ?? '', 0)
  expect(rung).toEqual({ key: `${folder}/240p/index.m3u8`, expiresAt: 2_000 })
  expect(rung && (await renderPlaylist({ storage, signer }, rung))).toBe(
    [
      '#EXTM3U',
      `#EXT-X-MAP:URI="http://store/${folder}/240p/init_0.mp4?X-Amz-Signature=1"`,
      '#EXTINF:4.0,',
      `http://store/${folder}/240p/00000.m4s?X-Amz-Signature=1`,
      '#EXT-X-ENDLIST',
      '',
    ].join('\n'),
  )
})

test('nothing outside the folder is signed', async () => {
  const sign = async (key: string) => key
  for (const address of ['../other/init.mp4', '/../../x', 'a/../../b.m4s']) {
    await expect(rewritePlaylist(`${address}\n`, payload.key, sign)).rejects.toThrow('outside')
  }
})
