// Every relative link in the project's Markdown leads somewhere.
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const files: string[] = []
for await (const file of glob(['*.md', '{bench,deploy,docs,schema,tests,web}/**/*.md'], { cwd: root })) {
  if (!file.includes('node_modules')) files.push(file)
}

/** Targets of `[text](target)` and `![text](target)` outside code, without addresses and anchors. */
function relativeLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
}

test('there is documentation', () => {
  expect(files).toEqual(expect.arrayContaining(['README.md', join('docs', 'running.md')]))
})

test.each(files)('links of %s', async (file) => {
  const markdown = await readFile(join(root, file), 'utf8')
  const broken = relativeLinks(markdown).filter(
    (target) => !existsSync(normalize(join(root, dirname(file), decodeURIComponent(target)))),
  )
  expect(broken).toEqual([])
})
