// The Chromium that npm brings (for Linux alone), and what every browser test begins with.
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'
import { buildWeb } from '../deploy/local/web.mjs'

export const password = 'correct horse battery'

/** Starts a browser once the web client is built. */
export async function startBrowser(): Promise<Browser> {
  await buildWeb(() => {})
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
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
