// docs/third-party.md, carried out: its blocks are run in their order, and a person is where it says that one is.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { within } from '#platform/within.ts'
import { grantableScopes } from '#schema/scopes.ts'
import { type Person, passwordOf } from '../tests/person.ts'
import { type System, startSystem } from '../tests/system.ts'
import { approves, createBrowser, opensAddress, sendsConsent } from '../tests/third-party.ts'

const text = readFileSync(new URL('third-party.md', import.meta.url), 'utf8')
/** The blocks by language and name, such as `js ask.mjs`. */
const blocks = new Map(
  [...text.matchAll(/^```(\w+ ?[\w.-]*)\n([\s\S]*?)^```$/gm)].map(([, name = '', body = '']) => [
    name.trim(),
    body,
  ]),
)
const block = (name: string): string => {
  const body = blocks.get(name)
  if (body === undefined) throw new Error(`the document has no block "${name}"`)
  return body
}

const folder = mkdtempSync(join(tmpdir(), 'third-party-'))
let system: System
let developer: Person
let env: Record<string, string | undefined>

beforeAll(async () => {
  system = await startSystem()
  developer = await system.signsUp('developer')
  env = {
    PATH: process.env.PATH,
    HOME: folder,
    HELIOGRAPH_URL: system.url,
    HELIOGRAPH_LOGIN: 'developer',
    HELIOGRAPH_PASSWORD: passwordOf('developer'),
  }
  for (const [name, body] of blocks) {
    const [, file] = name.split(' ')
    if (file?.includes('.')) writeFileSync(join(folder, file), body)
  }
  // What `npm install heliograph` would do.
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(
    fileURLToPath(new URL('../bin/heliograph.mjs', import.meta.url)),
    join(folder, 'node_modules/.bin/heliograph'),
  )
})
afterAll(async () => {
  await system[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const execute = promisify(execFile)
/** Runs a script of the document; answers what it prints, a line each. */
async function runs(file: string): Promise<string[]> {
  const { stdout } = await execute(process.execPath, [file], { cwd: folder, env })
  return stdout.trim().split('\n')
}

/** Sends a mutation of the document as the developer. */
async function sends<T>(name: string, appId?: string): Promise<T> {
  const { input } = JSON.parse(block(`json ${name}`)) as { input: object }
  const variables = { input: { ...input, ...(appId && { appId }) } }
  const { data, errors } = await developer.asks<Record<string, T>, object>(
    block(`graphql ${name}`),
    variables,
  )
  const [payload] = Object.values(data ?? {})
  if (!payload) throw new Error(JSON.stringify(errors))
  return payload
}

test('the walk-through works from the first block to the last', async () => {
  const { app, secret } = await sends<{ app: { id: string }; secret: null }>('register')
  expect(secret).toBeNull()
  env.APP_ID = app.id

  const authorize = spawn(process.execPath, ['authorize.mjs'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(authorize, 'exit')
  const lines = createInterface({ input: authorize.stdout })[Symbol.asyncIterator]()
  const [, address = ''] = (await within(30_000, lines.next())).value.split(' ')
  const browser = createBrowser(system.url)
  const consent = await opensAddress(browser, address)
  expect(consent.app.name).toBe('Sunday Picks')
  expect(consent.scopes.map(({ name }) => name)).toEqual(['profile:read', 'graph:read', 'engagement:read'])
  const back = await sendsConsent(
    browser,
    consent,
    await approves(developer, { id: app.id, secret: null }, consent),
  )
  await fetch(back as URL)
  expect((await within(30_000, lines.next())).value).toBe(
    'Authorised for profile:read graph:read engagement:read',
  )
  expect((await ended)[0]).toBe(0)

  expect(await runs('ask.mjs')).toEqual([
    expect.stringMatching(/^Hello developer, this cost \d+ of 50000 points$/),
  ])
  expect(await runs('forbidden.mjs')).toEqual([
    'developer null',
    "FORBIDDEN [ 'conversation' ] [ [ 'messages:read' ] ]",
  ])
  expect((await runs('listen.mjs')).join('\n')).toContain('event: next')
  expect(await runs('refresh.mjs')).toEqual(['Refreshed'])

  const pushed = await execute('sh', ['-c', block('sh')], { cwd: folder, env })
  expect(pushed.stdout).toContain('Published 2 documents as version 1.0.0.')
  const me = '{"viewer":{"username":"developer"}}'
  const people = '{"viewer":{"user":{"following":{"nodes":[]}}}}'
  expect(await runs('documents.mjs')).toEqual([me, people, me])
  expect(await sends('require-id', app.id)).toEqual({ app: { documentMode: 'REQUIRE_ID' }, userErrors: [] })
  await expect
    .poll(() => runs('documents.mjs'), { timeout: 30_000 })
    .toEqual([me, people, 'PERSISTED_QUERY_REQUIRED'])
  expect(await runs('revoke.mjs')).toEqual(['401'])
}, 120_000)

test('a push of a document that is bad says which and why, and fails', async () => {
  writeFileSync(join(folder, 'bad.json'), JSON.stringify({ typo: 'query Typo { veiwer { username } }' }))
  const push = execute('sh', ['-c', block('sh').replace('manifest.json', 'bad.json')], { cwd: folder, env })
  await expect(push).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/typo: GRAPHQL_VALIDATION_FAILED: .*veiwer/),
  })
})

test('the document names every scope that an app can ask for', () => {
  for (const scope of grantableScopes) expect(text).toContain(`\`${scope}\``)
})
