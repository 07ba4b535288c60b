import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream'

/** Serves a request for a file; false when there is none for it. */
export type ServeFile = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** Vite puts files whose name holds a hash of their content here: they never change. */
const immutable = '/assets/'

interface File {
  readonly path: string
  readonly size: number
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Serves the files of a folder as they are now, and nothing outside of it: only paths that were found are known. A path
 * without an extension that is no file is a page of the client, which is `index.html`, or `<path>.html` when there is one.
 *
 * @returns undefined when the folder has no `index.html`.
 */
export function createStaticFiles(folder: string): ServeFile | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined
  const files = new Map<string, File>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const url = path.slice(folder.length).replaceAll('\\', '/').replace(/^\/?/, '/')
    files.set(url, describe(path, url))
  }

  return (request, response, path) => {
    // A username may hold a dot: `/@jo.lind`.
    const isPage = extname(path) === '' || path.startsWith('/@')
    const file =
      files.get(path) ?? (isPage ? (files.get(`${path}.html`) ?? files.get('/index.html')) : undefined)
    if (!file) return false
    const { size, headers } = file
    if (request.headers['if-none-match'] === headers.etag) {
      response.writeHead(304, headers).end()
      return true
    }
    response.writeHead(200, { ...headers, 'content-length': size })
    if (request.method === 'HEAD') response.end()
    else pipeline(createReadStream(file.path), response, () => {})
    return true
  }
}

function describe(path: string, url: string): File {
  const { size, mtimeMs } = statSync(path)
  return {
    path,
    size,
    headers: {
      'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
      'cache-control': url.startsWith(immutable) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'x-content-type-options': 'nosniff',
      etag: `"${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}"`,
    },
  }
}
