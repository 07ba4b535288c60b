import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { daemons } from './daemons.mjs'
import { clearLedger, createKeeper } from './keeper.mjs'
import { provideModels } from './models.mjs'
import { choosePorts } from './ports.mjs'
import { provide } from './provide.mjs'
import { loadSecrets } from './secrets.mjs'

/**
 * Brings up MongoDB (a replica set of one), two Redis (cache and queue), NATS with JetStream, an S3 store and ffmpeg,
 * and resolves when all of them serve. Services that the environment names are used as they are.
 *
 * `dir` keeps data, logs, ports and secrets. `programs` is what `provide` found, when it was asked before. With `ephemeral`
 * the folder is deleted by `stop`, nothing is made durable, and the services of the environment are left alone; `memory` is a
 * folder for what would wait for a disk, and is deleted too. The types stand in services-types.d.ts.
 * @throws MissingServices, or an Error that ends with what the failing program said
 */
export async function startServices({
  dir,
  log = console.log,
  ephemeral = false,
  memory = null,
  programs = null,
}) {
  const ledger = ephemeral ? null : join(dir, 'running.json')
  for (const folder of ['data', 'logs']) mkdirSync(join(dir, folder), { recursive: true })
  if (ledger) await clearLedger(ledger)
  const found = programs ?? (await provide({ log, useEnv: !ephemeral }))
  const models = provideModels(log)
  const secrets = loadSecrets(join(dir, 'secrets.json'))
  const wanted = daemons.filter(({ service }) => found[service].way !== 'env')
  const portsFile = ephemeral ? null : join(dir, 'ports.json')
  const ports = await choosePorts(
    wanted.flatMap((daemon) => daemon.ports),
    portsFile,
  )

  const keeper = createKeeper({ grace: ephemeral ? 0 : 10_000, ledger })
  if (ephemeral) keeper.removeAtEnd(dir)
  if (memory) keeper.removeAtEnd(memory)
  const system = { dir, memory, log, ephemeral, secrets, ports, portsFile, keeper }
  const stop = () => keeper.stopAll()
  try {
    await settleAll(wanted.map((daemon) => startDaemon(daemon, found[daemon.service], system)))
  } catch (error) {
    await stop()
    throw error
  }
  const addresses = wanted.map((daemon) => [daemon.variable, daemon.address(system)])
  const given = Object.assign({}, ...Object.values(found).map(({ env }) => env))
  return {
    env: {
      ...secrets,
      ...Object.fromEntries(addresses),
      ...given,
      ...paths(found.ffmpeg),
      ...(await models),
    },
    keeper,
    stop,
  }
}

/** Waits for all even when one fails, so that nothing is started behind the back of a stop. */
export async function settleAll(promises) {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find(({ status }) => status === 'rejected')
  if (failed) throw failed.reason
  return settled.map(({ value }) => value)
}

const paths = ({ files }) => (files ? { FFMPEG_PATH: files.ffmpeg, FFPROBE_PATH: files.ffprobe } : {})

/** Another program may take a port between its choice and its use: then it is tried again with others. */
async function startDaemon(daemon, source, system) {
  for (let attempt = 1; ; attempt++) {
    const failure = await launch(daemon, source, system)
    if (!failure) return
    if (attempt === 3 || !/in use/i.test(failure)) throw new Error(`${daemon.name} did not start: ${failure}`)
    Object.assign(system.ports, await choosePorts(daemon.ports, system.portsFile))
  }
}

/** Starts the daemon and waits until it serves. Resolves to '' then, otherwise to the end of its log. */
async function launch(daemon, source, system) {
  const { keeper, dir, memory } = system
  const home = join(memory && daemon.waitsForDisk ? memory : join(dir, 'data'), daemon.name)
  const logFile = join(dir, 'logs', `${daemon.name}.log`)
  mkdirSync(home, { recursive: true })
  const [file, ...args] = commandLine(daemon, source, { ...system, dir: home })
  for (const path of daemon.litter?.(system) ?? []) keeper.removeAtEnd(path)
  const env = { ...process.env, HOME: home }
  const child = keeper.start(file, args, {
    cwd: home,
    env,
    logFile,
    patience: daemon.patience,
  })
  let ended = ''
  child.exited.then((how) => {
    ended = how
  })
  const deadline = Date.now() + 60_000
  for (;;) {
    if (ended) return `${ended}; ${lastLines(logFile)}`
    if (await daemon.isReady(system)) break
    if (Date.now() > deadline) return `not ready after 60 s; ${lastLines(logFile)}`
    await delay(50)
  }
  if (!system.ephemeral) child.exited.then((how) => revive(daemon, source, system, how))
  return ''
}

/** A service that falls over while the system runs comes back on the same ports and data. */
async function revive(daemon, source, system, how) {
  if (system.keeper.isStopping()) return
  system.log(`${daemon.name} ended (${how}) and is started again.`)
  await delay(500)
  if (system.keeper.isStopping()) return
  const failure = await launch(daemon, source, system)
  if (failure) system.log(`${daemon.name} did not start again: ${failure}`)
}

function commandLine(daemon, source, system) {
  if (source.way !== 'docker')
    return [source.files[daemon.program], ...daemon.args({ ...system, bind: '127.0.0.1' })]
  const name = `heliograph-${daemon.name}-${createHash('sha256').update(system.dir).digest('hex').slice(0, 8)}`
  // A client that was killed leaves its container behind.
  spawnSync('docker', ['rm', '--force', name], { stdio: 'ignore' })
  const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid()}`] : []
  const published = daemon.ports.flatMap((port) => [
    '--publish',
    `127.0.0.1:${system.ports[port]}:${system.ports[port]}`,
  ])
  const place = [
    '--volume',
    `${system.dir}:${system.dir}`,
    '--workdir',
    system.dir,
    '--env',
    `HOME=${system.dir}`,
  ]
  const options = ['run', '--rm', '--init', '--name', name, ...user, ...published, ...place]
  // Inside the container every interface is bound; only loopback is published.
  const args = daemon.args({ ...system, bind: '0.0.0.0' })
  return ['docker', ...options, '--entrypoint', daemon.program, source.image, ...args]
}

function lastLines(logFile) {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n').slice(-1500)
}
