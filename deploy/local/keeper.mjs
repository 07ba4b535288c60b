import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commandOf, isAlive, stopProcess } from './process.mjs'

/**
 * Owns child processes: starts them, stops them in reverse order, and sees to it that they do not outlive this process
 * however it ends. Each runs in a process group of its own, so that a Ctrl-C reaches only this process, which then
 * stops them in order.
 *
 * @param grace most milliseconds between SIGTERM and SIGKILL; 0 for processes whose data nobody wants
 * @param ledger path of a file that names the running children for the next start, or null
 */
export function createKeeper({ grace, ledger = null }) {
  const children = []
  const litter = []
  let stopping = false
  const watchdog = spawn(process.execPath, [fileURLToPath(new URL('watchdog.mjs', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.unref()
  watchdog.stdin.unref()
  watchdog.stdin.on('error', () => {})
  const tell = (line) => watchdog.stdin.write(`${line}\n`)

  const record = () => {
    if (!ledger) return
    const entries = children.map(({ pid, spawnargs }) => ({
      pid,
      command: spawnargs.join(' '),
    }))
    writeFileSync(
      ledger,
      JSON.stringify({
        owner: process.pid,
        command: commandOf(process.pid),
        entries,
      }),
    )
  }

  return {
    /** Starts a program. Output goes to `logFile`, or where `stdio` says; `patience` shortens the grace. */
    start(file, args, { cwd, env = process.env, logFile, stdio, patience = grace }) {
      const out = logFile ? openSync(logFile, 'a') : null
      const child = spawn(file, args, {
        cwd,
        env,
        detached: true,
        stdio: stdio ?? ['ignore', out, out],
      })
      if (out !== null) closeSync(out)
      child.exited = new Promise((settle) => {
        child.once('error', (error) => settle(error.message))
        child.once('exit', (code, signal) => settle(signal ?? `exit code ${code}`))
      })
      if (!child.pid) return child
      child.grace = Math.min(grace, patience)
      children.push(child)
      tell(`add ${child.pid} ${child.grace}`)
      record()
      child.exited.then(() => {
        children.splice(children.indexOf(child), 1)
        tell(`drop ${child.pid}`)
        record()
      })
      return child
    },
    isStopping: () => stopping,
    /** A file or folder that goes when the children are gone. */
    removeAtEnd(path) {
      litter.push(path)
      tell(`remove ${path}`)
    },
    /** Stops what still runs, the youngest first, and then the watchdog. */
    async stopAll() {
      stopping = true
      for (const child of [...children].reverse()) {
        await stopProcess(child.pid, child.grace)
        await child.exited
      }
      for (const path of litter) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
      if (ledger) rmSync(ledger, { force: true })
      watchdog.kill('SIGKILL')
    },
  }
}

/**
 * Clears what an earlier run left: children of a process that is gone are stopped.
 * @throws Error with one sentence when that process still runs
 */
export async function clearLedger(ledger) {
  let left
  try {
    left = JSON.parse(readFileSync(ledger, 'utf8'))
  } catch {
    return
  }
  if (left.owner !== process.pid && isAlive(left.owner) && commandOf(left.owner) === left.command) {
    throw new Error(
      `Heliograph already runs from this folder (process ${left.owner}): stop it with Ctrl-C or "kill ${left.owner}", or start from a second checkout.`,
    )
  }
  // A number may have been given to another process since; the command line tells.
  const ours = left.entries.filter(({ pid, command }) => commandOf(pid).trim() === command.trim())
  for (const { pid } of ours.reverse()) await stopProcess(pid)
  rmSync(ledger, { force: true })
}
