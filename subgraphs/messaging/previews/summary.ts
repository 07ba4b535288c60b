// What a page says of itself, in text alone: a picture would be fetched by those who look, and tell the page who they are.
import { Parser } from 'htmlparser2'
import type { LinkPreviewRow } from '../model.ts'

const maxTitle = 200
const maxDescription = 500
const maxSiteName = 100
const maxLink = 2_048

/** The first web address in a text; null when there is none. */
export function firstLink(text: string | null): string | null {
  const found = text && /https?:\/\/[^\s<>"'`\\]{4,}/iu.exec(text)
  if (!found) return null
  // What ends a sentence ends no address.
  const link = found[0].replace(/[.,;:!?)\]}»”’]+$/u, '')
  return link.length <= maxLink && URL.canParse(link) ? new URL(link).href : null
}

const clean = (text: string | undefined, max: number): string | null => {
  const line = text?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line ? [...line].slice(0, max).join('') : null
}

/** A page's summary by Open Graph (https://ogp.me), or by its title and description; null when it has no title. */
export function summaryOf(page: { url: string; html: string }): LinkPreviewRow | null {
  const meta = new Map<string, string>()
  let title = ''
  let inTitle = false
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === 'title' && title === '') inTitle = true
        const key = (attributes.property ?? attributes.name)?.toLowerCase()
        if (name === 'meta' && key && attributes.content && !meta.has(key)) meta.set(key, attributes.content)
      },
      ontext(text) {
        if (inTitle && title.length < maxTitle * 4) title += text
      },
      onclosetag(name) {
        if (name === 'title') inTitle = false
      },
    },
    { decodeEntities: true },
  )
  parser.end(page.html)
  const name = clean(meta.get('og:title') ?? title, maxTitle)
  if (!name) return null
  return {
    url: page.url.slice(0, maxLink),
    title: name,
    description: clean(meta.get('og:description') ?? meta.get('description'), maxDescription),
    siteName: clean(meta.get('og:site_name'), maxSiteName) ?? new URL(page.url).hostname,
  }
}
