// What a text is worth: the one pure function by which posts, comments, messages, profiles and names are judged.
import { parseEntities } from '../entities.ts'
import { foldWords } from './fold.ts'
import { borrowedNames, phraseLists, poorEndings, shorteners, type TextReason } from './phrases.ts'

export type TextDecision = 'ALLOW' | 'LIMIT' | 'QUEUE' | 'REFUSE'

export interface TextVerdict {
  /** LIMIT: it is not suggested. QUEUE: nor is it, and moderators look at it. REFUSE: it is not taken. */
  decision: TextDecision
  /** 0 and up; the gravest match, and a little for each further one. */
  score: number
  /** Of the gravest match; null without one. */
  reason: TextReason | null
}

interface Pattern {
  words: string[]
  joined: string
  severity: number
  reason: TextReason
}

const limitFrom = 20
const queueFrom = 50
const refuseFrom = 100

/** Patterns by their first word, so that a text costs its length and not the lists'. */
const patterns: ReadonlyMap<string, readonly Pattern[]> = Map.groupBy(
  phraseLists.flatMap(({ phrases, reason, severity }) =>
    Object.values(phrases)
      .flat()
      .map((phrase): Pattern => {
        const words = foldWords(phrase)
        return { words, joined: squeezed(words), severity, reason }
      }),
  ),
  ({ words }) => words[0] ?? '',
)
const joinedPatterns = [...patterns.values()].flat().filter(({ joined }) => joined.length >= 8)
const longestJoined = Math.max(...joinedPatterns.map(({ joined }) => joined.length))

/** Words as one, as a spaced-out phrase becomes: runs of a letter across them are one as well. */
function squeezed(words: readonly string[]): string {
  return words.join('').replace(/(\p{L})\1+/gu, '$1')
}

/** Judges a text. Linear in it: at most 4,000 characters are read. */
export function scoreText(text: string): TextVerdict {
  const words = foldWords(text)
  const found: { severity: number; reason: TextReason }[] = []
  for (const [i, word] of words.entries()) {
    for (const pattern of patterns.get(word) ?? []) {
      if (pattern.words.every((one, k) => words[i + k] === one)) found.push(pattern)
    }
    // A word that was spelled out, or several that were written as one.
    if (word.length >= 8 && word.length <= 4 * longestJoined) {
      for (const pattern of joinedPatterns) if (word.includes(pattern.joined)) found.push(pattern)
    }
  }
  for (const severity of linkSeverities(text)) found.push({ severity, reason: 'SCAM' })
  const [gravest, ...others] = found.toSorted((one, other) => other.severity - one.severity)
  if (!gravest) return { decision: 'ALLOW', score: 0, reason: null }
  const score = gravest.severity + others.reduce((sum, { severity }) => sum + severity / 4, 0)
  const decision =
    score >= refuseFrom ? 'REFUSE' : score >= queueFrom ? 'QUEUE' : score >= limitFrom ? 'LIMIT' : 'ALLOW'
  return { decision, score, reason: gravest.reason }
}

function linkSeverities(text: string): number[] {
  return parseEntities(text.slice(0, 4_000)).flatMap((entity) => {
    const severity = entity.kind === 'URL' ? hostSeverity(new URL(entity.url).hostname) : 0
    return severity > 0 ? [severity] : []
  })
}

/** How little a host is to be trusted, 0–60: shorteners, bare addresses, disguised names, borrowed names, endings that cost nothing. */
export function hostSeverity(host: string): number {
  const parts = host.toLowerCase().split('.')
  const borrowed = parts.slice(0, -2).some((part) => borrowedNames.some((name) => part.includes(name)))
  const own = parts.at(-2) ?? ''
  const disguised = borrowedNames.some((name) => own !== name && own.split('-').includes(name))
  if (borrowed && !borrowedNames.includes(own)) return 60
  if (disguised) return 55
  if (/^[\d.]+$/.test(host) || host.startsWith('[')) return 30
  if (parts.some((part) => part.startsWith('xn--'))) return 15
  if (shorteners.has(host) || poorEndings.has(parts.at(-1) ?? '')) return 15
  return 0
}

/** Whether a text has one of somebody's own filtered words or phrases, however it is disguised. */
export function hasFilteredWord(text: string, filtered: readonly string[]): boolean {
  const said = ` ${foldWords(text).join(' ')} `
  return filtered.some((phrase) => {
    const words = foldWords(phrase)
    return words.length > 0 && said.includes(` ${words.join(' ')} `)
  })
}
