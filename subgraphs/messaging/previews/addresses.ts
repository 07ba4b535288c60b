// Which addresses of the network a page may be fetched from: the public ones. All that is inside – this machine, its
// neighbours, the cloud's metadata, what is tunnelled or translated to them – is nobody's business.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Whether an IP address, v4 or v6, is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.process(address)
  // Everything that has a name of its own among the ranges is special; translated ones (64:ff9b::/96, 6to4, Teredo) are.
  return parsed.range() === 'unicast'
}

/** An address written in a URL's host, without brackets; null for a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(bare) === 0 ? null : bare
}
