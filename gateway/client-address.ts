import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { TrustedProxies } from '#platform/trusted-proxies.ts'

/** The network address of a request's client. */
export type AddressOf = (request: IncomingMessage) => string

/** Where the connection comes from: headers that name another address are not believed, for anyone can send them. */
export const peerAddress: AddressOf = (request) => plain(request.socket.remoteAddress ?? '')

/**
 * Reads `X-Forwarded-For` as far as trusted proxies wrote it: from its end, each of them has added whom he heard from. What
 * stands before that the client may have made up.
 */
export function trustProxies(trusted: TrustedProxies | null): AddressOf {
  if (!trusted) return peerAddress
  if ('hops' in trusted) {
    return (request) => {
      const chain = chainOf(request)
      return chain[Math.max(0, chain.length - 1 - trusted.hops)] ?? ''
    }
  }
  const list = new BlockList()
  for (const network of trusted.networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  const isTrusted = (address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return (request) => {
    const chain = chainOf(request)
    let at = chain.length - 1
    while (at > 0 && isTrusted(chain[at] as string)) at -= 1
    return chain[at] ?? ''
  }
}

/** From the farthest to the nearest; what is no address ends what can be believed. */
function chainOf(request: IncomingMessage): string[] {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((part) => plain(part.trim()))
  const from = forwarded.findLastIndex((address) => isIP(address) === 0) + 1
  return [...forwarded.slice(from), peerAddress(request)]
}

/** An IPv4 address as such, where the socket also speaks IPv6. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
