// A feature of the web client behind an experiment: each sees his variant, and what he met is counted once.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { setRole } from '#subgraphs/user/set-role.ts'
import * as op from '../web/src/operations.gen.ts'
import { openAs, startBrowser } from './chromium.ts'
import type { Person } from './person.ts'
import { picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

const experimentKey = 'comment-starters'

// The Chromium that npm brings is built for Linux alone.
describe.skipIf(process.platform !== 'linux')('an experiment in a browser', () => {
  let system: System
  let browser: Browser
  const people = new Map<string, Person>()
  let post: { id: string }

  beforeAll(async () => {
    browser = await startBrowser()
    system = await startSystem()
    const boss = await system.signsUp('boss')
    await setRole(system.platform, 'boss', 'STAFF')
    for (const [name, input] of [
      ['upsertExperiment', 'UpsertExperimentInput'],
      ['startExperiment', 'StartExperimentInput'],
    ]) {
      const document = `mutation ($input: ${input}!) { ${name}(input: $input) { userErrors { code } } }`
      const { data } = await boss.asks<Record<string, { userErrors: object[] }>, object>(document, {
        input: { experimentKey },
      })
      expect(data?.[name ?? '']?.userErrors).toEqual([])
    }
    post = await boss.posts([await boss.uploads(await picture('#2f6f8f'), 'image/jpeg')], 'A blue wall')
    await system.settle()
    await vi.waitFor(
      async () => expect(await system.platform.experiments.running(experimentKey)).not.toBe(null),
      { timeout: 20_000 },
    )
    for (let i = 0; people.size < 2; i++) {
      const person = await system.signsUp(`someone${i}`)
      const { viewer } = await person.does(op.ExperimentsDocument, {})
      const variant = viewer?.experiments.find(({ key }) => key === experimentKey)?.variant
      if (variant) people.set(variant, person)
    }
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await system?.[Symbol.asyncDispose]()
  })

  const exposures = async () => {
    const rows = await system.platform
      .db('user')
      .collection('exposures')
      .find({ key: experimentKey })
      .toArray()
    return rows.map(({ accountId, variant }) => [accountId, variant]).sort()
  }
  const personIn = (variant: string) => {
    const person = people.get(variant)
    if (!person) throw new Error(`nobody is in ${variant}`)
    return person
  }
  /** A page of the post, and its field for a comment, in which one is about to write. */
  async function writes(variant: string): Promise<Page> {
    const page = await openAs(browser, personIn(variant))
    await page.goto(`/p/${post.id}`)
    await page.getByRole('textbox', { name: 'Add a comment' }).click()
    return page
  }

  test('who is to see a row of emoji sees it, the other does not, and both count once', async () => {
    const treated = await writes('treatment')
    await treated.getByRole('button', { name: 'Add 🔥' }).click()
    await treated.getByRole('button', { name: 'Post', exact: true }).click()
    await treated.getByRole('listitem').getByText('🔥').first().waitFor()
    const control = await writes('control')
    const both = [...people].map(([variant, { id }]) => [id, variant]).sort()
    await expect.poll(exposures, { timeout: 20_000 }).toEqual(both)
    expect(await control.getByRole('button', { name: 'Add 🔥' }).count()).toBe(0)
    // Again changes nothing, and who does not write meets nothing.
    await writes('treatment')
    const reader = await openAs(browser, await system.signsUp('reader'))
    await reader.goto(`/p/${post.id}`)
    await reader.getByText('🔥').first().waitFor()
    expect(await exposures()).toEqual(both)
  }, 120_000)
})
