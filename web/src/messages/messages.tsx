import { useLayoutEffect, useRef } from 'react'
import { unsentSequence } from '../graph/optimistic.ts'
import type { ConversationRowFragment, MessageFieldsFragment } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { useViewer } from '../session/viewer.tsx'
import { fullTime, timeOfRun } from '../text/time-ago.ts'
import { AnsweredStory } from './answered-story.tsx'
import { EncryptedFile } from './encrypted-file.tsx'
import { MessageActions } from './message-actions.tsx'
import { MessageMedia } from './message-media.tsx'
import { describeNotice, previewOf, receiptOf } from './message-text.ts'
import { NamedPost, SharedPost } from './shared-post.tsx'
import { type PlacedMessage, placeMessages, type ShownMessage } from './thread-layout.ts'
import { useTyping } from './use-typing.ts'

/** The messages of a conversation, the newest at the bottom, where the view stays. */
export function Messages({
  messages,
  conversation,
  hasMore,
  loading,
  onMore,
  onReply,
}: {
  messages: readonly ShownMessage[]
  conversation: ConversationRowFragment
  hasMore: boolean
  loading: boolean
  onMore: () => void
  /** Absent where one cannot write. */
  onReply?: ((message: ShownMessage) => void) | undefined
}) {
  const viewer = useViewer()
  const box = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const fromBottom = useRef(0)
  const placed = placeMessages(messages)
  const newest = placed.at(-1)?.message
  const group = conversation.kind === 'GROUP'
  const seen = receiptOf(conversation, newest, viewer?.id)
  const typing = useTyping(conversation)

  // The distance from the bottom is kept when messages come, and when what they show comes after them.
  useLayoutEffect(() => {
    const element = box.current
    if (!element || !content.current) return
    const keep = () => {
      element.scrollTop = element.scrollHeight - element.clientHeight - fromBottom.current
    }
    keep()
    const observer = new ResizeObserver(keep)
    observer.observe(content.current)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  return (
    <div
      ref={box}
      className="thread-messages"
      role="log"
      aria-label="Messages"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, clientHeight, scrollTop } }) => {
        const distance = scrollHeight - clientHeight - scrollTop
        // Close to the bottom means that the newest is wanted.
        fromBottom.current = distance < 60 ? 0 : distance
        if (scrollTop < 200 && hasMore && !loading) onMore()
      }}
    >
      <div ref={content} className="thread-content">
        {placed.map((item) => (
          <Bubble
            key={item.message.clientMessageId}
            conversationId={conversation.id}
            item={item}
            own={item.message.sender?.id === viewer?.id}
            group={group}
            onReply={onReply}
          />
        ))}
        {seen && <p className="seen muted">{seen}</p>}
        {typing && (
          <p className="typing muted" role="status">
            {typing}
          </p>
        )}
      </div>
    </div>
  )
}

function Bubble({
  conversationId,
  item: { message, startsTime, startsRun, endsRun },
  own,
  group,
  onReply,
}: {
  conversationId: string
  item: PlacedMessage
  own: boolean
  group: boolean
  onReply: ((message: ShownMessage) => void) | undefined
}) {
  const viewer = useViewer()
  const onItsWay = message.sequence === unsentSequence
  const isGone = message.kind === 'UNSENT' || message.kind === 'UNAVAILABLE'
  const time = startsTime && <p className="thread-time muted">{timeOfRun(message.sentAt)}</p>
  if (message.kind === 'NOTICE')
    return (
      <>
        {time}
        <p className="thread-notice muted">{describeNotice(message)}</p>
      </>
    )
  return (
    <>
      {time}
      <div
        className={own ? 'message own' : 'message'}
        data-first={startsRun}
        data-last={endsRun}
        data-unsent={onItsWay}
      >
        {!own && (
          <span className="message-face">{endsRun && <Avatar user={message.sender} size={28} />}</span>
        )}
        <div className="message-content">
          {group && !own && startsRun && (
            <span className="message-sender muted">{message.sender?.username}</span>
          )}
          {message.replyTo && (
            <p className="message-quote muted">
              <span className="visually-hidden">Answers: </span>
              {message.replyTo.text ?? 'A message'}
            </p>
          )}
          {(message.story || message.kind === 'STORY_REPLY') && <AnsweredStory story={message.story} />}
          {isGone && <p className="message-gone muted">{previewOf(message)}</p>}
          {message.note && <p className="message-gone muted">{message.note}</p>}
          {message.attachment && <EncryptedFile messageId={message.id} attachment={message.attachment} />}
          {message.media && <MessageMedia media={message.media} own={own} />}
          {message.text && (
            <p className="bubble" title={fullTime(message.sentAt)}>
              {message.text}
              {message.editedAt && <span className="message-edited"> (edited)</span>}
            </p>
          )}
          {message.linkPreview && <Preview preview={message.linkPreview} />}
          {message.sharedPost && <SharedPost post={message.sharedPost} />}
          {message.sharedPostId && <NamedPost id={message.sharedPostId} />}
          {message.reactions.length > 0 && (
            <span className="message-reactions">
              <span className="visually-hidden">Reactions: </span>
              {[...new Set(message.reactions.map(({ emoji }) => emoji))].join(' ')}
              {message.reactions.length > 1 && ` ${message.reactions.length}`}
            </span>
          )}
        </div>
        {onReply && !onItsWay && !isGone && (
          <MessageActions
            conversationId={conversationId}
            message={message}
            own={own}
            viewerId={viewer?.id}
            onReply={() => onReply(message)}
          />
        )}
      </div>
    </>
  )
}

function Preview({ preview }: { preview: NonNullable<MessageFieldsFragment['linkPreview']> }) {
  return (
    <a className="link-preview" href={preview.url} rel="noopener noreferrer nofollow" target="_blank">
      <span className="muted">{preview.siteName}</span>
      <strong>{preview.title}</strong>
      {preview.description && <span className="link-preview-text muted">{preview.description}</span>}
    </a>
  )
}
