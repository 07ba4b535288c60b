import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { takeLock } from './lock.mjs'
import { nodeBinary, nodeEnv, root, stateDir } from './paths.mjs'

const stamp = join(stateDir, 'web.stamp')

/** Builds web/dist when it is missing or older than what it is made of. Without a web folder there is nothing to do. */
export async function buildWeb(log) {
  if (!existsSync(join(root, 'web/vite.config.ts'))) return
  // A build empties the folder first: two at the same moment would take each other's files away.
  const release = await takeLock('web', 'the build of the web client', log)
  try {
    await build(log)
  } finally {
    release()
  }
}

async function build(log) {
  const sources = hashSources()
  const built =
    existsSync(join(root, 'web/dist/index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8')
  if (built === sources) return
  log('Building the web client …')
  const child = spawn(
    nodeBinary(),
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'],
    {
      cwd: root,
      env: nodeEnv({ NODE_ENV: 'production' }),
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  const code = await new Promise((settle) => {
    child.on('error', settle)
    child.on('exit', (exit, signal) => settle(signal ?? exit))
  })
  if (code !== 0) throw new Error(`The web client did not build (${code}); "npm run build:web" shows why.`)
  writeFileSync(stamp, sources)
}

function hashSources() {
  const hash = createHash('sha256')
  for (const folder of ['web', 'schema']) {
    for (const file of filesUnder(join(root, folder)).sort()) hash.update(file).update(readFileSync(file))
  }
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
}

function filesUnder(dir) {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { withFileTypes: true }).flatMap((item) => {
    if (item.name === 'dist' || item.name === 'node_modules') return []
    const path = join(dir, item.name)
    return item.isDirectory() ? filesUnder(path) : item.isFile() ? [path] : []
  })
}
