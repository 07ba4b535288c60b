import { type ConsumerName, events } from '#schema/events.ts'

/** Handlers that ignore all that a consumer hears. */
export function ignoring(consumer: ConsumerName): Record<string, () => Promise<void>> {
  const heard = Object.entries(events).filter(([, row]) =>
    (row.consumers as readonly string[]).includes(consumer),
  )
  return Object.fromEntries(heard.map(([name]) => [name, async () => {}]))
}
