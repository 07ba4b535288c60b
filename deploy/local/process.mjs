import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Whether the process runs; one that has ended and was not yet waited for does not count. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
  if (process.platform !== 'linux') return true
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** SIGTERM, then SIGKILL after `grace` milliseconds (0: at once). Resolves when the process is gone. */
export async function stopProcess(pid, grace = 10_000) {
  if (!signal(pid, grace > 0 ? 'SIGTERM' : 'SIGKILL')) return
  const end = Date.now() + grace
  let killed = grace === 0
  while (isAlive(pid)) {
    if (!killed && Date.now() > end) killed = signal(pid, 'SIGKILL')
    await delay(20)
  }
}

function signal(pid, name) {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** The command line of a process, or '' when it does not run or cannot be seen. */
export function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    if (process.platform === 'linux') return ''
    return (
      spawnSync('ps', ['-o', 'command=', '-p', String(pid)], {
        encoding: 'utf8',
      }).stdout ?? ''
    )
  }
}
