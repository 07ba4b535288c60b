import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A road to a server, on which what is sent can be lost. */
export interface Road {
  /** The server's address, by this road. */
  url: string
  /** Everything that goes over it ends, and nothing new comes through until it is mended. */
  cut(): void
  /** What is sent goes nowhere, on no closed connection. Those of before stay so when it is mended, as behind a router that forgot them. */
  swallow(): void
  mend(): void
  close(): void
}

/** Builds a road to the server of a URL, on loopback. */
export async function buildRoad(url: string): Promise<Road> {
  const { hostname, port } = new URL(url)
  const open = new Set<Socket>()
  let isCut = false
  let isSilent = false
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
      if (!isSilent) one.pipe(other)
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
    swallow() {
      isSilent = true
      for (const socket of open) socket.unpipe().pause()
    },
    mend() {
      isCut = false
      isSilent = false
    },
    close() {
      drop()
      server.close()
    },
  }
}
