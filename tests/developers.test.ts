// The developers' page, the consent page and the settings, as people see them: in Chromium, against the system in production mode, where
// the web client may only name its documents.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signUp, startBrowser } from './chromium.ts'
import { send } from './person.ts'
import { type System, startSystem } from './system.ts'
import { authorizationRequest, exchanges, type RegisteredApp } from './third-party.ts'

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('in a browser', () => {
  let system: System
  let browser: Browser
  let page: Page
  let callback: Server
  let redirectUri: string
  const answers: string[] = []
  const refused: string[] = []
  const failures: string[] = []
  let app: RegisteredApp
  let token: string

  beforeAll(async () => {
    browser = await startBrowser()
    // Browsers are sent to the public address; the port is known before the gateway listens.
    callback = createServer((request, response) => {
      answers.push(request.url ?? '')
      response.end('You can close this page.')
    }).listen(0, '127.0.0.1')
    await once(callback, 'listening')
    redirectUri = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/callback`
    system = await startSystem({ env: { NODE_ENV: 'production' } })
    const baseURL = system.url.replace('127.0.0.1', 'localhost')
    page = await (await browser.newContext({ baseURL, locale: 'en-GB' })).newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => failures.push(error.stack ?? error.message))
    page.on('response', async (response) => {
      if (!response.url().endsWith('/graphql')) return
      const text = await response.text().catch(() => '')
      if (/"PERSISTED_QUERY_|GRAPHQL_VALIDATION_FAILED/.test(text)) refused.push(text)
    })
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    callback?.close()
    await system?.[Symbol.asyncDispose]()
  })

  test('somebody registers an app on the developers’ page and gets its keys', async () => {
    await signUp(page, 'dora')
    await page.goto('/settings')
    await page.getByRole('link', { name: 'For developers' }).click()
    await page.getByLabel('Name of the app').fill('Sunday Picks')
    await page.getByLabel('Redirect addresses').fill(redirectUri)
    await page.getByLabel('graph:read').check()
    await page.getByRole('button', { name: 'Register' }).click()
    const id = await page.getByText('Client id:').locator('code').textContent()
    expect(id).toMatch(/^app_/)
    app = { id: id as string, secret: null }
  })

  test('the consent page says what the app wants; the app gets what is left switched on', async () => {
    await page.goto(`/oauth/auth?${authorizationRequest(app, { redirect_uri: redirectUri })}`)
    await page.getByRole('heading', { name: 'Let Sunday Picks in?' }).waitFor()
    await page.getByText('See whom you follow').waitFor()
    await page.getByRole('switch', { name: 'graph:read' }).uncheck()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.getByText('You can close this page.').waitFor()
    const code = new URL(answers.at(-1) ?? '', redirectUri).searchParams.get('code') ?? ''
    const { status, body } = await exchanges(system.url, app, code, { redirect_uri: redirectUri })
    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: 'profile:read' })
    token = body.access_token
    expect((await send(system.url, '{ viewer { username } }', undefined, token)).data).toEqual({
      viewer: { username: 'dora' },
    })
  })

  test('the settings show the app, and remove it', async () => {
    await page.goto('/settings')
    await page.getByRole('heading', { name: 'Apps that may act for you' }).waitFor()
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('heading', { name: 'Apps that may act for you' }).waitFor({ state: 'detached' })
    await expect
      .poll(
        async () =>
          (await send(system.url, '{ viewer { username } }', undefined, token)).errors[0]?.extensions?.code,
        {
          timeout: 20_000,
        },
      )
      .toBe('UNAUTHENTICATED')
  })

  test('documents are published on the page, and it shows what the app does', async () => {
    await page.goto('/developers')
    await page.getByRole('button', { name: 'Sunday Picks' }).click()
    const manifest = JSON.stringify({ who: 'query Who { viewer { username } }' })
    await page.getByLabel('Publish a manifest').setInputFiles({
      name: 'manifest.json',
      mimeType: 'application/json',
      buffer: Buffer.from(manifest),
    })
    await page.getByText(': 1 documents').waitFor()
    await page.locator('table.usage tbody tr').first().waitFor()
    await page.getByLabel('What it may ask with').selectOption('REQUIRE_ID')
    await page.getByText('Saved.').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Sunday Picks' }).click()
    expect(await page.getByLabel('What it may ask with').inputValue()).toBe('REQUIRE_ID')
  })

  test('all of it by the names of documents, without a fault', async () => {
    expect(refused).toEqual([])
    expect(failures).toEqual([])
  })
})
