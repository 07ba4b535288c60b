// The journey as people see it: the built web client in Chromium, on a desktop and on a phone, against the whole system.
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, devices, type Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameOperation } from '../web/src/graph/documents.ts'
import { signUp, startBrowser } from './chromium.ts'
import { film, phonePhotograph } from './pictures.ts'
import { type System, startSystem } from './system.ts'

const soon = 15_000

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('in a browser', () => {
  let system: System
  let browser: Browser
  /** A desktop. */
  let alice: Page
  /** A phone. */
  let bob: Page
  let postPath: string
  const failures: string[] = []
  const hosts = new Set<string>()

  beforeAll(async () => {
    browser = await startBrowser()
    system = await startSystem()
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await system?.[Symbol.asyncDispose]()
  })

  /** A page of someone who has nothing in common with the others. */
  async function openPage(options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext({ ...options, baseURL: system.url, locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(soon)
    page.on('pageerror', (error) => failures.push(error.stack ?? error.message))
    page.on('request', (request) => {
      const { host, protocol } = new URL(request.url())
      if (protocol.startsWith('http')) hosts.add(host)
    })
    return page
  }

  const card = (page: Page, text: string) => page.locator('.post-card', { hasText: text })

  /** How wide the first picture of a post is, once its bytes are there. */
  const widthOfPicture = (page: Page, text: string) =>
    card(page, text)
      .locator('.picture img[data-loaded=true]')
      .first()
      .evaluate((image) => Reflect.get(image, 'naturalWidth') as number)

  test('two people sign up, and one finds and follows the other', async () => {
    alice = await openPage({ viewport: { width: 1280, height: 900 } })
    bob = await openPage({ ...devices['iPhone 13'], defaultBrowserType: undefined } as BrowserContextOptions)
    await signUp(alice, 'alice', 'ALICE')
    await signUp(bob, 'bob.b', 'BOB.B')
    await bob.getByRole('link', { name: 'Find people' }).click()
    await bob.getByLabel('Find by username').fill('alice')
    await bob.getByRole('button', { name: 'Follow', exact: true }).click()
    await bob.getByRole('button', { name: 'Stop following alice' }).first().waitFor()
    // The followed learns of it without a reload.
    await alice.getByRole('link', { name: 'Activity, 1 unread' }).waitFor()
    // A dot in a name does not make a file of the page.
    await alice.goto('/@bob.b')
    await alice.getByText('Follows you').waitFor()
  })

  test('a wrong password is said, not hidden', async () => {
    const stranger = await openPage({})
    await stranger.goto('/')
    await stranger.getByLabel('Username or e-mail').fill('alice')
    await stranger.getByLabel('Password').fill('not the password')
    await stranger.getByRole('button', { name: 'Sign in', exact: true }).click()
    await stranger.locator('.toast-error').waitFor()
    await stranger.context().close()
  })

  test('a photograph is sent, processed and shared, and stands upright in both feeds', async () => {
    const photograph = await phonePhotograph()
    const stored = await sharp(photograph).metadata()
    await alice.getByRole('link', { name: 'Create' }).click()
    await alice.getByLabel('Pictures and videos').setInputFiles({
      name: 'coffee.jpg',
      mimeType: 'image/jpeg',
      buffer: photograph,
    })
    await alice.getByLabel('Description of coffee.jpg').fill('A cup of coffee')
    await alice.getByLabel('Caption').fill('The first of the day')
    await alice.getByRole('img', { name: 'Ready' }).waitFor({ timeout: 60_000 })
    await alice.getByRole('button', { name: 'Share' }).click()
    await card(alice, 'The first of the day').waitFor()
    await expect.poll(() => widthOfPicture(alice, 'The first of the day')).toBeGreaterThan(0)

    await system.settle()
    await bob.getByRole('link', { name: 'Home' }).click()
    const received = card(bob, 'The first of the day')
    await received.waitFor()
    await received.getByAltText('A cup of coffee').waitFor()
    // Stored it lies on its side; shown it is upright.
    const [width, height] = await received
      .locator('.picture img[data-loaded=true]')
      .evaluate((image) =>
        ['naturalWidth', 'naturalHeight'].map((name) => Reflect.get(image, name) as number),
      )
    expect((width ?? 0) / (height ?? 1)).toBeCloseTo((stored.height ?? 0) / (stored.width ?? 1), 1)
    postPath = (await received.locator('.post-head a.quiet').getAttribute('href')) ?? ''
    expect(postPath).toMatch(/^\/p\//)
  })

  test('a double tap likes, and the author sees it at once', async () => {
    await alice.goto(postPath)
    await alice.getByText('Be the first to like this').waitFor()
    await card(bob, 'The first of the day').locator('.carousel').dblclick()
    await bob.getByRole('button', { name: 'Take the like back' }).waitFor()
    await alice.getByText('1 like', { exact: true }).waitFor()
    await alice.getByText('bob.b liked your post.').waitFor()
  })

  test('a comment and a reply appear on both screens without a reload', async () => {
    await bob.goto(postPath)
    await bob.getByLabel('Add a comment').fill('What a light!')
    await bob.getByRole('button', { name: 'Post', exact: true }).click()
    const comment = alice.locator('.comment', { hasText: 'What a light!' })
    await comment.waitFor()
    await comment.getByRole('button', { name: 'Reply' }).click()
    await alice.getByLabel('Write a reply').fill('Thank you')
    await alice.keyboard.press('Enter')
    await bob.getByRole('button', { name: 'View 1 reply' }).click()
    await bob.locator('.replies .comment', { hasText: 'Thank you' }).waitFor()
    expect(await bob.locator('.comment', { hasText: 'What a light!' }).count()).toBe(1)
  })

  test('activity tells what happened, and is read by being looked at', async () => {
    await alice.getByRole('link', { name: /^Activity, \d+ unread$/ }).click()
    await alice.locator('.notification', { hasText: 'started following you' }).waitFor()
    await alice.locator('.notification', { hasText: 'commented on your post: “What a light!”' }).waitFor()
    await alice.getByRole('link', { name: 'Activity', exact: true }).waitFor()
  })

  test("a stranger's message waits as a request, then both write live", async () => {
    await bob.goto('/@alice')
    await bob.getByRole('button', { name: 'Message' }).click()
    await bob.getByLabel('Message', { exact: true }).fill('May I print it?')
    await bob.keyboard.press('Enter')
    await bob.locator('.message.own:not([data-unsent=true])', { hasText: 'May I print it?' }).waitFor()

    await alice.getByRole('link', { name: /^Messages/ }).click()
    await alice.getByRole('tab', { name: 'Requests' }).click()
    await alice.locator('.conversation-row', { hasText: 'BOB.B' }).click()
    await alice.getByRole('button', { name: 'Accept' }).click()
    await alice.getByLabel('Message', { exact: true }).fill('Please do')
    await alice.keyboard.press('Enter')
    await bob.locator('.message:not(.own)', { hasText: 'Please do' }).waitFor()
    await bob.getByLabel('Message', { exact: true }).fill('On linen!')
    await bob.keyboard.press('Enter')
    await alice.locator('.message:not(.own)', { hasText: 'On linen!' }).waitFor()
    for (const page of [alice, bob]) expect(await page.locator('.bubble').count()).toBe(3)
  })

  test('a message is reacted to, answered and taken back, and both see it at once', async () => {
    const options = async (page: Page, kind: string) => {
      const message = page.locator(`.message${kind}`, { hasText: 'On linen!' }).first()
      await message.hover()
      await message.getByRole('button', { name: 'Message options' }).click()
    }
    await options(alice, ':not(.own)')
    await alice.getByRole('button', { name: 'React with ❤️' }).click()
    await bob.locator('.message.own .message-reactions', { hasText: '❤️' }).waitFor()
    await options(alice, ':not(.own)')
    await alice.getByRole('button', { name: 'Reply' }).click()
    await alice.getByLabel('Message', { exact: true }).fill('A good choice')
    await bob.getByText('alice is typing…').waitFor()
    await alice.keyboard.press('Enter')
    await bob.locator('.message:not(.own) .message-quote', { hasText: 'On linen!' }).waitFor()
    await alice.getByText('Seen', { exact: true }).waitFor()
    await options(bob, '.own')
    await bob.getByRole('button', { name: 'Unsend' }).click()
    await alice.getByText('Message unsent').first().waitFor()
    await expect.poll(() => alice.getByText('On linen!').count()).toBe(0)
  })

  test('a video plays', async () => {
    await alice.goto('/new')
    await alice.getByLabel('Pictures and videos').setInputFiles({
      name: 'rabbit.mp4',
      mimeType: 'video/mp4',
      buffer: await film(),
    })
    await alice.getByLabel('Caption').fill('He wakes up')
    await alice.getByRole('button', { name: 'Share' }).click({ timeout: 30_000 })
    const player = card(alice, 'He wakes up').locator('video')
    await player.waitFor({ timeout: 120_000 })
    await player.scrollIntoViewIfNeeded()
    await expect
      .poll(() => player.evaluate((element) => Reflect.get(element, 'currentTime') as number), {
        timeout: 30_000,
      })
      .toBeGreaterThan(0.5)
  }, 180_000)

  test('a large film goes on where it stopped when the page is loaded anew and the file chosen again', async () => {
    await using dir = await mkdtempDisposable(join(tmpdir(), 'heliograph-film-'))
    const path = join(dir.path, 'long.mp4')
    // Five parts; what is in them is for the worker to refuse, which is not waited for.
    await writeFile(path, Buffer.alloc(70 * 1024 ** 2, 'not a film'))
    const sent: string[] = []
    let open = 2
    await alice.route(/[?&]partNumber=/, async (route) => {
      if (route.request().method() !== 'PUT') return route.continue()
      if (open-- <= 0) return route.abort()
      sent.push(new URL(route.request().url()).searchParams.get('partNumber') ?? '')
      await route.continue()
    })
    await alice.goto('/new')
    await alice.getByLabel('Pictures and videos').setInputFiles(path)
    await expect.poll(() => open, { timeout: 60_000 }).toBeLessThan(0)
    await alice.reload()
    await alice.getByText('long.mp4 was not sent to its end').waitFor()
    open = 5
    await alice.getByLabel('Pictures and videos').setInputFiles(path)
    // No part goes twice.
    await expect.poll(() => sent, { timeout: 60_000 }).toEqual(['1', '2', '3', '4', '5'])
    await alice.getByText('Processing').or(alice.locator('.upload-error')).waitFor()
    await alice.unroute(/[?&]partNumber=/)
    await alice.goto('/new')
    await alice.getByText('Up to 20 in one post.').waitFor()
    expect(await alice.getByText('was not sent to its end').count()).toBe(0)
  }, 120_000)

  test('a post is changed after it was shared: others see its new words, its place, and no field for comments', async () => {
    await alice.goto('/')
    await card(alice, 'He wakes up').getByRole('button', { name: 'More' }).click()
    await alice.getByRole('button', { name: 'Edit', exact: true }).click()
    const form = alice.getByRole('dialog', { name: 'Edit the post' })
    await form.getByRole('textbox', { name: /^Caption/ }).fill('He wakes up at noon')
    await form.getByText('Place, people and more').click()
    await form.getByLabel('Name of the place').fill('The meadow')
    await form.getByLabel('Degrees north').fill('52.1')
    await form.getByLabel('Degrees east').fill('5.2')
    await form.getByRole('switch', { name: /No comments/ }).check()
    await form.getByRole('button', { name: 'Save' }).click()
    await form.waitFor({ state: 'detached' })
    await card(alice, 'He wakes up at noon').waitFor()
    await system.settle()
    await bob.goto('/')
    const received = card(bob, 'He wakes up at noon')
    await received.getByRole('link', { name: 'The meadow' }).waitFor()
    expect(await received.getByLabel('Add a comment').count()).toBe(0)
  })

  test('what was on a screen is counted as seen, once for each person', async () => {
    await bob.goto(postPath)
    await bob.getByText('The first of the day').first().waitFor()
    // He looks at it for longer than the second that makes a view.
    const since = await bob.evaluate(() => performance.now())
    await bob.waitForFunction((start) => performance.now() - start > 1_200, since)
    const told = bob.waitForRequest((request) =>
      Boolean(request.postData()?.includes(nameOperation('RecordImpressions')?.documentId ?? '?')),
    )
    await bob.getByRole('link', { name: 'Home' }).click()
    await told
    await expect
      .poll(
        async () => {
          await alice.goto(postPath)
          await alice.getByText('The first of the day').first().waitFor()
          return alice.locator('.view-count').allTextContents()
        },
        { timeout: soon },
      )
      .toEqual(['1 view'])
  })

  test('a story is made on one screen and seen, voted in and answered with a heart on the other', async () => {
    await alice.goto('/new')
    await alice.getByRole('link', { name: 'Story', exact: true }).click()
    await alice.getByLabel('Picture or video').setInputFiles({
      name: 'window.jpg',
      mimeType: 'image/jpeg',
      buffer: await phonePhotograph(),
    })
    await alice.getByLabel('Description of window.jpg').fill('A window')
    await alice.getByText('A poll').click()
    await alice.getByLabel('Question', { exact: true }).fill('Open it?')
    await alice.getByRole('img', { name: 'Ready' }).waitFor({ timeout: 60_000 })
    await alice.getByRole('button', { name: 'Share' }).click()
    await alice.getByRole('button', { name: 'Your story' }).click()
    await alice.getByRole('button', { name: 'Seen by 0' }).waitFor()
    // Lest it is over before he has come.
    await alice
      .getByRole('dialog', { name: 'Stories of alice' })
      .getByRole('button', { name: 'Pause' })
      .click()

    await system.settle()
    await bob.goto('/')
    await bob.getByRole('button', { name: 'Stories of alice, 1 new' }).click()
    const shown = bob.getByRole('dialog', { name: 'Stories of alice' })
    await shown.getByAltText('A window').waitFor()
    await shown.getByRole('button', { name: 'Pause' }).click()
    await alice.getByRole('button', { name: 'Seen by 1' }).waitFor()
    await shown.getByRole('button', { name: 'Yes' }).click()
    await shown.getByRole('button', { name: 'Yes 100 %' }).waitFor()
    await shown.getByRole('button', { name: 'Love' }).click()
    await shown.getByRole('button', { name: 'Love', pressed: true }).waitFor()
    await bob.keyboard.press('ArrowRight')
    await shown.waitFor({ state: 'detached' })
    await bob.getByRole('button', { name: 'Stories of alice, seen' }).waitFor()

    await alice.getByRole('button', { name: 'Seen by 1' }).click()
    await alice.getByRole('dialog', { name: 'Seen by' }).getByText('❤️').waitFor()
    await alice.keyboard.press('Escape')
    await alice.getByRole('dialog', { name: 'Stories of alice' }).waitFor()
    await alice.keyboard.press('Escape')
    await alice.getByRole('dialog').waitFor({ state: 'detached' })

    await alice.goto('/@alice')
    await alice.getByRole('button', { name: 'New', exact: true }).click()
    await alice.getByLabel('Title').fill('Windows')
    await alice.getByRole('button', { name: /^Story of/ }).click()
    await alice.getByRole('button', { name: 'Keep' }).click()
    await alice.getByRole('button', { name: 'Highlight Windows' }).waitFor()
    await bob.goto('/@alice')
    await bob.getByRole('button', { name: 'Highlight Windows' }).click()
    await shown.getByAltText('A window').waitFor()
    await shown.getByRole('button', { name: 'Close' }).click()
  })

  test('what is private is shown to followers only', async () => {
    await alice.goto('/settings')
    const isPrivate = alice.getByRole('switch', { name: /Private account/ })
    await isPrivate.click()
    await expect.poll(() => isPrivate.isEnabled()).toBe(true)
    await system.settle()
    const stranger = await openPage({})
    await stranger.goto('/@alice')
    await stranger.getByText('This account is private').waitFor()
    await stranger.goto(postPath)
    await stranger.getByText('This post is not here').waitFor()
    await stranger.context().close()
    await bob.goto(postPath)
    await bob.getByText('The first of the day').first().waitFor()
  })

  test('GraphiQL acts as the one who is signed in, subscriptions included', async () => {
    const page = await alice.context().newPage()
    await page.goto('/graphiql')
    // It is a menu as soon as the editor has found the operations.
    const choose = page.locator('.graphiql-execute-button[aria-haspopup=menu]')
    await choose.click()
    await page.getByRole('menuitem', { name: 'Me', exact: true }).click()
    await expect.poll(() => page.locator('.graphiql-response').textContent()).toContain('"alice"')
    await choose.click()
    await page.getByRole('menuitem', { name: 'Live', exact: true }).click()
    await page.getByRole('button', { name: /Stop query/ }).waitFor()
    await bob.goto(postPath)
    await bob.getByRole('button', { name: 'Take the like back' }).first().click()
    await bob.getByLabel('Add a comment').fill('Hello, GraphiQL')
    await bob.getByRole('button', { name: 'Post', exact: true }).click()
    await expect
      .poll(() => page.locator('.graphiql-response').textContent(), { timeout: soon })
      .toMatch(/"kind":.*"COMMENT"/)
    await page.close()
  })

  test('a session outlives a reload and an expired token, and ends by signing out', async () => {
    let renewals = 0
    bob.on('request', (request) => {
      if (request.postData()?.includes(nameOperation('RefreshSession')?.documentId ?? '?')) renewals += 1
    })
    await bob.evaluate(() => {
      const session = JSON.parse(localStorage.getItem('heliograph.session') ?? '{}') as { expiresAt: number }
      localStorage.setItem('heliograph.session', JSON.stringify({ ...session, expiresAt: Date.now() - 1 }))
    })
    await bob.goto('/')
    await card(bob, 'The first of the day').waitFor()
    expect(renewals).toBe(1)
    await bob.goto('/settings')
    await bob.getByRole('button', { name: 'Sign out' }).click()
    await bob.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    expect(await bob.evaluate(() => localStorage.getItem('heliograph.session'))).toBeNull()
  })

  test('no page broke, and nothing was asked of any other host', () => {
    expect(failures).toEqual([])
    const own = [new URL(system.url).host, new URL(system.platform.config.s3.publicEndpoint).host]
    expect([...hosts].filter((host) => !own.includes(host))).toEqual([])
  })
})
