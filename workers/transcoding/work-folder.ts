// Scratch folders on the local disk, one for each run of a job. Their names tell whose they are, so that the next worker can
// remove those of one that was killed.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const namePattern = /^heliograph-work-(\d+)-/
const inUse = new Set<string>()

/** A fresh folder, readable by this user alone, gone after `await using`. */
export async function createWorkFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), `heliograph-work-${process.pid}-`))
  inUse.add(path)
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
      inUse.delete(path)
    },
  }
}

/** Removes the folders of processes that are no more. */
export async function clearDeadFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(namePattern.exec(name)?.[1])
    const path = join(tmpdir(), name)
    // In a container every worker has the same number: a folder of that number which is not in use is an earlier one's.
    if (Number.isNaN(pid) || inUse.has(path) || (pid !== process.pid && isAlive(pid))) continue
    await rm(path, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process answers EPERM, and lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
