import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { onResync } from '../graph/forward.ts'
import { useAction } from '../graph/use-action.ts'
import {
  ConversationDocument,
  type ConversationRowFragment,
  MarkConversationReadDocument,
} from '../operations.gen.ts'
import { ClockIcon, LockIcon, MoreIcon } from '../parts/icons.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { Composer } from './composer.tsx'
import { ConversationDetails } from './conversation-details.tsx'
import { conversationName, otherMembers } from './conversation-name.ts'
import { Faces } from './conversation-row.tsx'
import { MessageRequest } from './message-request.tsx'
import { describeStay, presenceOf } from './message-text.ts'
import { Messages } from './messages.tsx'
import type { ShownMessage } from './thread-layout.ts'
import { useDecrypted } from './use-decrypted.ts'
import { useMessenger } from './use-messenger.ts'
import { usePresence } from './use-presence.ts'
import { useStaying } from './use-staying.ts'

/** One conversation, live. */
export function Thread({ id }: { id: string }) {
  const viewer = useViewer()
  const [before, setBefore] = useState<string | null>(null)
  const [{ data, fetching, error }, again] = useQuery({
    query: ConversationDocument,
    variables: { id, last: 30, before },
    requestPolicy: before ? 'cache-first' : 'cache-and-network',
  })
  useEffect(() => onResync(() => again({ requestPolicy: 'network-only' })), [again])
  const conversation = data?.conversation
  const [replyTo, setReplyTo] = useState<ShownMessage | null>(null)
  const [details, setDetails] = useState(false)
  const isEncrypted = conversation?.isEncrypted === true
  const { messenger, deviceId } = useMessenger(isEncrypted)
  const usable = isEncrypted && deviceId ? messenger : undefined
  const messages = useStaying(useDecrypted(id, conversation?.messages.nodes ?? [], usable))
  const presence = usePresence(conversation ? [conversation] : [])
  useReadMarks(conversation ?? undefined)

  if (!conversation)
    return (
      <section className="thread">
        <TopBar title="" back="/messages" />
        {fetching ? (
          <Spinner />
        ) : error ? (
          <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />
        ) : (
          <Empty title="This conversation is not here" />
        )}
      </section>
    )
  const others = otherMembers(conversation, viewer?.id)
  const name = conversationName(conversation, viewer?.id)
  const { pageInfo } = conversation.messages
  const { disappearAfterMs } = conversation
  const here = conversation.kind === 'DIRECT' ? presenceOf(presence(others[0]?.id)) : null
  return (
    <section className="thread" aria-label={`Conversation with ${name}`}>
      <TopBar
        back="/messages"
        title={
          <span className="thread-title">
            <Faces members={others} size={32} />
            <span className="thread-name">
              {conversation.kind === 'DIRECT' && others[0] ? (
                <Link href={`/@${others[0].username}`}>{name}</Link>
              ) : (
                <span>{name}</span>
              )}
              {here && <span className="thread-presence muted">{here}</span>}
            </span>
            {isEncrypted && (
              <span className="thread-lock" title="Encrypted from end to end">
                <LockIcon size={16} />
                <span className="visually-hidden">Encrypted from end to end</span>
              </span>
            )}
            {disappearAfterMs !== null && (
              <span
                className="thread-lock"
                title={`Messages disappear after ${describeStay(disappearAfterMs)}`}
              >
                <ClockIcon size={16} />
                <span className="visually-hidden">
                  Messages disappear after {describeStay(disappearAfterMs)}
                </span>
              </span>
            )}
          </span>
        }
      >
        <button
          type="button"
          className="icon-button"
          aria-label="Conversation details"
          onClick={() => setDetails(true)}
        >
          <MoreIcon size={22} />
        </button>
      </TopBar>
      {details && (
        <ConversationDetails
          conversation={conversation}
          messenger={usable}
          onClose={() => setDetails(false)}
        />
      )}
      <Messages
        messages={messages}
        conversation={conversation}
        hasMore={pageInfo.hasPreviousPage}
        loading={fetching}
        onMore={() => setBefore(pageInfo.startCursor)}
        onReply={conversation.folder === 'REQUESTS' ? undefined : setReplyTo}
      />
      {conversation.folder === 'REQUESTS' ? (
        <MessageRequest conversationId={id} name={name} />
      ) : isEncrypted && deviceId === null ? (
        <p className="message-request">
          This conversation is encrypted, and this browser takes no part yet.
          <Link href="/settings" className="button">
            Turn it on in the settings
          </Link>
        </p>
      ) : (
        (!isEncrypted || usable) && (
          <Composer
            conversationId={id}
            messenger={usable}
            replyTo={replyTo}
            onReplied={() => setReplyTo(null)}
          />
        )
      )}
    </section>
  )
}

/** Says that the conversation was read, whenever something unread is on the screen of someone who looks. */
function useReadMarks(conversation: ConversationRowFragment | undefined): void {
  const [markRead] = useAction(MarkConversationReadDocument)
  const id = conversation?.id
  const unread = conversation?.folder === 'PRIMARY' ? conversation.unreadCount : 0
  useEffect(() => {
    if (!id || unread === 0) return
    const mark = () => {
      if (!document.hidden) void markRead({ conversationId: id })
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [id, unread, markRead])
}
