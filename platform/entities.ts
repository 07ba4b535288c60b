// Hashtags, mentions and addresses in a text that people wrote. Pure, and linear in the text.
//
// Offsets and lengths are in UTF-16 code units, as JavaScript, Java, Swift's NSString and Kotlin count.
//
// A hashtag is UAX #31's (R8, https://www.unicode.org/reports/tr31/#hashtag_identifiers): `#`, `＃` or `﹟`, then what continues an
// identifier, or emoji, whole clusters of them (UAX #29); not digits alone. Two that fold to the same name are the same hashtag.
// A mention is `@` or `＠` and a username. Neither begins inside a word, an e-mail address or an address of the web, except after
// letters of scripts that are written without spaces.

/** A part of a text that means more than its letters. */
export type TextEntity = { start: number; length: number } & (
  | { kind: 'HASHTAG' /** Folded: what tells hashtags apart. */; name: string }
  | { kind: 'MENTION' /** The username, folded. */; name: string }
  | { kind: 'URL'; url: string }
)

/** Longest name of a hashtag, in code points after folding. */
export const maxHashtag = 100
const maxUsername = 30
const maxUrl = 2_048

const trigger = /[#＃﹟@＠]|https?:\/\//giu
// What a hashtag goes on with: emoji, also those of several code points; letters, marks, digits, connectors; a joiner inside a word.
const hashtagBody =
  /(?:(?![#*＃﹟])(?:\p{RGI_Emoji}|[\p{Emoji_Presentation}\u2600-\u27BF]\uFE0F?)|\p{XID_Continue}|(?<=[\p{L}\p{M}])[\u200C\u200D](?=\p{L}))+/vy
const meaningful = /[\p{L}\p{Nl}\p{Extended_Pictographic}\p{RI}]/u
const mentionBody = /[A-Za-z0-9._Ａ-Ｚａ-ｚ０-９．＿]+/uy
const urlBody = /https?:\/\/[^\s<>"“”«»「」『』【】]+/iuy

const wordCharacter = /[\p{L}\p{N}\p{M}\p{Pc}]/u
/** Letters of scripts that are written without spaces: a word can begin behind any of them. */
const unspaced =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]/u
const latinOrMark = /[\p{Script=Latin}\p{M}\p{N}_]/u
const domainLike = /\.[a-z]{2,}$/

/** The hashtags, mentions and addresses of a text, in order; they do not overlap. */
export function parseEntities(text: string): TextEntity[] {
  const entities: TextEntity[] = []
  trigger.lastIndex = 0
  let end = 0
  for (let found = trigger.exec(text); found; found = trigger.exec(text)) {
    const start = found.index
    const before = start === end && start > 0 ? '' : characterBefore(text, start)
    const entity = entityAt(text, start, found[0], before)
    if (typeof entity === 'number') {
      trigger.lastIndex = Math.max(entity, start + found[0].length)
      continue
    }
    entities.push(entity)
    end = start + entity.length
    trigger.lastIndex = end
  }
  return entities
}

/** The entity that begins at a trigger; or where to go on. */
function entityAt(text: string, start: number, mark: string, before: string): TextEntity | number {
  if (mark.length > 1) return urlAt(text, start, before)
  return mark === '@' || mark === '＠' ? mentionAt(text, start, before) : hashtagAt(text, start, before)
}

/** Whether a character before a mark makes it a part of a word. */
const insideWord = (before: string) => wordCharacter.test(before) && !unspaced.test(before)

function hashtagAt(text: string, start: number, before: string): TextEntity | number {
  const body = matchAt(hashtagBody, text, start + 1)?.replace(/[·・･]+$/u, '')
  if (!body) return start + 1
  const next = start + 1 + body.length
  const name = foldHashtag(body)
  if (insideWord(before) || before === '&' || before === '/' || !isHashtagName(name)) return next
  return { kind: 'HASHTAG', start, length: next - start, name }
}

function mentionAt(text: string, start: number, before: string): TextEntity | number {
  const run = matchAt(mentionBody, text, start + 1)
  if (!run) return start + 1
  const body = run.replace(/[.．]+$/u, '')
  const next = start + 1 + body.length
  const after = characterAt(text, next)
  const name = body.normalize('NFKC').toLowerCase()
  const address = domainLike.test(name) && (unspaced.test(before) || before === '-')
  const inside = insideWord(before) || '@＠/+%&$*=~^'.includes(before || ' ')
  const goesOn = after === '@' || after === '＠' || latinOrMark.test(after)
  if (inside || address || goesOn || name === '' || name.length > maxUsername) {
    // The second half of `@one@two` is none either.
    return start + 1 + run.length
  }
  return { kind: 'MENTION', start, length: next - start, name }
}

function urlAt(text: string, start: number, before: string): TextEntity | number {
  const whole = matchAt(urlBody, text, start) ?? ''
  const body = withoutClosing(whole)
  const next = start + whole.length
  if (insideWord(before) || body.length > maxUrl || !URL.canParse(body)) return next
  const url = new URL(body)
  // Who reads `https://bank.example@evil.example` is led elsewhere than he thinks.
  if (url.username || url.password || !/[.:]/.test(url.hostname)) return next
  return { kind: 'URL', start, length: body.length, url: url.href }
}

/** An address without the punctuation that ends the sentence around it. */
function withoutClosing(text: string): string {
  let open = 0
  for (const character of text) open += character === '(' ? 1 : character === ')' ? -1 : 0
  let end = text.length
  for (; end > 0; end--) {
    const last = text[end - 1] ?? ''
    if (last === ')' && open < 0) open++
    else if (!".,;:!?'*_~…。、，！？；：）］｝".includes(last)) break
  }
  return text.slice(0, end)
}

function matchAt(pattern: RegExp, text: string, index: number): string | null {
  pattern.lastIndex = index
  return pattern.exec(text)?.[0] ?? null
}

function characterAt(text: string, index: number): string {
  const point = text.codePointAt(index)
  return point === undefined ? '' : String.fromCodePoint(point)
}

function characterBefore(text: string, index: number): string {
  const last = text.charCodeAt(index - 1)
  if (Number.isNaN(last)) return ''
  const isLow = last >= 0xdc00 && last <= 0xdfff && index >= 2
  return characterAt(text, isLow ? index - 2 : index - 1)
}

/**
 * The name of a hashtag as it is compared and kept: compatibility forms, case, joiners inside words and the styles of emoji make
 * no difference (NFKC and case folding, UAX #15 and #21). Without `#`.
 */
export function foldHashtag(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\uFE0E\uFE0F]|(?<!\p{Extended_Pictographic}\p{Emoji_Modifier}?)[\u200C\u200D]/gu, '')
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll('ß', 'ss')
    .normalize('NFKC')
}

/** Whether a folded text can be a hashtag's name. */
export function isHashtagName(name: string): boolean {
  return meaningful.test(name) && [...name].length <= maxHashtag && matchAt(hashtagBody, name, 0) === name
}

/** The names of the hashtags of a text, each once, in order, at most `max`. */
export function hashtagsIn(entities: readonly TextEntity[], max: number): string[] {
  return namesOf(entities, 'HASHTAG', max)
}

/** The usernames that a text mentions, each once, in order, at most `max`. */
export function mentionsIn(entities: readonly TextEntity[], max: number): string[] {
  return namesOf(entities, 'MENTION', max)
}

function namesOf(entities: readonly TextEntity[], kind: 'HASHTAG' | 'MENTION', max: number): string[] {
  const names = entities.flatMap((entity) => (entity.kind === kind ? [entity.name] : []))
  return [...new Set(names)].slice(0, max)
}
