// Moderation as people see it: one reports, one decides, one appeals, another decides again; in Chromium, against the whole system.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setRole } from '#subgraphs/user/set-role.ts'
import { CreatePostDocument, CreateStoryDocument, SendMessageDocument } from '../web/src/operations.gen.ts'
import { desktop, openAs, phone, startBrowser } from './chromium.ts'
import type { Person } from './person.ts'
import { drawnFilm, picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('moderation in a browser', () => {
  let system: System
  let browser: Browser
  let author: Person
  let rita: Person
  let filmId: string
  let post: { id: string }
  let reporter: Page
  let moderator: Page
  let second: Page
  const failures: string[] = []

  beforeAll(async () => {
    browser = await startBrowser()
    system = await startSystem()
    author = await system.signsUp('arno')
    const others = await Promise.all(['rita', 'mona', 'sven'].map((name) => system.signsUp(name)))
    rita = others[0] as Person
    await system.proves(author, rita)
    const mediaId = await author.uploads(await picture('#2f6f8f'), 'image/jpeg')
    filmId = await author.uploads(await drawnFilm(1), 'video/mp4')
    await system.settle()
    post = await author.posts([mediaId], 'Buy my watches, friends: half price today only')
    await system.settle()
    for (const name of ['mona', 'sven']) expect(await setRole(system.platform, name, 'MODERATOR')).toBe(true)
    const screens = [phone, desktop, phone]
    const pages = await Promise.all(others.map((person, i) => openAs(browser, person, screens[i])))
    ;[reporter, moderator, second] = pages as [Page, Page, Page]
    for (const page of pages) page.on('pageerror', (error) => failures.push(error.stack ?? error.message))
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await system?.[Symbol.asyncDispose]()
  })

  const takes = (page: Page) => page.getByRole('button', { name: 'Take it for 15 minutes' }).click()
  const decides = async (page: Page, decision: string) => {
    await page.getByRole('radio', { name: decision }).check()
    await page.getByRole('button', { name: decision, exact: true }).click()
  }

  test('somebody reports a post, and is no moderator himself', async () => {
    await reporter.goto('/moderation')
    await reporter.getByRole('heading', { name: 'For moderators' }).waitFor()
    await reporter.goto(`/p/${post.id}`)
    await reporter.getByRole('button', { name: 'More' }).click()
    await reporter.getByRole('button', { name: 'Report' }).click()
    const dialog = reporter.getByRole('dialog', { name: 'Report the post' })
    expect(await dialog.getByRole('button', { name: 'Report' }).isDisabled()).toBe(true)
    await dialog.getByRole('radio', { name: 'Scam or fraud' }).check()
    await dialog.getByLabel('More about it').fill('They never arrive.')
    await dialog.getByRole('button', { name: 'Report' }).click()
    await reporter.getByText('Thank you. Moderators look at it').waitFor()
    await reporter.goto('/standing')
    await reporter.getByText('Post · Scam or fraud').waitFor()
    await reporter.getByText('Being looked at').waitFor()
  }, 60_000)

  test('a moderator sees it, takes it, and removes it with an explanation', async () => {
    await moderator.goto('/')
    await moderator.getByRole('link', { name: 'Moderation' }).click()
    const row = moderator.getByRole('link', { name: /Post by arno/ })
    await row.waitFor()
    expect(await row.innerText()).toContain('Scam or fraud')
    await row.click()
    const review = moderator.getByRole('region', { name: 'Review', exact: true })
    await review.getByText('Buy my watches').waitFor()
    await review.locator('.review-media img[data-loaded=true]').waitFor()
    await takes(moderator)
    await moderator
      .getByLabel('Explanation')
      .selectOption({ label: 'This is advertising that nobody asked for.' })
    await moderator.getByLabel('More, for the record').fill('Seen before.')
    await decides(moderator, 'Remove')
    const decision = moderator.getByRole('region', { name: 'Decision' })
    await decision.getByRole('heading', { name: 'Removed' }).waitFor()
    expect(await decision.innerText()).toContain('Seen before.')
    // The queue knows it at once.
    await moderator.getByText('Nothing waits. Well done.').waitFor()
    await reporter.goto(`/p/${post.id}`)
    await reporter
      .getByText(/not here|nothing here|hidden/i)
      .first()
      .waitFor()
  }, 60_000)

  test('its author appeals, and another moderator grants it', async () => {
    const page = await openAs(browser, author, phone)
    await page.goto('/standing')
    const card = page.getByRole('region', { name: 'Decision' })
    await card.getByRole('heading', { name: 'Removed' }).waitFor()
    await card.getByRole('button', { name: 'Appeal' }).click()
    await card.getByLabel('Why is it wrong?').fill('They are my own drawings of watches.')
    await card.getByRole('button', { name: 'Appeal' }).click()
    await card.getByText('Nobody has decided yet').waitFor()

    await second.goto('/moderation')
    await second.getByRole('tab', { name: 'Appeals' }).click()
    await second.getByRole('link', { name: /Post by arno/ }).click()
    await second.getByText('They are my own drawings of watches.').waitFor()
    await takes(second)
    await second.getByRole('radio', { name: /Leave it/ }).check()
    await second.getByRole('button', { name: 'Leave it', exact: true }).click()
    await second.getByText('The decision was taken back').waitFor()

    await page.reload()
    await card.getByText('The decision was taken back').waitFor()
    await page.goto(`/p/${post.id}`)
    await page.getByText('Buy my watches').first().waitFor()
    await page.context().close()
  }, 60_000)

  test('a decision is undone and waits again, and the log has every step', async () => {
    await moderator.getByRole('tab', { name: 'Decided' }).click()
    await moderator.getByRole('link', { name: /Post by arno/ }).click()
    await moderator.getByRole('button', { name: 'Undo' }).click()
    await moderator.getByLabel('Why, for the record').fill('A closer look is due.')
    await moderator.getByRole('button', { name: 'Take it back' }).click()
    await moderator.getByRole('button', { name: 'Take it for 15 minutes' }).waitFor()
    await moderator.getByRole('tab', { name: 'Waiting' }).click()
    await moderator.getByRole('link', { name: /Post by arno/ }).waitFor()
    await moderator.getByRole('link', { name: 'Log' }).click()
    const entries = moderator.locator('.audit li')
    await entries.first().waitFor()
    const words = (await entries.allInnerTexts()).map((text) =>
      text.split('\n').find((line) => line.includes('·')),
    )
    expect(words.map((line) => line?.split(' ·')[0])).toEqual([
      'Taken back',
      'Left as it was',
      'Taken to look at',
      'Appealed',
      'Removed',
      'Taken to look at',
    ])
    expect(failures).toEqual([])
  }, 60_000)

  test('who asks to be verified is seen by moderators, and verified by one of them', async () => {
    const asked = await author.asks(
      'mutation { requestVerification(input: { note: "I sell watches." }) { verification { id } userErrors { code } } }',
    )
    expect(asked.errors).toEqual([])
    await moderator.goto('/moderation')
    await moderator.getByRole('link', { name: 'Verification' }).click()
    const card = moderator.getByRole('region', { name: 'Request' })
    await card.getByText('I sell watches.').waitFor()
    expect(await card.innerText()).toContain('arno')
    await card.getByLabel('What to tell him').fill('Seen your shop.')
    await card.getByRole('button', { name: 'Verify' }).click()
    await moderator.getByText('Nobody asks to be verified.').waitFor()
    await moderator.goto('/@arno')
    await moderator.getByTitle('Verified').first().waitFor()
    await reporter.goto('/moderation/verification')
    await reporter.getByRole('heading', { name: 'For moderators' }).waitFor()
    expect(failures).toEqual([])
  }, 60_000)

  test('nothing of what is sensitive is fetched for a reel, a tile, a story or a message before one asks for it', async () => {
    const still = await author.uploads(await picture('#4f2f7f'), 'image/jpeg')
    await system.settle()
    // As the worker labels what it flags.
    const media = system.platform.db('content').collection<{ _id: string }>('media')
    await media.updateOne({ _id: still }, { $set: { labels: ['SENSITIVE'] } })
    const reel = { mediaIds: [filmId], kind: 'REEL' as const, sensitive: true, caption: 'A reel' }
    await author.does(CreatePostDocument, { input: reel })
    await author.does(CreatePostDocument, { input: { mediaIds: [still], caption: 'A tile' } })
    await system.settle()

    const fetched: string[] = []
    reporter.on('request', (request) => fetched.push(request.url()))
    const expectNothing = (mediaId: string) =>
      expect(fetched.filter((url) => url.includes(mediaId))).toEqual([])
    const show = reporter.getByRole('button', { name: 'Show it' })
    await reporter.goto('/reels')
    await show.waitFor()
    expectNothing(filmId)
    await show.click()
    await reporter.locator('article video').waitFor()
    await expect.poll(() => fetched.some((url) => url.includes(filmId))).toBe(true)

    await reporter.goto('/@arno')
    await reporter.getByRole('link', { name: 'A tile' }).waitFor()
    await reporter.locator('.tile img[data-loaded=true]').first().waitFor()
    expectNothing(still)

    await rita.follows(author)
    await author.does(CreateStoryDocument, { input: { mediaId: still } })
    const conversation = await author.opensConversation(rita)
    await author.does(SendMessageDocument, {
      input: { conversationId: conversation.id, mediaId: still, clientMessageId: crypto.randomUUID() },
    })
    await system.settle()
    await reporter.goto(`/messages/${conversation.id}`)
    await show.waitFor()
    expectNothing(still)
    await reporter.goto('/')
    await reporter.getByRole('button', { name: 'Stories of arno, 1 new' }).click()
    const story = reporter.getByRole('dialog', { name: 'Stories of arno' })
    await story.getByRole('button', { name: 'Show it' }).waitFor()
    expectNothing(still)
    await story.getByRole('button', { name: 'Show it' }).click()
    await story.locator('img[data-loaded=true]').waitFor()
    expect(failures).toEqual([])
  }, 60_000)

  test('what is sensitive stands behind a veil until one asks for it, and not before who has set so', async () => {
    const mediaId = await author.uploads(await picture('#7f2f3f'), 'image/jpeg')
    await system.settle()
    const { createPost } = await author.does(CreatePostDocument, {
      input: { mediaIds: [mediaId], sensitive: true },
    })
    await system.settle()
    const fetched: string[] = []
    reporter.on('request', (request) => fetched.push(request.url()))
    await reporter.goto(`/p/${createPost.post?.id}`)
    const show = reporter.getByRole('button', { name: 'Show it' })
    await show.waitFor()
    expect(fetched.filter((url) => url.includes(mediaId))).toEqual([])
    await show.click()
    await reporter.locator('.post-page-media img[data-loaded=true]').waitFor()
    await reporter.goto('/settings')
    await Promise.all([
      reporter.waitForResponse(
        (answer) => answer.request().postData()?.includes('sensitiveContent') ?? false,
      ),
      reporter.getByLabel('Sensitive content').selectOption('MORE'),
    ])
    await reporter.goto(`/p/${createPost.post?.id}`)
    await reporter.locator('.post-page-media img[data-loaded=true]').waitFor()
    expect(await show.count()).toBe(0)
    expect(failures).toEqual([])
  }, 60_000)
})
