// A fault that is none of a road: JetStream loses everything.
import { setTimeout as delay } from 'node:timers/promises'
import { eventStream, inboxStream } from '#platform/nats.ts'
import type { Platform } from '#platform/service.ts'
import { subgraphNames } from '#schema/sdl.ts'

/** Deletes all of a system's streams, with their consumers. Resolves when every subgraph has published again what its stream held. */
export async function loseStreams({ streams, config, db }: Platform): Promise<void> {
  const names = new Map(subgraphNames.map((name) => [name, eventStream(config.namespace, name)]))
  for (const name of [...names.values(), inboxStream(config.namespace)]) await streams.streams.delete(name)
  for (const [publisher, stream] of names) {
    const isBack = async () => {
      const { created } = await streams.streams.info(stream)
      return (await db(publisher).collection('streams').countDocuments({ created })) === 1
    }
    while (!(await isBack().catch(() => false))) await delay(100)
  }
}
