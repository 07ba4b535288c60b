// From the deletion of a post to the cache's letting go of what it showed, with nothing in between but the product.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { readConfig } from '#platform/config.ts'
import { startWorker } from '#platform/worker.ts'
import { startContent } from '#subgraphs/content/fixtures.ts'
import { testEnvironment } from '../../tests/platform.ts'
import { phoneJpeg } from '../../workers/transcoding/domain/fixtures.ts'
import { transcoding } from '../../workers/transcoding/main.ts'
import { startCache } from './cache.ts'

const patience = { timeout: 30_000 }
const purgeToken = 'a secret of the house'

test('a deleted post’s pictures are gone from the cache too, and those of another post stay (M6)', async () => {
  const namespace = `t${randomBytes(5).toString('hex')}`
  const origin = `${readConfig(testEnvironment()).s3.endpoint}/${namespace}-media`
  await using cache = await startCache({ origin, purgeToken, maxBytes: 10_000_000 })
  const content = await startContent({ namespace, cdn: { url: cache.url, purgeToken } })
  await using _ = content.stack
  await startWorker(content.platform, transcoding, content.stack)

  const alice = await content.account()
  const posted = async (orientation: number) => {
    const mediaId = await content.uploads(alice, await phoneJpeg(orientation), 'image/jpeg')
    const { post } = await alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
    await expect.poll(async () => (await content.row(mediaId))?.exposure, patience).toBe('public')
    const row = await content.row(mediaId)
    return {
      postId: post.id as string,
      urls: (row?.renditions ?? []).map(({ key }) => content.platform.storage.urlOf(key)),
    }
  }
  const look = async (urls: readonly string[]) =>
    new Set(
      await Promise.all(
        urls.map(async (url) => {
          const answer = await fetch(url)
          await answer.arrayBuffer()
          return `${answer.status} ${answer.headers.get('x-cache')}`
        }),
      ),
    )
  const [gone, kept] = [await posted(1), await posted(3)]
  for (const { urls } of [gone, kept]) {
    expect(urls.length).toBeGreaterThan(2)
    expect(urls.every((url) => url.startsWith(cache.url))).toBe(true)
    expect(await look(urls)).toEqual(new Set(['200 MISS']))
    expect(await look(urls)).toEqual(new Set(['200 HIT']))
  }
  await alice.does('deletePost', { postId: gone.postId })
  const statuses = async () =>
    new Set(await Promise.all(gone.urls.map(async (url) => (await fetch(url)).status)))
  await expect.poll(statuses, patience).toEqual(new Set([404]))
  expect(await look(kept.urls)).toEqual(new Set(['200 HIT']))
})
