// Who one is and what one allows, as people see it: the settings of the built web client in Chromium, against the whole system.
import { generateSync } from 'otplib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type IdentityServer, startIdentityServer } from '../subgraphs/user/identity-server.ts'
import { type MailServer, startMailServer } from '../subgraphs/user/mail-server.ts'
import { password, signUp, startBrowser } from './chromium.ts'
import { freePort, type System, startSystem } from './system.ts'

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('the settings in a browser', () => {
  let system: System
  let browser: Browser
  let mails: MailServer
  let identities: IdentityServer
  let page: Page
  let origin: string
  const failures: string[] = []

  beforeAll(async () => {
    browser = await startBrowser()
    mails = await startMailServer()
    const port = await freePort()
    origin = `http://localhost:${port}`
    identities = await startIdentityServer([`${origin}/sign-in/callback`])
    const { issuer, clientId, clientSecret } = identities
    const provider = { id: 'example', name: 'Example', issuer, clientId, clientSecret }
    system = await startSystem({
      env: {
        PORT: String(port),
        PUBLIC_URL: origin,
        SMTP_URL: mails.url,
        SOCIAL_PROVIDERS: JSON.stringify([provider]),
      },
    })
    const context = await browser.newContext({ baseURL: origin, locale: 'en-GB' })
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => failures.push(error.stack ?? error.message))
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await system?.[Symbol.asyncDispose]()
    await mails?.close()
    await identities?.close()
  })

  const signsIn = async (given: string, code?: string) => {
    await page.goto('/sign-in')
    await page.getByLabel('Username or e-mail').fill('sina')
    await page.getByLabel('Password').fill(given)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    if (code === undefined) return
    await page.getByLabel('Code of your authenticator app').fill(code)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  const signsOut = async () => {
    await page.goto('/settings')
    await page.locator('main').getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByLabel('Username or e-mail').waitFor()
  }

  test('an address is confirmed by the link of a mail', async () => {
    await signUp(page, 'sina')
    const { text = '' } = await mails.mailTo('sina@example.org', /confirm/i)
    const link = /http\S+/.exec(text)?.[0] ?? ''
    expect(link).toContain(`${origin}/verify-email#token=`)
    await page.goto(link)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Your e-mail address is confirmed.').waitFor()
    // The token does not stay in the address.
    expect(page.url()).toBe(`${origin}/verify-email`)
  }, 60_000)

  test('what is set counts at once, and is there after a reload', async () => {
    await page.goto('/settings')
    await page.getByRole('combobox', { name: /^Messages/ }).selectOption('NOBODY')
    await page.getByRole('switch', { name: 'Private account' }).click()
    await page.getByRole('switch', { name: /^Push that sums up/, checked: true }).click()
    await page.getByRole('switch', { name: /^Push that sums up/, checked: false }).waitFor()
    const settings = async () => {
      const [facts] = [...(await system.platform.facts.accounts.get([sinaId])).values()]
      return facts && { isPrivate: facts.isPrivate, messagePolicy: facts.messagePolicy }
    }
    const row = await system.platform.db('user').collection('users').findOne({ username: 'sina' })
    const sinaId = String(row?._id)
    await expect.poll(settings, { timeout: 15_000 }).toEqual({ isPrivate: true, messagePolicy: 'NOBODY' })
    await page.reload()
    await page.getByRole('combobox', { name: /^Messages/ }).waitFor()
    expect(await page.getByRole('combobox', { name: /^Messages/ }).inputValue()).toBe('NOBODY')
    expect(await page.getByRole('switch', { name: 'Private account' }).isChecked()).toBe(true)
    await page.getByRole('switch', { name: /^Push that sums up/, checked: false }).waitFor()
  }, 60_000)

  test('a second factor is set up by an app, and asked for', async () => {
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.getByRole('img', { name: 'QR code of the secret' }).waitFor()
    const secret = await page.locator('.secret').innerText()
    const now = Math.floor(Date.now() / 1000)
    await page.getByLabel('Code that the app shows').fill(generateSync({ secret, epoch: now - 30 }))
    await page.getByRole('button', { name: 'Turn on', exact: true }).click()
    await page.getByText('Keep these codes').waitFor()
    expect(await page.locator('.recovery-codes li').count()).toBe(10)
    await signsOut()
    await signsIn(password, generateSync({ secret, epoch: now }))
    await page.getByText('Your feed is waiting').waitFor()
  }, 60_000)

  test('a passkey is made and opens the account', async () => {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await page.goto('/settings')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByLabel('Your password').fill(password)
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    await page.getByRole('button', { name: 'Remove passkey' }).waitFor()
    await signsOut()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('Your feed is waiting').waitFor()
  }, 60_000)

  test('a copy of one’s data is asked for, announced by mail, and downloaded (A9)', async () => {
    await page.goto('/settings')
    await page.getByRole('button', { name: 'Download your data' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Your password').fill(password)
    await dialog.getByRole('button', { name: 'Make a copy' }).click()
    await page.getByText('Being made…').waitFor()
    await mails.mailTo('sina@example.org', /copy of your data/i)
    const link = page.getByRole('button', { name: /^Download \(/ })
    await link.waitFor({ timeout: 30_000 })
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    expect(download.suggestedFilename()).toBe('data.zip')
    await download.cancel()
  }, 90_000)

  test('a deleted account is kept by who signs in and says so', async () => {
    await page.goto('/settings')
    await page.getByRole('button', { name: 'Delete the account' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Your password').fill(password)
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText(/This account will be deleted on/).waitFor()
    await page.getByRole('button', { name: 'Keep my account' }).click()
    await page.getByText(/This account will be deleted on/).waitFor({ state: 'hidden' })
  }, 60_000)

  test('who comes by an identity provider chooses a username once, and is known from then on', async () => {
    const ines = { sub: 'ines', email: 'ines@example.com', email_verified: true, name: 'Ines' }
    for (const isKnown of [false, true]) {
      const context = await browser.newContext({ baseURL: origin, locale: 'en-GB' })
      const visitor = await context.newPage()
      visitor.setDefaultTimeout(15_000)
      visitor.on('pageerror', (error) => failures.push(error.stack ?? error.message))
      // The provider asks nothing: she is signed in there.
      await visitor.route(`${identities.issuer}/**`, async (route) => {
        const location = await identities.visits(route.request().url(), ines)
        await route.fulfill({ status: 302, headers: { location } })
      })
      await visitor.goto('/sign-in')
      await visitor.getByRole('button', { name: 'Continue with Example' }).click()
      if (!isKnown) {
        // Exact: the page that he leaves has a field for a "username or e-mail".
        await visitor.getByLabel('Username', { exact: true }).fill('ines')
        await visitor.getByLabel('Day of birth').fill('1990-05-17')
        await visitor.getByRole('button', { name: 'Go on' }).click()
      }
      await visitor.getByText('Your feed is waiting').waitFor()
      if (isKnown) {
        await visitor.goto('/settings')
        await visitor
          .locator('section', { hasText: 'Other ways to sign in' })
          .getByText('ines@example.com')
          .waitFor()
        await visitor.getByRole('switch', { name: /^Measure my use/ }).click()
        await visitor.getByRole('switch', { name: /^Measure my use.*Since/ }).waitFor()
      }
      await context.close()
    }
  }, 60_000)

  test('a forgotten password is chosen anew by the link of a mail', async () => {
    await signsOut()
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByLabel('Username or e-mail').fill('sina')
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByText('a mail with a link is on its way').waitFor()
    const { text = '' } = await mails.mailTo('sina@example.org', /password/i)
    await page.goto(/http\S+/.exec(text)?.[0] ?? '')
    await page.getByLabel('New password').fill('another horse battery')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password is changed').waitFor()
    expect(failures).toEqual([])
  }, 60_000)
})
