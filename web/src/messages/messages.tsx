import { useLayoutEffect, useRef } from 'react'
import { unsentSequence } from '../graph/optimistic.ts'
import { Picture } from '../media/picture.tsx'
import type { ConversationRowFragment, MessageFieldsFragment } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { fullTime, timeOfRun } from '../text/time-ago.ts'
import { type PlacedMessage, placeMessages } from './thread-layout.ts'

/** The messages of a conversation, the newest at the bottom, where the view stays. */
export function Messages({
  messages,
  conversation,
  hasMore,
  loading,
  onMore,
}: {
  messages: readonly MessageFieldsFragment[]
  conversation: ConversationRowFragment
  hasMore: boolean
  loading: boolean
  onMore: () => void
}) {
  const viewer = useViewer()
  const box = useRef<HTMLDivElement>(null)
  const fromBottom = useRef(0)
  const placed = placeMessages(messages)
  const newest = placed.at(-1)?.message
  const group = conversation.kind === 'GROUP'
  const seen = seenBy(conversation, newest, viewer?.id)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the distance from the bottom is kept whenever messages come
  useLayoutEffect(() => {
    const element = box.current
    if (element) element.scrollTop = element.scrollHeight - element.clientHeight - fromBottom.current
  }, [messages.length, newest?.id, seen])

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
      {placed.map((item) => (
        <Bubble
          key={item.message.clientMessageId}
          item={item}
          own={item.message.sender?.id === viewer?.id}
          group={group}
        />
      ))}
      {seen && <p className="seen muted">{seen}</p>}
    </div>
  )
}

/** `Seen`, when the viewer's message is the newest and someone has read it. */
function seenBy(
  { members, kind }: ConversationRowFragment,
  newest: MessageFieldsFragment | undefined,
  viewerId?: string,
) {
  if (!newest || newest.sender?.id !== viewerId) return null
  const readers = members.filter(
    ({ user, lastReadMessageId }) => user?.id !== viewerId && lastReadMessageId === newest.id,
  )
  if (readers.length === 0) return null
  return kind === 'DIRECT' ? 'Seen' : `Seen by ${readers.map(({ user }) => user?.username).join(', ')}`
}

function Bubble({
  item: { message, startsTime, startsRun, endsRun },
  own,
  group,
}: {
  item: PlacedMessage
  own: boolean
  group: boolean
}) {
  const onItsWay = message.sequence === unsentSequence
  return (
    <>
      {startsTime && <p className="thread-time muted">{timeOfRun(message.sentAt)}</p>}
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
          {message.text && (
            <p className="bubble" title={fullTime(message.sentAt)}>
              {message.text}
            </p>
          )}
          {message.sharedPost && <SharedPost post={message.sharedPost} />}
        </div>
      </div>
    </>
  )
}

function SharedPost({ post }: { post: NonNullable<MessageFieldsFragment['sharedPost']> }) {
  const [first] = post.media
  return (
    <Link href={`/p/${post.id}`} className="shared-post">
      <span className="shared-post-author">{post.author.username}</span>
      {first && (
        <span className="shared-post-picture">
          <Picture media={first} sizes="240px" />
        </span>
      )}
      {post.caption && <span className="shared-post-caption">{post.caption}</span>}
    </Link>
  )
}
