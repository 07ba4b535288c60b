import { randomUUID } from 'node:crypto'
import type { Live } from '#platform/live.ts'
import { beatMs, type Presence } from '#platform/presence.ts'
import type { Connections } from './connections.ts'

/**
 * Connections that say who is there: a person is, as long as he has one open at some gateway. What an app holds open for him says
 * nothing of where he is. When this process dies, its word ends by itself.
 */
export function withPresence(
  connections: Connections,
  presence: Presence,
  live: Pick<Live, 'tell'>,
): { connections: Connections; stop(): Promise<void> } {
  const processId = randomUUID()
  const open = new Map<string, number>()
  const timer = setInterval(() => void presence.beat([...open.keys()], processId), beatMs)
  timer.unref()

  const come = async (userId: string) => {
    await presence.beat([userId], processId)
    live.tell('presence.changed', { userId })
  }
  const go = async (userId: string) => {
    await presence.leave(userId, processId)
    // He may have come back while this was on its way.
    if (open.has(userId)) await presence.beat([userId], processId)
    live.tell('presence.changed', { userId })
  }
  return {
    connections: {
      ...connections,
      get open() {
        return connections.open
      },
      enter(viewer, end) {
        const leave = connections.enter(viewer, end)
        const { userId, appId } = viewer
        if (!leave || userId === null || appId !== null) return leave
        const count = open.get(userId) ?? 0
        open.set(userId, count + 1)
        if (count === 0) void come(userId)
        let left = false
        return () => {
          leave()
          if (left) return
          left = true
          const others = (open.get(userId) ?? 1) - 1
          if (others > 0) return void open.set(userId, others)
          open.delete(userId)
          void go(userId)
        }
      },
    },
    async stop() {
      clearInterval(timer)
      const userIds = [...open.keys()]
      open.clear()
      await Promise.all(userIds.map((userId) => presence.leave(userId, processId)))
    },
  }
}
