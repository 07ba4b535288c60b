import type { Viewer } from '#platform/viewer.ts'

/** How many long-lived connections (sockets, event streams) may be open at this gateway process at once. */
export interface Connections {
  /**
   * Counts one in: by the viewer, or, of those who are signed out, by the network address. Null when there are too many;
   * otherwise a function that counts it out, once however often it is called.
   */
  enter(viewer: Pick<Viewer, 'userId' | 'ip'>): (() => void) | null
}

export interface ConnectionLimits {
  readonly perViewer: number
  /** Signed-out ones only: behind one address there may be a school, or a proxy with everybody. */
  readonly perAddress: number
}

export const connectionLimits: ConnectionLimits = { perViewer: 20, perAddress: 100 }

/** Counts connections; `limits` null lets all in. */
export function createConnections(limits: ConnectionLimits | null): Connections {
  const open = new Map<string, number>()
  return {
    enter({ userId, ip }) {
      if (!limits) return () => {}
      const key = userId === null ? `address ${ip}` : `viewer ${userId}`
      const count = open.get(key) ?? 0
      if (count >= (userId === null ? limits.perAddress : limits.perViewer)) return null
      open.set(key, count + 1)
      let left = false
      return () => {
        if (left) return
        left = true
        const others = (open.get(key) ?? 1) - 1
        if (others === 0) open.delete(key)
        else open.set(key, others)
      }
    },
  }
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
