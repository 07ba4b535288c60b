import { existsSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { binaries } from './fixtures.ts'
import { run } from './run.ts'

const node = (script: string, options: Partial<Parameters<typeof run>[2]> = {}) =>
  run(process.execPath, ['-e', script], { timeoutMs: 20_000, ...options })

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('lines arrive whole, and the exit code is an answer', async () => {
  const lines: string[] = []
  const script = "process.stdout.write('one\\ntw'); process.stdout.write('o\\nthree'); process.exitCode = 3"
  expect(await node(script, { onStdoutLine: (line) => lines.push(line) })).toMatchObject({
    code: 3,
    signal: null,
  })
  expect(lines).toEqual(['one', 'two', 'three'])
})

test('nothing of this process’s environment reaches the child', async () => {
  const lines: string[] = []
  await node('console.log(JSON.stringify(process.env))', { onStdoutLine: (line) => lines.push(line) })
  expect(JSON.parse(lines[0] ?? '')).toEqual({ LC_ALL: 'C' })
})

test('the kept tail of stderr is bounded', async () => {
  const { stderr } = await node("process.stderr.write('x'.repeat(100000) + 'end')")
  expect(stderr.length).toBeLessThanOrEqual(8192)
  expect(stderr.endsWith('end')).toBe(true)
})

test('a child that overstays is killed', async () => {
  let pid = 0
  const stuck = node('console.log(process.pid); for (;;);', {
    timeoutMs: 2000,
    onStdoutLine: (line) => {
      pid = Number(line)
    },
  })
  await expect(stuck).rejects.toMatchObject({ code: 'TIMED_OUT' })
  expect(pid).toBeGreaterThan(0)
  expect(isAlive(pid)).toBe(false)
})

test('abort kills the child and is not a media failure', async () => {
  const abort = new AbortController()
  const reason = new Error('shutting down')
  const stuck = node('console.log(1); for (;;);', {
    signal: abort.signal,
    onStdoutLine: () => abort.abort(reason),
  })
  await expect(stuck).rejects.toBe(reason)
  await expect(node('0', { signal: abort.signal })).rejects.toBe(reason)
})

test('a child gives way to the API: its priority is lower', async () => {
  const reason = new Error('seen')
  let priority: number | undefined
  const seen = node('console.log(process.pid); for (;;);', {
    onStdoutLine: (pid) => {
      priority = getPriority(Number(pid))
      throw reason
    },
  })
  await expect(seen).rejects.toBe(reason)
  expect(priority).toBeGreaterThanOrEqual(constants.priority.PRIORITY_BELOW_NORMAL)
})

const isFenced = process.platform === 'linux' && existsSync('/usr/bin/prlimit')
test.runIf(isFenced)('a decoder gets no more memory than its share (M7)', async () => {
  // To play it backwards, all of it is held at once: 37.5 MB a picture.
  const holds = (pictures: number) => {
    const source = `testsrc2=size=5000x5000:rate=1:duration=${pictures}`
    const args = ['-v', 'error', '-f', 'lavfi', '-i', source, '-vf', 'reverse', '-f', 'null', '-']
    return run(binaries.ffmpeg, args, { timeoutMs: 50_000, memoryBytes: 768 * 1024 ** 2 })
  }
  expect(await holds(2)).toMatchObject({ code: 0 })
  const { code, stderr } = await holds(40)
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/Cannot allocate memory/)
})

test('a throw of the line handler ends the run with it', async () => {
  const reason = new Error('unreadable')
  const stuck = node('console.log(1); for (;;);', {
    onStdoutLine: () => {
      throw reason
    },
  })
  await expect(stuck).rejects.toBe(reason)
})

test('a program that is not there is INTERNAL', async () => {
  await expect(run('/nowhere/ffmpeg', [], { timeoutMs: 5000 })).rejects.toMatchObject({ code: 'INTERNAL' })
})
