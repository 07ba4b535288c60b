import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve, sep } from 'node:path'

/** The checkout. */
export const root = resolve(import.meta.dirname, '../..')

/** Where `npm start` keeps everything it writes. */
export const stateDir = join(root, '.heliograph')

const windows = process.platform === 'win32'

/** The user's cache folder, shared by all checkouts. */
export function cacheDir() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'heliograph')
}

/** First executable called `name` on PATH (absolute), or null. Folders inside `except` are passed over. */
export function findOnPath(name, except) {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    if (!dir || (except && resolve(dir).startsWith(except + sep))) continue
    for (const ending of windows ? ['.exe', '.cmd', ''] : ['']) {
      const file = resolve(dir, name + ending)
      if (isExecutable(file)) return file
    }
  }
  return null
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** The Node that runs TypeScript: the one in node_modules, or this one when it is new enough. */
export function nodeBinary() {
  const own = ownNode()
  return existsSync(own) || Number(process.versions.node.split('.')[0]) < 24 ? own : process.execPath
}

/** Where the `node` package puts its binary. */
export function ownNode() {
  return join(root, 'node_modules/node/bin', windows ? 'node.exe' : 'node')
}

/** The environment with Node 24 and the checkout's own tools first on PATH. */
export function nodeEnv(extra = {}) {
  const own = [resolve(nodeBinary(), '..'), join(root, 'node_modules/.bin')]
  return {
    ...process.env,
    ...extra,
    PATH: [...own, process.env.PATH].filter(Boolean).join(delimiter),
  }
}
