// Faults: processes that are killed, and servers that cannot be reached for a while.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { eventStream, inboxStream } from '#platform/nats.ts'
import type { Platform } from '#platform/service.ts'
import { subgraphNames } from '#schema/sdl.ts'

/** A road to a server that can be cut: everything that goes over it ends, and nothing new comes through until it is mended. */
export interface Road {
  /** The server's address, by this road. */
  url: string
  cut(): void
  mend(): void
  close(): void
}

/** Builds a road to the server of a URL, on loopback. */
export async function buildRoad(url: string): Promise<Road> {
  const { hostname, port } = new URL(url)
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect(Number(port), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const road = new URL(url)
  road.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const drop = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    url: road.href.replace(/\/$/, ''),
    cut() {
      isCut = true
      drop()
    },
    mend() {
      isCut = false
    },
    close() {
      drop()
      server.close()
    },
  }
}

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
