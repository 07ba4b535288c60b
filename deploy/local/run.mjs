import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { install } from './install.mjs'
import { nodeBinary, nodeEnv, root } from './paths.mjs'
import { startServices } from './services.mjs'

/**
 * `node run.mjs [--services] COMMAND ARGS`: installs what is missing and runs a command of node_modules/.bin, or
 * `node`, under Node 24. With --services it gets services of its own that are gone afterwards.
 */

// Ctrl-C reaches the command too, which ends in its own time; a signal to this process alone is passed on.
let child = null
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (!child) process.exit(128 + constants.signals[signal])
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
}

const log = (line) => console.error(line)

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function main(words) {
  const wantsServices = words[0] === '--services'
  const [command, ...args] = wantsServices ? words.slice(1) : words
  if (!command) throw new Error('Usage: node deploy/local/run.mjs [--services] COMMAND ARGS')
  await install(log)
  const dir = wantsServices ? mkdtempSync(join(tmpdir(), 'heliograph-')) : ''
  const services = dir ? await startServices({ dir, log, ephemeral: true }) : null
  try {
    return await execute([...scriptOf(command), ...args], services?.env)
  } finally {
    await services?.stop()
  }
}

function scriptOf(command) {
  if (command === 'node') return []
  const link = join(root, 'node_modules/.bin', command)
  if (!existsSync(link)) throw new Error(`"${command}" is not a command of node_modules/.bin.`)
  return [realpathSync(link)]
}

function execute(args, env) {
  child = spawn(nodeBinary(), args, {
    cwd: root,
    env: nodeEnv(env),
    stdio: 'inherit',
  })
  return new Promise((settle, fail) => {
    child.on('error', fail)
    child.on('exit', (code, signal) => settle(signal ? 128 + constants.signals[signal] : code))
  })
}
