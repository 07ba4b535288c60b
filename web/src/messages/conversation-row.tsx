import type { ConversationRowFragment } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { conversationName, otherMembers } from './conversation-name.ts'
import { previewOf } from './message-text.ts'

/** A conversation in the list, with its newest message. */
export function ConversationRow({
  conversation,
  current,
  faceSize = 52,
  isHere = false,
}: {
  conversation: ConversationRowFragment
  current: boolean
  faceSize?: number
  /** Whether the one with whom one writes is there. */
  isHere?: boolean
}) {
  const viewer = useViewer()
  const { lastMessage, unreadCount } = conversation
  const own = lastMessage?.sender?.id === viewer?.id
  const text = previewOf(lastMessage)
  return (
    <Link
      href={`/messages/${conversation.id}`}
      className="conversation-row"
      aria-current={current ? 'page' : undefined}
      data-unread={unreadCount > 0}
    >
      <span className="conversation-face">
        <Faces members={otherMembers(conversation, viewer?.id)} size={faceSize} />
        {isHere && (
          <span className="presence-dot" title="Active now">
            <span className="visually-hidden">Active now</span>
          </span>
        )}
      </span>
      <span className="person-text">
        <span className="ellipsis conversation-name">{conversationName(conversation, viewer?.id)}</span>
        <span className="conversation-last">
          <span className="ellipsis">
            {own && lastMessage && lastMessage.kind !== 'NOTICE' ? 'You: ' : ''}
            {text}
          </span>
          {lastMessage && (
            <>
              <span aria-hidden="true">·</span>
              <Time at={lastMessage.sentAt} brief />
            </>
          )}
        </span>
      </span>
      {unreadCount > 0 && (
        <span className="unread-dot">
          <span className="visually-hidden">{unreadCount} unread</span>
        </span>
      )}
    </Link>
  )
}

/** One face, or two of a group. */
export function Faces({
  members,
  size = 52,
}: {
  members: Parameters<typeof Avatar>[0]['user'][]
  size?: number
}) {
  const [first = null, second] = members
  if (!second) return <Avatar user={first} size={size} />
  return (
    <span className="faces" style={{ width: size, height: size }}>
      <Avatar user={second} size={size * 0.7} />
      <Avatar user={first} size={size * 0.7} />
    </span>
  )
}
