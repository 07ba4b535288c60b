// The dashboard asks for what the processes measure, and leaves none of it out.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { startAllInOne } from '../../gateway/all-in-one.ts'
import { testPlatform } from '../../tests/platform.ts'

interface Panel {
  title: string
  targets?: { expr: string; legendFormat: string }[]
}

let platform: Platform
let stack: AsyncDisposableStack
beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
})
afterAll(() => stack.disposeAsync())

test('every metric on the dashboard is one of /metrics, and every one of /metrics is on it', async () => {
  const text = await readFile(new URL('heliograph.json', import.meta.url), 'utf8')
  const { panels } = JSON.parse(text) as { panels: Panel[] }
  const asked = new Set(
    panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr.match(/heliograph_\w+/g) ?? [])),
  )
  const { adminUrl } = await startAllInOne(platform, stack)
  const measured = (await (await fetch(`${adminUrl}/metrics`)).text()).matchAll(/^# TYPE (\w+)/gm)
  expect([...asked].sort()).toEqual([...measured].map(([, name]) => name).sort())
})

test('what is said of several series names the labels that they were summed by', async () => {
  const { panels } = JSON.parse(await readFile(new URL('heliograph.json', import.meta.url), 'utf8')) as {
    panels: Panel[]
  }
  for (const { title, targets = [] } of panels) {
    for (const { expr, legendFormat } of targets) {
      const labels = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? []
      for (const label of labels) expect(legendFormat, title).toContain(`{{${label}}}`)
    }
  }
})
