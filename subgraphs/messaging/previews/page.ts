// Fetches a page that a stranger chose, without being led anywhere else: the connection goes to the very address that was
// checked, so a name that resolves differently the second time gains nothing; redirects are checked like first links.
import { lookup as resolve } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { isPublicAddress, literalAddress } from './addresses.ts'

const maxBytes = 256 * 1024
const maxRedirects = 3
const timeoutMs = 3_000

/** What may be connected to. */
export interface Reach {
  mayConnect(address: string): boolean
  mayUsePort(port: number): boolean
}

/** The public internet, on the ports of the web. */
export const publicReach: Reach = {
  mayConnect: isPublicAddress,
  mayUsePort: (port) => port === 80 || port === 443,
}

export interface Page {
  /** After redirects. */
  url: string
  html: string
}

/** Fetches a page's beginning; null for what is no page, or may not or cannot be fetched. */
export type FetchPage = (url: string) => Promise<Page | null>

/** A fetcher with a reach; `dispose` closes its connections. */
export function createPageFetcher(reach: Reach = publicReach): {
  fetchPage: FetchPage
  dispose(): Promise<void>
} {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      // One that is inside is enough: such a name is not asked in good faith.
      const refused = addresses.length === 0 || !addresses.every(({ address }) => reach.mayConnect(address))
      if (refused) return callback(new Error('this address is not public'), '', 0)
      if (options.all) return callback(null, addresses as never, 0)
      const [first] = addresses
      callback(null, first?.address ?? '', first?.family ?? 0)
    })
  }
  const agent = new Agent({
    connect: { lookup, timeout: timeoutMs },
    // A connection is not kept: the next fetch checks anew.
    pipelining: 0,
    maxResponseSize: -1,
  })

  const fetchOnce = async (url: URL, signal: AbortSignal): Promise<Page | URL | null> => {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      signal,
      headers: {
        accept: 'text/html',
        'accept-encoding': 'identity',
        'user-agent': 'Heliograph link preview',
      },
    })
    // To be cut off is no failure.
    body.on('error', () => {})
    const location = headers.location
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
      body.destroy()
      return URL.canParse(location, url.href) ? new URL(location, url) : null
    }
    const type = String(headers['content-type'] ?? '')
    const encoded = headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity'
    if (statusCode !== 200 || encoded || !/^text\/html\s*(?:;|$)/i.test(type)) {
      body.destroy()
      return null
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= maxBytes) break
    }
    body.destroy()
    return { url: url.href, html: decode(Buffer.concat(chunks).subarray(0, maxBytes), type) }
  }

  const fetchPage: FetchPage = async (link) => {
    const signal = AbortSignal.timeout(timeoutMs)
    let url = URL.canParse(link) ? new URL(link) : null
    try {
      for (let hop = 0; url && hop <= maxRedirects; hop++) {
        if (!isReachable(url, reach)) return null
        const answer: Page | URL | null = await fetchOnce(url, signal)
        if (!(answer instanceof URL)) return answer
        url = answer
      }
    } catch {
      // Whatever it was, there is no preview.
    }
    return null
  }
  return { fetchPage, dispose: () => agent.destroy() }
}

/** Whether a link may be followed as far as it can be told from its text: an address written in it is asked of no resolver. */
function isReachable(url: URL, reach: Reach): boolean {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
  if (url.username || url.password) return false
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  if (!reach.mayUsePort(port)) return false
  const literal = literalAddress(url.hostname)
  return literal === null || reach.mayConnect(literal)
}

function decode(bytes: Buffer, contentType: string): string {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}
