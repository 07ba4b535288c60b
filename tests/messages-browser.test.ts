// Conversations as people have them: groups, voices, films, answers to stories, what disappears, and all of it encrypted; in
// Chromium, on a desktop and on a phone, against the whole system.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DomainEvent } from '#schema/events.ts'
import { createConsumers } from '#subgraphs/messaging/consumers.ts'
import { createServices } from '#subgraphs/messaging/context.ts'
import * as op from '../web/src/operations.gen.ts'
import { desktop, openAs, phone, startBrowser } from './chromium.ts'
import type { Person } from './person.ts'
import { drawnFilm, picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

const passphrase = 'what the gulls cry at noon'

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('messages in a browser', () => {
  let system: System
  let browser: Browser
  let people: Record<'ana' | 'bo' | 'cy' | 'dee' | 'eve', Person>
  /** Ana at a desktop, Bo with a phone. */
  let ana: Page
  let bo: Page
  const failures: string[] = []

  beforeAll(async () => {
    browser = await startBrowser()
    system = await startSystem()
    const names = ['ana', 'bo', 'cy', 'dee', 'eve'] as const
    const all = await Promise.all(names.map(async (name) => [name, await system.signsUp(name)] as const))
    people = Object.fromEntries(all) as typeof people
    const friends = [people.ana, people.bo, people.cy, people.dee]
    for (const one of friends) for (const other of friends) if (one !== other) await one.follows(other)
    await system.settle()
    ana = await openPage(people.ana, desktop)
    bo = await openPage(people.bo, phone)
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await system?.[Symbol.asyncDispose]()
  })

  async function openPage(person: Person, screen: BrowserContextOptions): Promise<Page> {
    const page = await openAs(browser, person, screen)
    page.on('pageerror', (error) => failures.push(error.stack ?? error.message))
    return page
  }
  const write = async (page: Page, text: string) => {
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill(text)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
  }
  const log = (page: Page) => page.getByRole('log')
  const heard = (page: Page, text: string) => log(page).getByText(text).first().waitFor()
  const details = (page: Page) => page.getByRole('dialog', { name: 'Details' })
  const openDetails = (page: Page) => page.getByRole('button', { name: 'Conversation details' }).click()
  const closeDetails = (page: Page) => details(page).getByRole('button', { name: 'Close' }).click()
  const choose = (page: Page, legend: string, label: string) =>
    details(page).getByRole('group', { name: legend }).getByText(label, { exact: true }).click()
  const options = async (page: Page, text: string) => {
    const message = log(page).locator('.message', { hasText: text }).first()
    await message.hover()
    await message.getByRole('button', { name: 'Message options' }).click()
  }
  /** Opens the conversation of two, whoever begins it. */
  const converse = async (page: Page, username: string) => {
    await page.goto(`/@${username}`)
    await page.getByRole('button', { name: 'Message', exact: true }).click()
    await log(page).waitFor()
  }
  const says = async (page: Page) => {
    await page.getByRole('button', { name: 'Record a voice message' }).click()
    await expect.poll(() => page.getByRole('timer').textContent()).toMatch(/^0:(0[2-9]|[1-5]\d)$/)
    await page.getByRole('button', { name: 'Send voice message' }).click()
  }
  const listens = async (page: Page) => {
    await page.getByRole('button', { name: 'Play the voice message' }).click({ timeout: 60_000 })
    await hasPlayed(page, '.voice audio')
  }
  const hasPlayed = (page: Page, selector: string) =>
    expect
      .poll(
        () =>
          log(page)
            .locator(selector)
            .first()
            .evaluate((one) => Reflect.get(one, 'currentTime')),
        {
          timeout: 60_000,
        },
      )
      .toBeGreaterThan(0.3)
  const tellsStory = async (person: Person) => {
    const mediaId = await person.uploads(await picture('#c2452d', 720, 1280), 'image/jpeg')
    await system.settle()
    await person.does(op.CreateStoryDocument, { input: { mediaId } })
    await system.settle()
    return mediaId
  }
  const answersStory = async (page: Page, author: string, text: string) => {
    await page.goto('/')
    await page.getByRole('button', { name: `Stories of ${author}, 1 new` }).click()
    const story = page.getByRole('dialog', { name: `Stories of ${author}` })
    await story.getByLabel(`Answer ${author}`).fill(text)
    await story.getByRole('button', { name: 'Send', exact: true }).click()
    await story.getByText('Sent', { exact: true }).waitFor()
    await story.getByRole('button', { name: 'Close' }).click()
  }

  test('a group is begun, named, grows and shrinks, gets another to lead it; who is taken out or leaves has it no more', async () => {
    await ana.goto('/messages')
    await ana.getByRole('button', { name: 'New message' }).first().click()
    await ana.getByRole('button', { name: 'Choose bo' }).click()
    await ana.getByRole('button', { name: 'Choose cy' }).click()
    await ana.getByRole('button', { name: 'Start a group' }).click()
    await write(ana, 'Who keeps the light tonight?')
    await bo.goto('/messages')
    await bo.locator('.conversation-row', { hasText: 'Who keeps the light tonight?' }).click()

    await openDetails(ana)
    await details(ana).getByLabel('Name of the group').fill('Keepers')
    await details(ana).getByRole('button', { name: 'Rename' }).click()
    await bo.getByRole('region', { name: 'Conversation with Keepers' }).waitFor()
    await details(ana).getByLabel('Find by username').fill('dee')
    await details(ana).getByRole('button', { name: 'Add dee to the group' }).click()
    await heard(bo, 'ana added dee')
    await details(ana).getByLabel('Role of bo').selectOption('ADMIN')
    await heard(bo, 'ana changed what bo may do')

    await openDetails(bo)
    await choose(bo, 'Who may add people', 'Admins')
    await heard(ana, 'bo changed who may add people')
    await details(bo).getByRole('button', { name: 'Remove dee from the group' }).click()
    await heard(ana, 'bo removed dee')
    await details(bo).getByRole('button', { name: 'Mute' }).click()
    await details(bo).getByRole('button', { name: 'Unmute' }).waitFor()

    // What is open at hers is taken away as well as the line in her list.
    await closeDetails(ana)
    await details(bo).getByRole('button', { name: 'Remove ana from the group' }).click()
    await ana.getByText('No conversations yet.').waitFor()
    await ana.getByText('This conversation is not here').waitFor()
    await details(bo).getByRole('button', { name: 'Leave the group' }).click()
    await bo.getByText('No conversations yet.').waitFor()
  })

  test('a request is deleted; a message is changed by its sender, and reported by its recipient', async () => {
    await people.eve.says(await people.eve.opensConversation(people.ana), 'Buy my lamps')
    await ana.getByRole('tab', { name: 'Requests' }).click()
    await ana.locator('.conversation-row', { hasText: 'Buy my lamps' }).click()
    await ana.getByRole('button', { name: 'Delete' }).click()
    await ana.getByRole('tab', { name: 'Requests' }).click()
    await ana.getByText('Messages from people you do not follow appear here.').waitFor()

    await converse(bo, 'ana')
    await write(bo, 'The lamp is broken')
    await ana.getByRole('tab', { name: 'Primary' }).click()
    await ana.locator('.conversation-row', { hasText: 'The lamp is broken' }).click()
    await options(bo, 'The lamp is broken')
    await bo.getByRole('button', { name: 'Edit', exact: true }).click()
    await bo.getByRole('textbox', { name: 'Text', exact: true }).fill('The lamp is whole')
    await bo.getByRole('button', { name: 'Save' }).click()
    await heard(ana, 'The lamp is whole')
    await heard(ana, '(edited)')
    await options(ana, 'The lamp is whole')
    await ana.getByRole('button', { name: 'Report' }).click()
    await ana.getByText('Reported. Thank you.').waitFor()
  })

  test('a page that a message links to stands under it for both, in words alone: no browser asks for anything of it', async () => {
    const address = 'https://lamps.invalid/harbour'
    const html = `<title>Lamps of the harbour</title><meta property="og:site_name" content="Lamp Post">
      <meta name="description" content="Which one blinks how">
      <meta property="og:image" content="https://lamps.invalid/lamp.jpg">`
    const { platform } = system
    const { 'messaging.previews': previews } = createConsumers(
      platform,
      createServices(platform),
      async (url) => ({ url, html }),
    )
    const asked: string[] = []
    for (const page of [ana, bo]) page.on('request', (request) => asked.push(request.url()))
    await write(bo, `Read this: ${address}`)
    await heard(ana, 'Read this')
    const outbox = platform.db('messaging').collection<DomainEvent<'message.linked'>>('outbox')
    await previews['message.linked'](await outbox.find({ name: 'message.linked' }).toArray())
    for (const page of [ana, bo]) {
      const card = log(page).getByRole('link', { name: 'Lamps of the harbour' })
      for (const words of ['Lamp Post', 'Which one blinks how']) await card.getByText(words).waitFor()
      expect(await card.getAttribute('href')).toBe(address)
      expect(await card.getAttribute('rel')).toContain('noreferrer')
    }
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((url) => url.includes('lamps.invalid'))).toEqual([])
  })

  test('a voice and a film are sent, and played by the other', async () => {
    await says(bo)
    await listens(ana)
    await ana.getByLabel('Add a picture, a video or a recording').setInputFiles({
      name: 'waves.mp4',
      mimeType: 'video/mp4',
      buffer: await drawnFilm(1),
    })
    await ana.getByRole('button', { name: 'Send', exact: true }).click()
    await hasPlayed(bo, '.message-media video')
  }, 120_000)

  test('a story is answered, and the answer shows what it answers', async () => {
    const mediaId = await tellsStory(people.ana)
    const media = system.platform.db('content').collection<{ _id: string }>('media')
    await media.updateOne({ _id: mediaId }, { $set: { labels: ['SENSITIVE'] } })
    // The answer is held up on its way, while he goes on writing.
    const way = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    await bo.route('**/graphql', async (route) => {
      const said = route.request().postData() ?? ''
      if (said.includes('Are you there?')) return route.abort()
      if (said.includes('What a morning!')) {
        held.resolve()
        await way.promise
      }
      await route.continue()
    })
    await bo.goto('/')
    await bo.getByRole('button', { name: 'Stories of ana, 1 new' }).click()
    const story = bo.getByRole('dialog', { name: 'Stories of ana' })
    // Its time begins when one has asked to see it.
    const clock = () =>
      story.locator('.story-bars i').evaluate((bar) => {
        const animations: () => { playState: string }[] = Reflect.get(bar, 'getAnimations')
        return animations.call(bar)[0]?.playState
      })
    const show = story.getByRole('button', { name: 'Show it' })
    await show.waitFor()
    expect(await clock()).toBe('paused')
    await show.click()
    await expect.poll(clock).toBe('running')
    const field = story.getByLabel('Answer ana')
    await field.fill('What a morning!')
    await field.press('Enter')
    await held.promise
    await field.fill('And what a sea!')
    await field.press('Enter')
    way.resolve()
    await story.getByText('Sent', { exact: true }).waitFor()
    expect(await field.inputValue()).toBe('And what a sea!')
    await field.press('Enter')
    await expect.poll(() => field.inputValue()).toBe('')
    await heard(ana, 'What a morning!')
    await heard(ana, 'An answer to your story')
    await heard(ana, 'And what a sea!')
    expect(await log(ana).getByText('And what a sea!').count()).toBe(1)

    // One that does not arrive: that is seen above the story.
    await field.fill('Are you there?')
    await field.press('Enter')
    await bo.locator('.toasts:popover-open .toast-error').waitFor()
    await bo.unroute('**/graphql')
  })

  test('messages disappear when it was agreed, and who is there is seen', async () => {
    // From here on their clocks can be put forward.
    for (const page of [ana, bo]) await page.clock.install()
    await converse(ana, 'bo')
    await converse(bo, 'ana')
    await ana.locator('.thread-presence', { hasText: 'Active now' }).waitFor()
    await openDetails(ana)
    await choose(ana, 'Messages disappear after', '24 hours')
    await closeDetails(ana)
    await heard(bo, 'ana changed how long messages stay')
    await bo.getByTitle('Messages disappear after 24 hours').waitFor()
    await write(bo, 'Burn after reading')
    for (const page of [ana, bo]) await heard(page, 'Burn after reading')
    for (const page of [ana, bo]) {
      await page.clock.fastForward('24:00:01')
      await log(page).getByText('Burn after reading').waitFor({ state: 'detached' })
    }
    await bo.context().close()
    await ana.locator('.thread-presence', { hasText: 'Last seen' }).waitFor()
  })

  test('all of it between two who write encrypted, and a new browser goes on from a backup', async () => {
    const cy = await openPage(people.cy, desktop)
    const dee = await openPage(people.dee, phone)
    for (const page of [cy, dee]) {
      await page.goto('/settings')
      await page.getByRole('button', { name: 'Turn on in this browser' }).click()
      await page.getByText('This browser takes part now.').waitFor()
    }
    await converse(cy, 'dee')
    await write(cy, 'The tide turns at four')
    await dee.goto('/messages')
    await dee.locator('.conversation-row').first().click()
    await heard(dee, 'The tide turns at four')
    await dee.getByText('Encrypted from end to end').first().waitFor({ state: 'attached' })
    await says(dee)
    await listens(cy)

    const mediaId = await people.cy.uploads(await picture('#2f6f8f'), 'image/jpeg')
    await tellsStory(people.cy)
    const post = await people.cy.posts([mediaId], 'The old pier')
    await system.settle()
    await answersStory(dee, 'cy', 'Is that the pier?')
    await heard(cy, 'Is that the pier?')
    await heard(cy, 'An answer to your story')
    await dee.goto(`/p/${post.id}`)
    await dee.getByRole('button', { name: 'Send', exact: true }).click()
    await dee.getByRole('dialog', { name: 'Send to' }).getByRole('button', { name: 'Cy' }).click()
    await dee.getByText('Sent to Cy.').waitFor()
    await log(cy)
      .getByRole('link', { name: /The old pier/ })
      .waitFor()

    await cy.goto('/settings')
    await cy.getByLabel('Back up keys and messages: passphrase').fill(passphrase)
    await cy.getByRole('button', { name: 'Back up', exact: true }).click()
    await cy.getByText('Backed up.').waitFor()
    const another = await openPage(people.cy, phone)
    await another.goto('/settings')
    await another.getByLabel('Or go on from a backup: passphrase').fill(passphrase)
    await another.getByRole('button', { name: 'Restore' }).click()
    await another.getByText('Restored.').waitFor()
    await another.goto('/messages')
    await another.locator('.conversation-row').first().click()
    await heard(another, 'The tide turns at four')
    expect(failures).toEqual([])
  }, 120_000)
})
