// The demo world beside a running system: its sign-in for the web client, and its creation in the background.
import type { ServerResponse } from 'node:http'
import { listKeptMails } from '#platform/mail.ts'
import type { Platform } from '#platform/service.ts'
import { demoState, seedDemo } from './seed.ts'
import { demoPassword, demoUsername } from './world.ts'

const signIn = { username: demoUsername, password: demoPassword }

/** `/demo.json`: with what the web client's demo button signs in. */
export const demoRoutes = {
  '/demo.json': (_request: unknown, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify(signIn))
  },
}

/**
 * Fills an empty system with the demo world in the background, or goes on where an earlier start was stopped. Answers the
 * visitor's sign-in; null when the system is someone's own and has no demo.
 */
export async function startDemo(
  platform: Platform,
  url: string,
  stack: AsyncDisposableStack,
): Promise<typeof signIn | null> {
  const stop = new AbortController()
  const state = await demoState(url, stop.signal)
  if (state === 'COMPLETE') return signIn
  const accounts = await platform.db('user').collection('users').countDocuments({}, { limit: 1 })
  if (state === 'ABSENT' && accounts > 0) return null
  const { config, log } = platform
  const seeding = seedDemo({
    url,
    mediaDir: config.demoMedia,
    ffmpegPath: config.ffmpegPath,
    readMails: config.smtpUrl === null ? () => listKeptMails(platform.db('user')) : null,
    log,
    signal: stop.signal,
  }).catch((error: unknown) => log.error({ error: String(error) }, 'the demo world is not complete'))
  stack.defer(async () => {
    stop.abort()
    await seeding
  })
  return signIn
}
