// What lies on a story: stickers as their author gives them, checked. No I/O.
import { boundedList, optionalText, textOf } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { StickerRow, StoryRow } from '../model.ts'

const maxMentions = 10
const maxHashtags = 10
const maxOptions = 4
const maxUrl = 2_048

interface Placed {
  x?: number | null
  y?: number | null
}

/** Stickers as `createStory` takes them. */
export interface StickerDraft {
  poll?: (Placed & { question?: string | null; options?: readonly string[] | null }) | null
  question?: (Placed & { prompt?: string | null }) | null
  mention?: readonly (Placed & { userId: string })[] | null
  location?: (Placed & { name: string; latitude?: number | null; longitude?: number | null }) | null
  hashtag?: readonly (Placed & { name: string })[] | null
  link?: (Placed & { url: string; text?: string | null }) | null
}

/** Where refusals of stickers point. */
export const stickersField = ['input', 'stickers']

const invalid = (message: string) => new AppError('INVALID', message, { field: stickersField })

/** A number between two bounds. Throws INVALID. */
function within(value: number, least: number, most: number, what: string): number {
  if (!Number.isFinite(value) || value < least || value > most) {
    throw invalid(`${what} is a number from ${least} to ${most}.`)
  }
  return value
}

function sticker(
  kind: StickerRow['kind'],
  place: Placed,
  facts: Partial<Omit<StickerRow, 'kind' | 'x' | 'y'>> = {},
): StickerRow {
  return {
    kind,
    x: within(place.x ?? 0.5, 0, 1, 'A place on the picture'),
    y: within(place.y ?? 0.5, 0, 1, 'A place on the picture'),
    ...{ userId: null, text: null, url: null, latitude: null, longitude: null },
    ...facts,
  }
}

const field = 'stickers'

/** A story's stickers, poll and question. Throws INVALID, TOO_LONG or TOO_MANY. */
export function readStickers(
  draft: StickerDraft | null | undefined,
): Pick<StoryRow, 'stickers' | 'poll' | 'question'> {
  const { poll, question, location, link } = draft ?? {}
  const mentions = boundedList(draft?.mention ?? [], { field, max: maxMentions })
  const hashtags = boundedList(draft?.hashtag ?? [], { field, max: maxHashtags })
  if (new Set(mentions.map(({ userId }) => userId)).size < mentions.length) {
    throw invalid('An account can be mentioned once.')
  }
  const stickers: StickerRow[] = []
  if (poll) stickers.push(sticker('POLL', poll))
  if (question) stickers.push(sticker('QUESTION', question))
  for (const mention of mentions) stickers.push(sticker('MENTION', mention, { userId: mention.userId }))
  if (location) {
    const { latitude = null, longitude = null } = location
    if ((latitude === null) !== (longitude === null)) {
      throw invalid('A place has both a latitude and a longitude, or neither.')
    }
    stickers.push(
      sticker('LOCATION', location, {
        text: textOf(location.name, { field, min: 1, max: 100 }),
        latitude: latitude === null ? null : within(latitude, -90, 90, 'A latitude'),
        longitude: longitude === null ? null : within(longitude, -180, 180, 'A longitude'),
      }),
    )
  }
  for (const hashtag of hashtags) stickers.push(sticker('HASHTAG', hashtag, { text: tagOf(hashtag.name) }))
  if (link) {
    stickers.push(
      sticker('LINK', link, { url: addressOf(link.url), text: optionalText(link.text, { field, max: 50 }) }),
    )
  }
  return {
    stickers,
    poll: poll
      ? { question: optionalText(poll.question, { field, max: 100 }), options: optionsOf(poll.options) }
      : null,
    question: question
      ? { prompt: optionalText(question.prompt, { field, max: 100 }) ?? 'Ask me anything' }
      : null,
  }
}

/** Ids of the accounts that a story mentions. */
export function mentionedIds(stickers: readonly StickerRow[]): string[] {
  return stickers.flatMap(({ userId }) => (userId !== null && isId(userId, 'user') ? [userId] : []))
}

function optionsOf(given: readonly string[] | null | undefined): string[] {
  const options = boundedList(given ?? ['Yes', 'No'], { field, min: 2, max: maxOptions })
  return options.map((option) => textOf(option, { field, min: 1, max: 40 }))
}

/** A hashtag without its `#`: letters, marks, digits and underscores, at least one of them no digit. */
function tagOf(given: string): string {
  const name = textOf(given, { field, min: 1, max: 101 }).replace(/^[#＃]/u, '')
  if (!/^[\p{L}\p{M}\p{N}_]{1,100}$/u.test(name) || /^\p{N}+$/u.test(name)) {
    throw invalid('A hashtag has 1–100 letters, digits and underscores, not digits alone.')
  }
  return name
}

/** A web address. Nothing but http and https: a link must not run anything. */
function addressOf(given: string): string {
  const text = textOf(given, { field, min: 1, max: maxUrl })
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw invalid('A link is an address that begins with https:// or http://.')
  }
  return url.href
}
