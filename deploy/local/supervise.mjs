import { setTimeout as delay } from 'node:timers/promises'
import { nodeBinary, nodeEnv, root } from './paths.mjs'

const longestPause = 2000
const stable = 5000
const patience = 5

/**
 * Runs a TypeScript program of the system under Node 24 and starts it again whenever it ends: at once when it had run
 * for a while, after ever longer pauses (2 s at most) when it had not. Its output goes where ours goes. Resolves with
 * a sentence when the program has ended soon after its start five times in a row, and with nothing once all is stopped.
 */
export async function supervise({ name, script }, env, keeper, log) {
  for (let failures = 0; ; ) {
    const began = Date.now()
    const child = keeper.start(nodeBinary(), [script], {
      cwd: root,
      env: nodeEnv(env),
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const how = await child.exited
    if (keeper.isStopping()) return
    failures = Date.now() - began < stable ? failures + 1 : 0
    if (failures === patience)
      return `${name} ended ${patience} times soon after its start (${how}); its output above says why.`
    const pause = failures === 0 ? 0 : Math.min(longestPause, 125 * 2 ** failures)
    log(`${name} ended (${how}) and is started again${pause > 0 ? ` in ${pause} ms` : ''}.`)
    await delay(pause)
    if (keeper.isStopping()) return
  }
}
