import { isIP } from 'node:net'

/** Whom a gateway believes when they say for whom they pass a request on. */
export type TrustedProxies =
  /** So many proxies stand before the gateway, one after the other. */
  | { readonly hops: number }
  /** Proxies have these addresses, in CIDR notation. */
  | { readonly networks: readonly string[] }

/** Reads `TRUST_PROXY`: a number of hops, or networks with commas. Null when it is neither. */
export function parseTrustedProxies(text: string): TrustedProxies | null {
  if (/^[1-9]\d?$/.test(text)) return { hops: Number(text) }
  const networks = text.split(',').map((part) => part.trim())
  const isNetwork = (network: string) => {
    const [address = '', bits, ...more] = network.split('/')
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
    return (
      most > 0 && more.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most))
    )
  }
  return networks.every(isNetwork) ? { networks } : null
}
