// The Chromium that npm brings (for Linux alone), and what every browser test begins with.
import sparticuz from '@sparticuz/chromium'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { buildWeb } from '../deploy/local/web.mjs'
import { storageKey } from '../web/src/session/tokens.ts'
import type { Person } from './person.ts'

export const password = 'correct horse battery'

/** Starts a browser once the web client is built. */
export async function startBrowser(): Promise<Browser> {
  await buildWeb(() => {})
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: [
      ...['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
      // A microphone that hears a tone, and may be used.
      ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    ],
  })
}

/** Signs up by the form, and waits for the empty feed. */
export async function signUp(page: Page, username: string, name = ''): Promise<void> {
  await page.goto('/sign-up')
  await page.getByLabel('E-mail').fill(`${username}@example.org`)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByLabel('Day of birth').fill('1990-05-17')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText('Your feed is waiting').waitFor()
}

/** A page of somebody who is signed in already. */
export async function openAs(
  browser: Browser,
  person: Person,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { accessToken, refreshToken, url } = person
  const session = { accessToken, refreshToken, expiresAt: Date.now() + 10 * 60_000 }
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-GB',
    storageState: {
      cookies: [],
      origins: [{ origin: url, localStorage: [{ name: storageKey, value: JSON.stringify(session) }] }],
    },
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  return page
}

/** The screen of a phone. */
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
}

/** The screen of a desktop. */
export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }
