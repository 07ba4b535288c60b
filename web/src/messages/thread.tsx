import { type FormEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { onResync } from '../graph/live.ts'
import { useAction } from '../graph/use-action.ts'
import {
  ConversationDocument,
  type ConversationRowFragment,
  MarkConversationReadDocument,
  type MessageFieldsFragment,
  SendMessageDocument,
} from '../operations.gen.ts'
import { CloseIcon, SendIcon } from '../parts/icons.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { conversationName, otherMembers } from './conversation-name.ts'
import { Faces } from './conversation-row.tsx'
import { MessageRequest } from './message-request.tsx'
import { previewOf } from './message-text.ts'
import { Messages } from './messages.tsx'
import { useSayTyping } from './use-typing.ts'

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
  const [replyTo, setReplyTo] = useState<MessageFieldsFragment | null>(null)
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
  const { pageInfo, nodes } = conversation.messages
  return (
    <section className="thread" aria-label={`Conversation with ${name}`}>
      <TopBar
        back="/messages"
        title={
          <span className="thread-title">
            <Faces members={others} size={32} />
            {conversation.kind === 'DIRECT' && others[0] ? (
              <Link href={`/@${others[0].username}`}>{name}</Link>
            ) : (
              name
            )}
          </span>
        }
      />
      <Messages
        messages={nodes}
        conversation={conversation}
        hasMore={pageInfo.hasPreviousPage}
        loading={fetching}
        onMore={() => setBefore(pageInfo.startCursor)}
        onReply={conversation.folder === 'REQUESTS' ? undefined : setReplyTo}
      />
      {conversation.folder === 'REQUESTS' ? (
        <MessageRequest conversationId={id} name={name} />
      ) : (
        <Composer conversationId={id} replyTo={replyTo} onReplied={() => setReplyTo(null)} />
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

function Composer({
  conversationId,
  replyTo,
  onReplied,
}: {
  conversationId: string
  replyTo: MessageFieldsFragment | null
  onReplied: () => void
}) {
  const sayTyping = useSayTyping(conversationId)
  const [send] = useAction(SendMessageDocument)
  const [text, setText] = useState('')
  const input = useRef<HTMLTextAreaElement>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = input.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, 140)}px`
  }, [text])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const message = text.trim()
    if (!message) return
    setText('')
    input.current?.focus()
    // The same id if it must be sent again: the server keeps it once.
    const replyToId = replyTo?.id ?? null
    onReplied()
    const sent = await send({
      conversationId,
      text: message,
      clientMessageId: crypto.randomUUID(),
      replyToId,
    })
    if (!sent) setText((current) => current || message)
  }
  return (
    <form className="message-form" onSubmit={submit}>
      {replyTo && (
        <p className="message-answering muted">
          <span className="ellipsis">
            To {replyTo.sender?.username}: {previewOf(replyTo)}
          </span>
          <button
            type="button"
            className="icon-button"
            aria-label="Do not answer this message"
            onClick={onReplied}
          >
            <CloseIcon size={16} />
          </button>
        </p>
      )}
      <textarea
        ref={input}
        rows={1}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          if (event.target.value.trim()) sayTyping()
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) void submit(event)
        }}
        placeholder="Message…"
        aria-label="Message"
        maxLength={4000}
      />
      <button type="submit" className="icon-button message-send" aria-label="Send" disabled={!text.trim()}>
        <SendIcon size={22} filled />
      </button>
    </form>
  )
}
