import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { MediaFailure } from './failure.ts'

export type RunOptions = {
  /** Wall-clock limit in milliseconds. */
  timeoutMs: number
  /** Called with each line of stdout as it arrives; a throw ends the run with that error. */
  onStdoutLine?: (line: string) => void
  signal?: AbortSignal
  /** Limit on the child's private memory in bytes; kept on Linux only. */
  memoryBytes?: number
  cwd?: string
}

/** How a child ended. `stderr` is its last 8 KiB. */
export type RunResult = { code: number | null; signal: NodeJS.Signals | null; stderr: string }

/** How much of a child's stderr is kept, in characters. */
export const STDERR_TAIL = 8 * 1024
const SETPRIV = '/usr/bin/setpriv'
const PRLIMIT = '/usr/bin/prlimit'

/**
 * Puts util-linux in front of a command, where it is there: the child dies with this process, so that a killed worker leaves no
 * ffmpeg behind, writes no core file, and cannot take more memory than its share.
 */
function fence(
  command: string,
  args: readonly string[],
  memoryBytes: number | undefined,
): [string, string[]] {
  let fenced = [command, ...args]
  if (process.platform === 'linux' && existsSync(PRLIMIT)) {
    const data = memoryBytes === undefined ? [] : [`--data=${memoryBytes}`]
    fenced = [PRLIMIT, '--core=0', ...data, '--', ...fenced]
  }
  if (process.platform === 'linux' && existsSync(SETPRIV))
    fenced = [SETPRIV, '--pdeathsig', 'KILL', '--', ...fenced]
  const [head = command, ...rest] = fenced
  return [head, rest]
}

function lowerPriority(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Already gone, or not ours to lower: priority is a courtesy.
  }
}

/** Starts a command with an empty environment, pipes and low priority, fenced. */
export function spawnFenced(
  command: string,
  args: readonly string[],
  { memoryBytes, cwd }: Pick<RunOptions, 'memoryBytes' | 'cwd'>,
): ChildProcessWithoutNullStreams {
  const [head, rest] = fence(command, args, memoryBytes)
  const child = spawn(head, rest, { cwd, env: { LC_ALL: 'C' }, stdio: 'pipe', windowsHide: true })
  lowerPriority(child)
  return child
}

/**
 * Runs one command to its end, with an empty environment, no stdin and low priority. Any exit code is an answer, not an error.
 * @throws MediaFailure TIMED_OUT after `timeoutMs`, INTERNAL when the command cannot be started; the signal's reason on abort
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { timeoutMs, onStdoutLine, signal, memoryBytes, cwd } = options
  signal?.throwIfAborted()
  const child = spawnFenced(command, args, { memoryBytes, cwd })
  // One that ended before it read to the end of nothing is no error.
  child.stdin.on('error', () => {}).end()

  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_TAIL)
  })

  return await new Promise<RunResult>((resolve, reject) => {
    let failure: unknown
    const stop = (reason: unknown) => {
      failure ??= reason
      child.kill('SIGKILL')
    }
    const onAbort = () => stop(signal?.reason ?? new Error('aborted'))
    const timer = setTimeout(
      () => stop(new MediaFailure('TIMED_OUT', `${command} ran for ${timeoutMs} ms`)),
      timeoutMs,
    )
    signal?.addEventListener('abort', onAbort, { once: true })

    createInterface({ input: child.stdout }).on('line', (line) => {
      try {
        if (failure === undefined) onStdoutLine?.(line)
      } catch (error) {
        stop(error)
      }
    })

    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    child.once('error', (error) => {
      settle()
      reject(
        failure ??
          new MediaFailure('INTERNAL', `cannot start ${command}: ${error.message}`, { cause: error }),
      )
    })
    child.once('close', (code, killedBy) => {
      settle()
      // 126 and 127 are the fence's (a shell's) way to say that there is no such program.
      if (code === 126 || code === 127)
        failure ??= new MediaFailure('INTERNAL', `cannot start ${command}: ${stderr}`)
      if (failure === undefined) resolve({ code, signal: killedBy, stderr })
      else reject(failure)
    })
  })
}
