import { useMemo } from 'react'
import { isOver } from './message-text.ts'
import type { ShownMessage } from './thread-layout.ts'
import { useTime } from './use-time.ts'

/** Messages without those that have disappeared; each goes when its time comes. */
export function useStaying(messages: readonly ShownMessage[]): readonly ShownMessage[] {
  const now = useTime(messages.flatMap(({ expiresAt }) => (expiresAt ? [Date.parse(expiresAt)] : [])))
  return useMemo(() => messages.filter((message) => !isOver(message, now)), [messages, now])
}
