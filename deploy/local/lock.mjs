import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stateDir } from './paths.mjs'
import { isAlive } from './process.mjs'

/**
 * One process at a time in a checkout does what has this name; others wait and say for whom. A lock whose owner is dead is taken over.
 * @returns the function that gives the lock back
 */
export async function takeLock(name, what, log) {
  const file = join(stateDir, `${name}.lock`)
  mkdirSync(stateDir, { recursive: true })
  for (let said = false; ; said = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owner = readOwner(file)
    if (owner && isAlive(owner)) {
      if (!said) log(`Waiting for ${what} that process ${owner} is doing …`)
      await delay(500)
    } else {
      rmSync(file, { force: true })
    }
  }
}

function readOwner(file) {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}
