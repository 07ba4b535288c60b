import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { stopProcess } from './process.mjs'

/**
 * Stops the children of a process that died without stopping them (SIGKILL, crash). It lives in a process group of its
 * own and reads lines from the parent: `add PID GRACE`, `drop PID`, `remove PATH`. The end of the input means that the
 * parent is gone. A parent that has stopped everything itself kills it.
 */
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})

const children = []
const litter = []

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...words] = line.split(' ')
  if (verb === 'add') children.push({ pid: Number(words[0]), grace: Number(words[1]) })
  if (verb === 'drop') {
    const index = children.findIndex(({ pid }) => pid === Number(words[0]))
    if (index >= 0) children.splice(index, 1)
  }
  if (verb === 'remove') litter.push(words.join(' '))
}
for (const { pid, grace } of children.reverse()) await stopProcess(pid, grace)
for (const path of litter) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
