import type { MediaLabel, SensitiveContent } from '../operations.gen.ts'

/** What decides whether a post stands behind a veil. */
export interface Veiled {
  sensitive: boolean
  author: { id: string }
}

/** An item that stands alone, by its labels. */
export const alone = <M extends { labels: readonly MediaLabel[] }>(media: M, authorId: string) => ({
  sensitive: media.labels.some((label) => label === 'SENSITIVE' || label === 'ADULT'),
  author: { id: authorId },
  media: [media],
})

/** Whether a viewer, null when signed out, meets a post behind a veil: not its author, nor who wants such things as any others. */
export function isVeiled(
  { sensitive, author }: Veiled,
  viewer: { id: string; settings: { sensitiveContent: SensitiveContent } } | null,
): boolean {
  return sensitive && author.id !== viewer?.id && viewer?.settings.sensitiveContent !== 'MORE'
}
