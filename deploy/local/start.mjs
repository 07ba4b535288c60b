import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { install } from './install.mjs'
import { clearLedger } from './keeper.mjs'
import { stateDir } from './paths.mjs'
import { holderOf, isFree } from './ports.mjs'
import { provide } from './provide.mjs'
import { settleAll, startServices } from './services.mjs'
import { supervise } from './supervise.mjs'
import { buildWeb } from './web.mjs'

/** `npm start`: the whole system on this machine. */

const usage = 'npm start [-- --fresh] [--no-demo]   (PORT=4001 npm start: another port)'

const apps = [
  { name: 'The gateway', script: 'gateway/all-in-one.ts' },
  // The port that one may have named for whoever runs this is the gateway's.
  { name: 'The worker process', script: 'workers/all.ts', env: { ADMIN_PORT: '' } },
]

const log = (line) => console.log(line)

// A Ctrl-C in a terminal arrives twice, from the terminal and through npm; only a later one means "now". The watchdog
// sees to the children then.
const interrupted = new AbortController()
let since = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (interrupted.signal.aborted && Date.now() - since > 1000) process.exit(130)
    if (interrupted.signal.aborted) return
    since = Date.now()
    interrupted.abort()
  })
}

try {
  await main()
} catch (error) {
  if (!interrupted.signal.aborted) {
    console.error(error.message)
    process.exitCode = 1
  }
}

async function main() {
  const options = readOptions()
  if (options.help) return log(usage)
  const port = await checkPort()
  const data = join(stateDir, 'data')
  mkdirSync(stateDir, { recursive: true })
  await clearLedger(join(stateDir, 'running.json'))
  if (options.fresh && existsSync(data)) {
    log(`Starting over: ${data} is deleted.`)
    rmSync(data, { recursive: true, force: true })
  }
  // On a first start the packages and the services' programs are fetched side by side; to start a service takes a package.
  const [programs] = await settleAll([provide({ log, useEnv: true }), install(log, interrupted.signal)])
  const [services, web] = await Promise.allSettled([
    startServices({ dir: stateDir, log, programs }),
    buildWeb(log),
  ])
  if (services.status === 'rejected') throw services.reason
  try {
    if (web.status === 'rejected') throw web.reason
    if (!interrupted.signal.aborted)
      await runApps(services.value, {
        PORT: String(port),
        DEMO: options.demo ? 'on' : 'off',
        // The programs say in words what a person needs; their log lines are for machines.
        LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
      })
  } finally {
    log('Stopping …')
    await services.value.stop()
  }
}

/** Resolves after the first Ctrl-C; throws when a program cannot be kept up. */
async function runApps({ env, keeper }, settings) {
  const stopped = new Promise((settle) => interrupted.signal.addEventListener('abort', () => settle()))
  const given = apps.map((app) => supervise(app, { ...env, ...settings, ...app.env }, keeper, log))
  const complaint = await Promise.race([stopped, ...given])
  if (complaint) throw new Error(complaint)
}

function readOptions() {
  const known = {
    fresh: { type: 'boolean' },
    demo: { type: 'boolean' },
    'no-demo': { type: 'boolean' },
    help: { type: 'boolean' },
  }
  try {
    const { values } = parseArgs({ options: known })
    return { fresh: values.fresh, demo: !values['no-demo'], help: values.help }
  } catch (error) {
    throw new Error(`${error.message.split('.')[0]}. Usage: ${usage}`)
  }
}

async function checkPort() {
  const port = Number(process.env.PORT || 4000)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`PORT is "${process.env.PORT}", which is not a port: give a number from 1 to 65535.`)
  }
  if (await isFree(port)) return port
  const other = port < 65_535 ? port + 1 : 4000
  throw new Error(
    `Port ${port} is held by ${holderOf(port)}: stop it, or choose another with "PORT=${other} npm start".`,
  )
}
