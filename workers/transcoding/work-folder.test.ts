import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clearDeadFolders, createWorkFolder } from './work-folder.ts'

test('a folder is gone after use; those of dead processes are removed, those of living ones are not', async () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  const dead = await mkdtemp(join(tmpdir(), `heliograph-work-${pid}-`))
  const earlier = await mkdtemp(join(tmpdir(), `heliograph-work-${process.pid}-`))
  const living = await mkdtemp(join(tmpdir(), `heliograph-work-${process.ppid}-`))
  await writeFile(join(dead, 'upload'), 'bytes')
  let own: string
  {
    await using folder = await createWorkFolder()
    own = folder.path
    await clearDeadFolders()
    expect([dead, earlier, living, own].map(existsSync)).toEqual([false, false, true, true])
  }
  expect(existsSync(own)).toBe(false)
  await rm(living, { recursive: true })
})
