// Previews of what messages link to: fetched after the message was sent, shown when they are there.
import type { Limit, Limits } from '#platform/limits.ts'
import type { Transact } from '#platform/mongo.ts'
import type { LinkPreviewRow } from '../model.ts'
import type { Store } from '../store.ts'
import { hearersOf } from './participation.ts'

/** Somebody else's server hears of each. */
const fetches: Limit = { name: 'link-previews', max: 30, windowMs: 60_000, withoutRedis: 'closed' }

/** Fetches what a message's text links to and shows it with the message, unless the text has changed meanwhile. */
export async function previewLink(
  deps: Pick<Store, 'getMessage' | 'getConversation' | 'setLinkPreview'> & {
    transact: Transact<'messaging'>
    limits: Limits
    /** The address that a text links to. */
    firstLink: (text: string | null) => string | null
    /** What is to be shown of a page; null for nothing. */
    preview: (url: string) => Promise<LinkPreviewRow | null>
  },
  messageId: string,
): Promise<void> {
  const message = await deps.getMessage(messageId)
  const text = message?.text ?? null
  const link = deps.firstLink(text)
  if (!message || text === null || link === null || message.linkPreview) return
  const allowed = await deps.limits.use(fetches, message.senderId).then(
    () => true,
    () => false,
  )
  const linkPreview = allowed ? await deps.preview(link) : null
  if (!linkPreview) return
  const { conversationId, senderId } = message
  await deps.transact(async (tx) => {
    if (!(await deps.setLinkPreview(messageId, text, linkPreview, tx.session))) return
    const conversation = await deps.getConversation(conversationId, tx.session)
    if (!conversation) return
    tx.emit('conversation.changed', {
      conversationId,
      change: 'PREVIEW',
      actorId: senderId,
      messageId,
      memberIds: hearersOf(conversation),
    })
  })
}
