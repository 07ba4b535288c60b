// Encrypted conversations as people see them: two Chromium pages with keys of their own, against the whole system.
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signUp, startBrowser } from '../chromium.ts'
import { type System, startSystem } from '../system.ts'
import { createSearch, inMongo, operationTime } from './places.ts'

const secret = 'the-heron-flies-at-dawn'
const answer = 'the-owl-knows-it-already'

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('encrypted, in a browser', () => {
  let system: System
  let browser: Browser
  let alice: Page
  let bob: Page
  const failures: string[] = []

  beforeAll(async () => {
    browser = await startBrowser()
    system = await startSystem()
    alice = await openPage('alice')
    bob = await openPage('bob.b')
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await system?.[Symbol.asyncDispose]()
  })

  /** Someone who has signed up, and takes part in encrypted conversations. */
  async function openPage(username: string): Promise<Page> {
    const context = await browser.newContext({ baseURL: system.url, locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => failures.push(error.stack ?? error.message))
    await signUp(page, username)
    await page.goto('/settings')
    await page.getByRole('button', { name: 'Turn on in this browser' }).click()
    await page.getByText('This browser takes part now.').waitFor()
    return page
  }
  const write = async (page: Page, text: string) => {
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill(text)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
  }
  const heard = (page: Page, text: string) => page.getByRole('log').getByText(text).waitFor()

  test('two people write to each other, and the server cannot read it (E1)', async () => {
    const since = await operationTime(system.platform)
    await bob.goto('/@alice')
    await bob.getByRole('button', { name: 'Follow', exact: true }).click()
    await bob.getByRole('button', { name: 'Stop following alice' }).first().waitFor()
    await alice.goto('/messages')
    await alice.getByRole('button', { name: 'New message' }).first().click()
    await alice.getByLabel('Find by username').fill('bob.b')
    await alice.getByRole('button', { name: 'Choose bob.b' }).click()
    await alice.getByRole('button', { name: 'Chat' }).click()
    await alice.getByText('Encrypted from end to end').first().waitFor({ state: 'attached' })
    await write(alice, secret)
    await heard(alice, secret)
    await bob.goto('/messages')
    await bob.locator('.conversation-row').first().click()
    await heard(bob, secret)
    await write(bob, answer)
    await heard(alice, answer)
    // What was read stays readable: the keys are used up, the browser keeps what they opened.
    await bob.reload()
    await heard(bob, secret)
    await heard(bob, answer)
    const search = createSearch('the-', [secret, answer])
    const found = new Set<string>()
    for await (const content of inMongo(system.platform, since))
      for (const text of search(content)) found.add(text)
    expect([...found]).toEqual([])
  }, 120_000)

  test('a picture arrives, decrypted by whom it is for', async () => {
    const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#3a7' } })
      .png()
      .toBuffer()
    await alice
      .getByLabel('Add a picture, a video or a recording')
      .setInputFiles({ name: 'heron.png', mimeType: 'image/png', buffer: picture })
    await alice.getByRole('button', { name: 'Send', exact: true }).click()
    const shown = bob.getByRole('img', { name: 'heron.png' })
    await shown.waitFor({ timeout: 30_000 })
    await expect.poll(() => shown.evaluate((image) => Reflect.get(image, 'naturalWidth'))).toBe(64)
  }, 90_000)

  test('reactions and edits arrive, decrypted like everything else', async () => {
    const bubble = (page: Page, text: string) => page.getByRole('log').locator('.message', { hasText: text })
    await bubble(bob, secret).getByRole('button', { name: 'Message options' }).click()
    await bob.getByRole('button', { name: 'React with 😂' }).click()
    await bubble(alice, secret).getByText('😂').waitFor()
    await bubble(bob, answer).getByRole('button', { name: 'Message options' }).click()
    await bob.getByRole('button', { name: 'Edit', exact: true }).click()
    await bob.getByRole('textbox', { name: 'Text', exact: true }).fill('the-owl-knows-it-better')
    await bob.getByRole('button', { name: 'Save' }).click()
    await heard(alice, 'the-owl-knows-it-better')
    await alice.getByRole('log').getByText('(edited)').waitFor()
    // Neither is a line of its own.
    expect(await alice.getByRole('log').locator('.message').count()).toBe(3)
  }, 90_000)

  test('both see one safety number', async () => {
    const numberOf = async (page: Page, other: string) => {
      await page.getByRole('button', { name: 'Conversation details' }).click()
      return page.getByLabel(`Safety number with ${other}`).innerText()
    }
    const seen = await numberOf(alice, 'bob.b')
    expect(seen).toMatch(/^(\d{5} ){11}\d{5}$/)
    expect(await numberOf(bob, 'alice')).toBe(seen)
    await alice.getByRole('button', { name: 'It is the same' }).click()
    await alice.getByText('You compared it, and it is the same.').waitFor()
    expect(failures).toEqual([])
  }, 60_000)
})
