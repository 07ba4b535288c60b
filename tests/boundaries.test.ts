// The import direction is enforced by the linter; this proves that it bites, in a tree of its own with our configuration.
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const biome = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))
const configuration = fileURLToPath(new URL('../biome.json', import.meta.url))

const refused: [folder: string, specifier: string][] = [
  ['schema', '#platform/mongo.ts'],
  ['platform', '#subgraphs/user/store.ts'],
  ['platform', '../gateway/server.ts'],
  ['subgraphs/user', '#subgraphs/graph/store.ts'],
  ['subgraphs/user', '../graph/store.ts'],
  ['subgraphs/feed/domain', '../../content/model.ts'],
  ['gateway', '#subgraphs/user/main.ts'],
  ['workers/fanout', '#subgraphs/content/store.ts'],
  ['web/src', '../../platform/config.ts'],
]
const allowed: typeof refused = [
  ['subgraphs/user', '#platform/mongo.ts'],
  ['subgraphs/user/domain', '../model.ts'],
  ['workers/fanout', '#subgraphs/feed/store.ts'],
]

let tree: string
let verdict: string
const fileOf = ([folder, specifier]: [string, string]) =>
  `${folder}/from-${specifier.replaceAll(/[^a-z]+/g, '-')}x.ts`

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'heliograph-boundaries-'))
  await cp(configuration, join(tree, 'biome.json'))
  for (const [folder, specifier] of [...refused, ...allowed]) {
    const file = join(tree, fileOf([folder, specifier]))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `import { thing } from '${specifier}'\n\nexport const it = thing\n`)
  }
  const run = spawnSync(biome, ['lint', '--vcs-enabled=false', '--max-diagnostics=none'], {
    cwd: tree,
    encoding: 'utf8',
  })
  verdict = run.stdout + run.stderr
})
afterAll(() => rm(tree, { recursive: true }))

test.each(refused)('%s may not import %s', (folder, specifier) => {
  expect(verdict).toContain(`${fileOf([folder, specifier])}:1:23 lint/style/noRestrictedImports`)
})

test.each(allowed)('%s may import %s', (folder, specifier) => {
  expect(verdict).not.toContain(fileOf([folder, specifier]))
})
