import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeBinary } from './paths.mjs'

/**
 * The five processes, one row each.
 *
 * - `service`: the row of the catalogue that the program comes from; `program`: its name there
 * - `variable`: the variable that takes the address
 * - `ports`: names of the ports that it needs; the first is the one clients use
 * - `args`: its command line, given `{ ports, dir, bind, ephemeral, secrets }`; data goes under `dir`
 * - `patience`: milliseconds after which a stop becomes SIGKILL, when the program would dawdle
 * - `litter`: what it leaves outside `dir`
 * - `waitsForDisk`: whether it answers when what it wrote is on the disk
 * - `isReady`: asked until it resolves to true
 */
export const daemons = [
  {
    name: 'mongod',
    service: 'mongodb',
    program: 'mongod',
    variable: 'MONGODB_URI',
    ports: ['mongod'],
    waitsForDisk: true,
    args: ({ ports, dir, bind, ephemeral }) => [
      ...['--dbpath', dir, '--bind_ip', bind, '--port', String(ports.mongod)],
      ...['--replSet', 'heliograph', '--oplogSize', '512'],
      ...['--wiredTigerCacheSizeGB', ephemeral ? '0.5' : '1'],
      // What a killed process had begun keeps its rows locked for this long, a minute if nothing is said.
      ...['--setParameter', 'transactionLifetimeLimitSeconds=5'],
      // Without these a stop waits 15 s for clients to move to another member, and a socket file is left in /tmp.
      ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100'],
      ...['--setParameter', `diagnosticDataCollectionEnabled=${!ephemeral}`],
      ...(process.platform === 'win32' ? [] : ['--nounixsocket']),
    ],
    address: ({ ports }) => `mongodb://127.0.0.1:${ports.mongod}/heliograph?replicaSet=heliograph`,
    isReady: async ({ ports }) => (await answers(ports.mongod)) && initiateReplicaSet(ports.mongod),
  },
  {
    name: 'redis-cache',
    service: 'redis',
    program: 'valkey-server',
    variable: 'REDIS_URL',
    ports: ['redisCache'],
    args: ({ ports, dir, bind }) => [
      ...redisArgs(ports.redisCache, dir, bind),
      ...['--maxmemory', '1gb', '--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no'],
    ],
    address: ({ ports }) => `redis://127.0.0.1:${ports.redisCache}`,
    isReady: ({ ports }) => says(ports.redisCache, /^\+PONG/, 'PING\r\n'),
  },
  {
    name: 'redis-queue',
    service: 'redis',
    program: 'valkey-server',
    variable: 'QUEUE_REDIS_URL',
    ports: ['redisQueue'],
    args: ({ ports, dir, bind, ephemeral }) => [
      ...redisArgs(ports.redisQueue, dir, bind),
      ...['--maxmemory-policy', 'noeviction', '--appendonly', ephemeral ? 'no' : 'yes'],
    ],
    address: ({ ports }) => `redis://127.0.0.1:${ports.redisQueue}`,
    isReady: ({ ports }) => says(ports.redisQueue, /^\+PONG/, 'PING\r\n'),
  },
  {
    name: 'nats',
    service: 'nats',
    program: 'nats-server',
    variable: 'NATS_URL',
    ports: ['nats'],
    args: ({ ports, dir, bind }) => {
      const config = join(dir, 'nats.conf')
      const store = JSON.stringify(join(dir, 'jetstream'))
      writeFileSync(
        config,
        `server_name: heliograph\nlisten: "${bind}:${ports.nats}"\nmax_payload: 1MB\n` +
          `jetstream { store_dir: ${store}, max_memory_store: 256MB, max_file_store: 10GB }\n`,
      )
      return ['--config', config]
    },
    address: ({ ports }) => `nats://127.0.0.1:${ports.nats}`,
    isReady: ({ ports }) => says(ports.nats, /^INFO .*"jetstream":true/),
  },
  {
    name: 'weed',
    service: 's3',
    program: 'weed',
    variable: 'S3_ENDPOINT',
    ports: ['s3', 's3Grpc', 'filer', 'filerGrpc', 'volume', 'volumeGrpc', 'master', 'masterGrpc'],
    args: ({ ports, dir, bind, secrets }) => {
      const config = join(dir, 's3.json')
      const credentials = [
        {
          accessKey: secrets.S3_ACCESS_KEY_ID,
          secretKey: secrets.S3_SECRET_ACCESS_KEY,
        },
      ]
      const actions = ['Admin', 'Read', 'Write', 'List', 'Tagging']
      const identities = [{ name: 'heliograph', credentials, actions }]
      writeFileSync(config, JSON.stringify({ identities }), { mode: 0o600 })
      const socket = (name) => socketPath(dir, `${name}-${ports.s3}.sock`)
      return [
        ...[
          '-logtostderr=true',
          'server',
          `-dir=${dir}`,
          '-ip=127.0.0.1',
          `-ip.bind=${bind}`,
          '-filer',
          '-s3',
          `-s3.config=${config}`,
        ],
        ...[
          `-s3.port=${ports.s3}`,
          `-s3.port.grpc=${ports.s3Grpc}`,
          '-s3.port.iceberg=0',
          '-s3.port.lance=0',
        ],
        ...[`-filer.port=${ports.filer}`, `-filer.port.grpc=${ports.filerGrpc}`],
        ...[
          `-volume.port=${ports.volume}`,
          `-volume.port.grpc=${ports.volumeGrpc}`,
          '-volume.preStopSeconds=0',
        ],
        ...[
          `-master.port=${ports.master}`,
          `-master.port.grpc=${ports.masterGrpc}`,
          '-master.telemetry=false',
        ],
        // A second start waits one election of the lone master, which is 10 s by default.
        '-master.electionTimeout=500ms',
        // A bucket takes seven volumes at a time; they are sparse files.
        ...['-master.volumeSizeLimitMB=256', '-volume.max=1000'],
        ...[`-filer.localSocket=${socket('filer')}`, `-s3.localSocket=${socket('s3')}`],
      ]
    },
    // The filer waits 15 s for its own S3 gateway to hang up. What was acknowledged is in files by then.
    patience: 1500,
    litter: ({ ports }) =>
      ['master', 'volume', 'filer', 's3'].map(
        (part) => `/tmp/seaweedfs-${part}-grpc-${ports[`${part}Grpc`]}.sock`,
      ),
    address: ({ ports }) => `http://127.0.0.1:${ports.s3}`,
    isReady: async ({ ports }) => (await status(ports.s3, '/')) === 403 && (await hasVolumes(ports.master)),
  },
]

function redisArgs(port, dir, bind) {
  const place = ['--port', String(port), '--bind', bind, '--dir', dir, '--save', '', '--daemonize', 'no']
  // The command line stays as it was given, by which the next start knows its own.
  return [...place, '--set-proc-title', 'no', ...(bind === '127.0.0.1' ? [] : ['--protected-mode', 'no'])]
}

/** Systems allow about a hundred characters for the path of a Unix socket. */
function socketPath(dir, name) {
  const inside = join(dir, name)
  return inside.length < 100 ? inside : join(tmpdir(), `heliograph-${name}`)
}

const answers = (port) => says(port, /^/)

/** Whether the port accepts a connection and, when a pattern wants text, answers with it. */
function says(port, pattern, question = '') {
  return new Promise((settle) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2000 })
    let text = ''
    const done = (yes) => {
      socket.destroy()
      settle(yes)
    }
    const check = () => pattern.test(text) && done(true)
    socket.on('connect', () => {
      socket.write(question)
      check()
    })
    socket.on('data', (data) => {
      text += data
      check()
      if (text.includes('\n')) done(false)
    })
    socket.on('error', () => done(false))
    socket.on('timeout', () => done(false))
    socket.on('close', () => done(false))
  })
}

async function status(port, path) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(2000),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

/** Whether the volume server has reported to the master, without which no file can be placed. */
async function hasVolumes(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/dir/status`, {
      signal: AbortSignal.timeout(2000),
    })
    return (await response.json()).Topology.Max > 0
  } catch {
    return false
  }
}

/** Done by a process of its own, because the driver wants a newer Node than the one that may run this. */
function initiateReplicaSet(port) {
  const script = fileURLToPath(new URL('replica-set.mjs', import.meta.url))
  return new Promise((settle, fail) => {
    const child = spawn(nodeBinary(), [script, String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (data) => {
      said += data
    })
    child.on('error', fail)
    child.on('close', (code) =>
      code === 0 ? settle(true) : fail(new Error(`The replica set did not form: ${said}`)),
    )
  })
}
