// Processes that each have a core of their own, so that what is measured is one of them and not what they share.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export interface Pinned {
  readonly port: number
  /** Seconds of processor time that it has used. */
  cpu(): number
  /** Seconds in which its main thread had something to do: it ran, or waited for the core because others ran there. */
  busy(): number
  stop(): Promise<void>
}

/** Ticks of processor time in a second, as /proc counts them on Linux. */
const ticks = 100

/** Seconds of processor time that a process has used. */
export function processorSeconds(pid: number): number {
  // utime and stime: fields 14 and 15; the second is the command in brackets.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticks
}

/** Starts a command on one core; it is ready when it logs so, with its port, or when the port answers. */
export async function startPinned(
  core: number,
  command: readonly string[],
  env: Record<string, string>,
  knownPort?: number,
): Promise<Pinned> {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2_000)))
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return
    const { msg, port } = JSON.parse(line) as { msg?: string; port?: number }
    if (msg === 'ready') resolve(port ?? 0)
  })
  child.once('exit', (code) => reject(new Error(`${command.join(' ')} ended with ${code}: ${complaint}`)))
  if (knownPort !== undefined) void answers(knownPort, child).then(() => resolve(knownPort), reject)
  const port = await promise
  return {
    port,
    cpu: () => processorSeconds(child.pid as number),
    busy() {
      const [ran = 0, waited = 0] = readFileSync(`/proc/${child.pid}/schedstat`, 'utf8')
        .split(' ')
        .map(Number)
      return (ran + waited) / 1e9
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
      await exit
      clearTimeout(timer)
    },
  }
}

async function answers(port: number, child: { exitCode: number | null }): Promise<void> {
  const deadline = Date.now() + 60_000
  while (child.exitCode === null && Date.now() < deadline) {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    }).catch(() => null)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`nothing answers on port ${port}`)
}
