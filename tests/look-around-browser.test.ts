// Looking around as people do it: reels, explore, search with filters, and what comments show; in Chromium, against the whole system.
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operationIds } from '../web/src/operation-ids.gen.ts'
import * as op from '../web/src/operations.gen.ts'
import { desktop, openAs, phone, startBrowser } from './chromium.ts'
import type { Person } from './person.ts'
import { drawnFilm, picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('looking around in a browser', () => {
  let system: System
  let browser: Browser
  let author: Person
  let viewer: Person
  let page: Page
  let photograph: { id: string }
  const reels: string[] = []
  const failures: string[] = []

  beforeAll(async () => {
    browser = await startBrowser()
    system = await startSystem()
    author = await system.signsUp('arno')
    viewer = await system.signsUp('vera')
    await system.proves(author, viewer)
    const film = await drawnFilm(1)
    const films = [await author.uploads(film, 'video/mp4'), await author.uploads(film, 'video/mp4')]
    const pictureId = await author.uploads(await picture('#2f6f8f'), 'image/jpeg')
    await system.settle()
    photograph = await author.posts([pictureId], 'A blue wall in spring #walls')
    for (const [i, mediaId] of films.entries()) {
      const input = {
        mediaIds: [mediaId],
        kind: 'REEL' as const,
        caption: `Colours, part ${i + 1}, in spring`,
      }
      const { createPost } = await author.does(op.CreatePostDocument, { input })
      reels.push(createPost.post?.id ?? '')
    }
    await system.settle()
    page = await openAs(browser, viewer, phone)
    page.on('pageerror', (error) => failures.push(error.stack ?? error.message))
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await system?.[Symbol.asyncDispose]()
  })

  test('reels play one at a time, the next one is fetched ahead, and the time watched is kept', async () => {
    const fetched: string[] = []
    page.on('request', (request) => fetched.push(request.url()))
    await page.goto('/')
    await page.getByRole('link', { name: 'Reels' }).click()
    const reel = page.getByRole('article', { name: 'Reel by arno' })
    await reel.first().waitFor()
    expect(await reel.count()).toBe(2)
    const playing = (index: number) =>
      reel
        .nth(index)
        .locator('video')
        .evaluate((video) => !Reflect.get(video, 'paused') && Reflect.get(video, 'currentTime') > 0)
    await expect.poll(() => playing(0), { timeout: 20_000 }).toBe(true)
    expect(await playing(1)).toBe(false)
    // The second is not looked at yet, and its playlist is there.
    const playlists = () =>
      new Set(
        fetched
          .map((url) => new URL(url).pathname)
          .filter((path) => path.endsWith('.m3u8'))
          .map((path) => path.split('/').slice(0, -1).join('/')),
      )
    await expect.poll(() => playlists().size, { timeout: 20_000 }).toBeGreaterThanOrEqual(2)
    await reel.nth(1).scrollIntoViewIfNeeded()
    await expect.poll(() => playing(1), { timeout: 20_000 }).toBe(true)
    await expect.poll(() => playing(0)).toBe(false)
    // Told some seconds later, in one request.
    const watched = async () => {
      const rows = await system.platform
        .db('feed')
        .collection<{ _id: string; watchedMs: number }>('postStats')
        .find({ _id: { $in: reels } })
        .toArray()
      return rows.reduce((sum, { watchedMs }) => sum + watchedMs, 0)
    }
    await expect.poll(watched, { timeout: 30_000 }).toBeGreaterThan(0)
  }, 90_000)

  test('the home feed says why a post is there, and where one is all caught up', async () => {
    const reader = await system.signsUp('lena')
    const friend = await system.signsUp('fred')
    await system.proves(reader, friend)
    await reader.follows(friend)
    await friend.follows(reader)
    await system.settle()
    await system.publishes(friend, 'seen yesterday')
    await reader.feed()
    await system.publishes(friend, 'new today')
    const screen = await openAs(browser, reader, phone)
    await screen.goto('/')
    const border = screen.getByText('You’re all caught up')
    await border.waitFor()
    const posts = screen.getByRole('article', { name: 'Post by fred' })
    expect(await posts.getByText('You follow each other').count()).toBe(2)
    const heightOf = async (what: Locator) => (await what.boundingBox())?.y ?? Number.NaN
    const [above, line, below] = await Promise.all(
      [posts.filter({ hasText: 'new today' }), border, posts.filter({ hasText: 'seen yesterday' })].map(
        heightOf,
      ),
    )
    expect(above).toBeLessThan(line ?? 0)
    expect(line).toBeLessThan(below ?? 0)
    await screen.context().close()
  }, 60_000)

  test('the home feed comes in the order that one chooses, by keyboard too, and the device remembers it', async () => {
    const reader = await system.signsUp('olga')
    const friend = await system.signsUp('finn')
    const close = await system.signsUp('cleo')
    await system.proves(reader, friend, close)
    await reader.follows(friend)
    await reader.follows(close)
    await system.publishes(close, 'by a favourite')
    await system.settle()
    const screen = await openAs(browser, reader, phone)
    await screen.goto('/')
    const posts = screen.getByRole('article', { name: /^Post by / })
    const order = screen.getByRole('group', { name: 'Order of the feed' })
    await posts.getByText('by a favourite').waitFor()
    expect(await order.getByRole('radio', { name: 'For you' }).isChecked()).toBe(true)

    await order.getByText('Favourites').click()
    await screen.getByText('Nothing by your favourites').waitFor()
    expect(await posts.count()).toBe(0)
    await screen.goto('/@cleo')
    await screen.getByRole('button', { name: 'More' }).click()
    await screen.getByRole('button', { name: 'Add to favourites' }).click()
    await screen.getByText('cleo is one of your favourites.').waitFor()
    await system.publishes(friend, 'by a friend')
    await system.settle()
    await screen.goto('/')
    expect(await order.getByRole('radio', { name: 'Favourites' }).isChecked()).toBe(true)
    await posts.getByText('by a favourite').waitFor()
    expect(await posts.count()).toBe(1)

    await order.getByRole('radio', { name: 'Favourites' }).focus()
    await screen.keyboard.press('ArrowLeft')
    expect(await order.getByRole('radio', { name: 'Following' }).isChecked()).toBe(true)
    await expect.poll(() => posts.count(), { timeout: 20_000 }).toBe(2)
    expect(await posts.allInnerTexts()).toEqual([
      expect.stringContaining('by a friend'),
      expect.stringContaining('by a favourite'),
    ])
    await screen.reload()
    await posts.first().waitFor()
    expect(await order.getByRole('radio', { name: 'Following' }).isChecked()).toBe(true)
    await screen.context().close()
  }, 60_000)

  test('explore shows what strangers share, as a grid that leads to it', async () => {
    await page.goto('/search')
    const explore = page.getByRole('region', { name: 'Explore' })
    await explore.locator(`a[href="/p/${photograph.id}"]`).click()
    await page.getByText('A blue wall in spring').first().waitFor()
  }, 60_000)

  test('search narrows to what is asked for, and remembers what was looked for', async () => {
    const screen = await openAs(browser, viewer, desktop)
    await screen.goto('/search')
    await screen.getByRole('searchbox', { name: 'Search' }).fill('spring')
    await screen.getByRole('searchbox', { name: 'Search' }).press('Enter')
    const tiles = screen.locator('.grid .tile')
    await expect.poll(() => tiles.count(), { timeout: 20_000 }).toBe(3)
    await screen.getByLabel('Kind').selectOption('VIDEO')
    await expect.poll(() => tiles.count(), { timeout: 20_000 }).toBe(2)
    await screen.getByLabel('Kind').selectOption('IMAGE')
    await expect.poll(() => tiles.count(), { timeout: 20_000 }).toBe(1)
    await screen.getByLabel('Time').selectOption('day')
    await expect.poll(() => tiles.count()).toBe(1)
    await screen.goto('/search')
    await screen.getByRole('link', { name: 'spring', exact: true }).waitFor()
    await screen.getByRole('button', { name: 'Forget spring' }).click()
    await screen.getByRole('link', { name: 'spring', exact: true }).waitFor({ state: 'detached' })
    await screen.context().close()
  }, 90_000)

  test('under a post, when one comes near, there are posts like it', async () => {
    const screen = await openAs(browser, viewer, { ...phone, viewport: { width: 390, height: 420 } })
    const asked: string[] = []
    screen.on('request', (request) => asked.push(request.postData() ?? ''))
    const isAsked = () => asked.some((body) => body.includes(operationIds.RelatedPosts ?? 'RelatedPosts'))
    await screen.goto(`/p/${photograph.id}`)
    await screen.getByText('A blue wall in spring').first().waitFor()
    await screen.getByText('No comments yet').waitFor()
    expect(isAsked()).toBe(false)
    const related = screen.getByRole('region', { name: 'More like this' })
    await related.scrollIntoViewIfNeeded()
    await related.locator(`a[href="/p/${reels[0]}"]`).click()
    await screen.getByText('Colours, part 1').first().waitFor()
    expect(isAsked()).toBe(true)
    await screen.context().close()
  }, 60_000)

  test('a comment has links, says that it was changed, and is pinned by the author of the post', async () => {
    await viewer.comments(photograph, 'Where is that, @arno? #walls')
    await page.goto(`/p/${photograph.id}`)
    const comment = page.getByRole('article').filter({ hasText: 'Where is that' }).last()
    await comment.getByRole('link', { name: '#walls' }).waitFor()
    expect(await comment.getByRole('link', { name: '@arno' }).getAttribute('href')).toBe('/@arno')
    await comment.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Your comment').fill('Where is that wall, @arno?')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page
      .getByRole('article')
      .filter({ hasText: 'Where is that wall' })
      .last()
      .getByText('edited')
      .waitFor()

    const own = await openAs(browser, author, desktop)
    await own.goto(`/p/${photograph.id}`)
    const his = own.getByRole('article').filter({ hasText: 'Where is that wall' }).last()
    await his.hover()
    await his.getByRole('button', { name: 'Pin', exact: true }).click()
    await his.getByText('Pinned by the author').waitFor()
    await page.reload()
    await page.getByText('Pinned by the author').waitFor()
    expect(failures).toEqual([])
    await own.context().close()
  }, 60_000)
})
