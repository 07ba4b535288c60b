import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve, sep } from 'node:path'
import { takeLock } from './lock.mjs'
import { findOnPath, ownNode, root } from './paths.mjs'

const modules = join(root, 'node_modules')
const stamp = join(modules, '.heliograph-lock')

/**
 * Brings node_modules to what package-lock.json says, with Node 24 in it. Does nothing when it is there already.
 * Safe to interrupt (`signal` ends npm too) and to call from two processes at once. Throws with one sentence when npm fails.
 */
export async function install(log = console.log, signal = undefined) {
  if (isInstalled()) return
  const release = await takeLock('install', 'the installation', log)
  try {
    if (isInstalled()) return
    if (!matchesLockfile()) await npmCi(log, signal)
    if (!nodeRuns()) await fetchNode(log, signal)
    writeFileSync(stamp, lockHash())
  } finally {
    release()
  }
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash() && existsSync(ownNode())
}

function lockHash() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex')
}

/** npm writes its hidden lockfile last, so a tree that somebody installed by hand need not be installed again. */
function matchesLockfile() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
    const found = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages
    return Object.entries(wanted).every(
      ([path, entry]) => path === '' || entry.optional || found[path]?.version === entry.version,
    )
  } catch {
    return false
  }
}

function nodeRuns() {
  return spawnSync(ownNode(), ['--version']).status === 0
}

/**
 * Install scripts are refused altogether (npm 10 knows no list of allowed ones): the only one that is needed is that
 * of `node`, which fetchNode runs. The flags undo settings such as NODE_ENV=production that would leave packages out.
 */
async function npmCi(log, signal) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const count = Object.values(packages).filter(({ optional }) => !optional).length
  log(`Installing about ${count} packages (once; under a minute on a quick connection) …`)
  const flags = [
    '--include=dev',
    '--include=optional',
    '--include=peer',
    '--ignore-scripts',
    '--engine-strict=false',
  ]
  await npm(['ci', ...flags, '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci', {
    cwd: root,
    log,
    signal,
  })
}

async function fetchNode(log, signal) {
  log('Fetching Node 24 …')
  const dir = join(modules, 'node')
  // The package's script calls npm by a shell, of which Node 24 warns.
  const args = ['--disable-warning=DEP0190', 'installArchSpecificPackage.js']
  await run(baseNode(), args, 'The installation of the package "node"', {
    cwd: dir,
    log,
    signal,
  })
  if (!nodeRuns()) throw new Error(`${ownNode()} does not run on this machine; install Node 24 yourself.`)
  const link = join(modules, '.bin/node')
  if (process.platform !== 'win32' && !existsSync(link)) {
    rmSync(link, { force: true })
    symlinkSync('../node/bin/node', link)
  }
}

function npm(args, what, options) {
  const cli = process.env.npm_execpath
  if (cli?.endsWith('npm-cli.js') && existsSync(cli)) return run(baseNode(), [cli, ...args], what, options)
  const binary = findOnPath('npm', root)
  if (!binary) throw new Error('npm was not found on PATH; it comes with Node (version 20.11 or newer).')
  return run(binary, args, what, options)
}

/** A Node outside node_modules: `npm ci` deletes the one inside while it runs. */
function baseNode() {
  return findOnPath('node', modules) ?? process.execPath
}

async function run(file, args, what, { cwd, log, signal }) {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((dir) => !resolve(dir).startsWith(modules + sep))
  const child = spawn(file, args, {
    cwd,
    signal,
    env: { ...process.env, npm_config_update_notifier: 'false', PATH: path.join(delimiter) },
    stdio: ['ignore', process.stderr.isTTY ? 'inherit' : 'ignore', 'inherit'],
    shell: process.platform === 'win32' && file.endsWith('.cmd'),
  })
  const began = Date.now()
  const sign = setInterval(() => log(`  … ${Math.round((Date.now() - began) / 1000)} s`), 10_000)
  const code = await new Promise((settle) => {
    child.on('error', () => settle(127))
    child.on('exit', (exit, killed) => settle(killed ?? exit))
  }).finally(() => clearInterval(sign))
  if (code !== 0) throw new Error(`${what} failed (${code}); mend what it says above and start again.`)
}
