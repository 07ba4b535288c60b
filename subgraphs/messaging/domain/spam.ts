// Spam: what the first messages to people who did not ask for them look like.

/** What is known of a message to people who have not accepted its sender, and of him. */
export interface Suspect {
  text: string | null
  /** To how many such conversations he sent the same text in the last hour, this one included. */
  repeats: number
  /** Milliseconds since his account was created. */
  accountAgeMs: number
  emailVerified: boolean
}

export type SpamVerdict = 'FINE' | 'QUIET' | 'REFUSED'

const day = 86_400_000
const linkPattern =
  /(?:https?:\/\/|www\.)\S|\b[a-z0-9-]{2,63}\.(?:com|net|org|info|xyz|top|ru|cn|shop|click|link|online|site|io|me|ly|gg)\b(?:\/|\b)/giu

/** How many links a text holds. */
export function countLinks(text: string): number {
  return text.match(linkPattern)?.length ?? 0
}

/**
 * How much a message looks like spam, from 0 to 1. Repetition weighs most, for nobody writes the same to many strangers by
 * hand; links and a fresh, unproven account make it worse and alone prove nothing.
 */
export function spamScore({ text, repeats, accountAgeMs, emailVerified }: Suspect): number {
  const links = text ? countLinks(text) : 0
  const repetition = Math.min(Math.max(repeats - 2, 0) * 0.1, 0.6)
  const linking = links === 0 ? 0 : Math.min(0.15 + 0.1 * links, 0.4)
  const shouting = text && text.length > 20 && text === text.toUpperCase() && /\p{Lu}/u.test(text) ? 0.1 : 0
  const newness = accountAgeMs < day ? 0.1 : 0
  const unproven = emailVerified ? 0 : 0.1
  return Math.min(repetition + linking + shouting + newness + unproven, 1)
}

/** QUIET lands among the requests and rings nowhere; REFUSED is not sent. */
export function spamVerdict(suspect: Suspect): SpamVerdict {
  const score = spamScore(suspect)
  return score >= 0.75 ? 'REFUSED' : score >= 0.5 ? 'QUIET' : 'FINE'
}
