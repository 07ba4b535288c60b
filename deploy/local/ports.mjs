import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { basename } from 'node:path'
import { findOnPath } from './paths.mjs'
import { commandOf } from './process.mjs'

/** Resolves to true when nothing listens on the loopback port. */
export async function isFree(port) {
  return !(await answers(port)) && (await canListen(port))
}

function answers(port) {
  return new Promise((settle) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 })
    const done = (yes) => {
      socket.destroy()
      settle(yes)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
    socket.once('timeout', () => done(false))
  })
}

function canListen(port) {
  return new Promise((settle) => {
    const server = createServer()
    server.once('error', () => settle(false))
    server.listen(port, '127.0.0.1', () => server.close(() => settle(true)))
  })
}

/** A free port below the range that kernels give to outgoing connections, so that none takes it before the service does. */
async function pick(taken) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(20_000, 32_000)
    if (!taken.has(port) && (await isFree(port))) return port
  }
  throw new Error('No free port between 20000 and 32000 was found.')
}

/**
 * A port for each name: the one that `file` remembers while it is free, a new one otherwise. What was chosen is
 * written back, because addresses that are handed out (media) carry it.
 * @param file path of the JSON file, or null to remember nothing
 */
export async function choosePorts(names, file) {
  const remembered = file ? readPorts(file) : {}
  const ports = {}
  const taken = new Set()
  for (const name of names) {
    const old = remembered[name]
    ports[name] = old && !taken.has(old) && (await isFree(old)) ? old : await pick(taken)
    taken.add(ports[name])
  }
  if (file) writeFileSync(file, `${JSON.stringify({ ...remembered, ...ports }, null, 2)}\n`)
  return ports
}

function readPorts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** Who listens on the port, in words: `node (process 123)`, or `another program` where the system does not tell. */
export function holderOf(port) {
  const pid = process.platform === 'linux' ? holderInProc(port) : holderByLsof(port)
  return pid ? `${nameOf(pid)} (process ${pid})` : 'another program'
}

/** The socket's inode stands in /proc/net/tcp, its owner among the open files of /proc/<pid>/fd. */
function holderInProc(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readOr(table).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === '0A' && local?.endsWith(`:${hex}`)) inodes.add(`socket:[${inode}]`)
    }
  }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (openFiles(pid).some((target) => inodes.has(target))) return Number(pid)
  }
  return 0
}

function openFiles(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`)
      } catch {
        return ''
      }
    })
  } catch {
    return []
  }
}

function holderByLsof(port) {
  const lsof = findOnPath('lsof')
  if (!lsof) return 0
  const { stdout } = spawnSync(lsof, ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], { encoding: 'utf8' })
  return Number(stdout?.trim().split('\n')[0]) || 0
}

/** The program's file name. (Node 24 calls its process MainThread, so the kernel's name for it does not help.) */
function nameOf(pid) {
  return basename(commandOf(pid).split(' ')[0]) || 'a program'
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
