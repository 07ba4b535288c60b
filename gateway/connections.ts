import { networkOf } from '#platform/limits.ts'
import type { Viewer } from '#platform/viewer.ts'

/** How many long-lived connections (sockets, event streams) may be open at this gateway process at once. */
export interface Connections {
  /**
   * Counts one in: by the viewer, and by the app that acts for him apart; or, of those who are signed out, by the network
   * address, of IPv6 the /64 network that is one customer's. Null when there are too many; otherwise a function that counts it
   * out, once however often it is called.
   *
   * @param end ends it.
   */
  enter(viewer: Pick<Viewer, 'userId' | 'appId' | 'ip'>, end?: () => void): (() => void) | null
  /** Ends all that a viewer has open, his apps included. */
  endAll(userId: string): void
  /** How many are open. */
  readonly open: number
}

export interface ConnectionLimits {
  /** An app that acts for somebody has as many of its own: it takes none of his. */
  readonly perViewer: number
  /** Signed-out ones only: behind one address there may be a school, or a proxy with everybody. */
  readonly perAddress: number
}

export const connectionLimits: ConnectionLimits = { perViewer: 20, perAddress: 100 }

/** Counts connections; `limits` null lets all in. */
export function createConnections(limits: ConnectionLimits | null): Connections {
  const open = new Map<string, Set<{ end: () => void }>>()
  let count = 0
  return {
    enter(viewer, end = () => {}) {
      const key = keyOf(viewer)
      const others = open.get(key) ?? new Set()
      const most = viewer.userId === null ? limits?.perAddress : limits?.perViewer
      if (most !== undefined && others.size >= most) return null
      const one = { end }
      open.set(key, others.add(one))
      count += 1
      return () => {
        if (!others.delete(one)) return
        count -= 1
        if (others.size === 0 && open.get(key) === others) open.delete(key)
      }
    },
    endAll(userId) {
      const own = keyOf({ userId, appId: null, ip: '' })
      const all = [...open].filter(([key]) => key === own || key.startsWith(`${own} `))
      for (const [, ones] of all) for (const { end } of [...ones]) end()
    },
    get open() {
      return count
    },
  }
}

function keyOf({ userId, appId, ip }: Pick<Viewer, 'userId' | 'appId' | 'ip'>): string {
  if (userId === null) return `address ${networkOf(ip)}`
  return appId === null ? `viewer ${userId}` : `viewer ${userId} ${appId}`
}

/** More than this many clients are not sent away all at once. */
const crowd = 100
const spreadMs = 2_000

/**
 * When the gateway stops: after how many milliseconds each of `count` clients is sent away. Of a crowd each goes at a moment of
 * its own, so that those who come back at once do not all stand before the next gateway together.
 */
export function farewellDelays(count: number): number[] {
  return Array.from({ length: count }, () => (count > crowd ? Math.random() * spreadMs : 0))
}
