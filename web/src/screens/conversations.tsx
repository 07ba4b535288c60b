import { useState } from 'react'
import { usePages } from '../graph/use-pages.ts'
import { otherMembers } from '../messages/conversation-name.ts'
import { ConversationRow } from '../messages/conversation-row.tsx'
import { NewConversation } from '../messages/new-conversation.tsx'
import { Thread } from '../messages/thread.tsx'
import { newestFirst } from '../messages/use-conversations.ts'
import { usePresence } from '../messages/use-presence.ts'
import { type ConversationFolder, ConversationsDocument } from '../operations.gen.ts'
import { PlusIcon, SendIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { useViewer } from '../session/viewer.tsx'

/** The conversations, and beside them, or on a phone instead of them, the open one. */
export function ConversationsScreen({ openId }: { openId?: string | undefined }) {
  const [folder, setFolder] = useState<ConversationFolder>('PRIMARY')
  const [creating, setCreating] = useState(false)
  return (
    <div className="messages" data-open={openId !== undefined}>
      <section className="messages-list" aria-label="Conversations">
        <TopBar title="Messages">
          <button
            type="button"
            className="icon-button"
            aria-label="New message"
            onClick={() => setCreating(true)}
          >
            <PlusIcon size={25} />
          </button>
        </TopBar>
        <div className="tabs" role="tablist" aria-label="Folders">
          {(['PRIMARY', 'REQUESTS'] as const).map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={folder === name}
              className="tab"
              onClick={() => setFolder(name)}
            >
              {name === 'PRIMARY' ? 'Primary' : 'Requests'}
            </button>
          ))}
        </div>
        <ConversationList folder={folder} openId={openId} />
      </section>
      {openId ? (
        <Thread key={openId} id={openId} />
      ) : (
        <section className="thread thread-empty">
          <Empty icon={<SendIcon size={34} />} title="Your messages">
            <p className="muted">Choose a conversation, or begin one.</p>
            <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
              New message
            </button>
          </Empty>
        </section>
      )}
      {creating && <NewConversation onClose={() => setCreating(false)} />}
    </div>
  )
}

function ConversationList({ folder, openId }: { folder: ConversationFolder; openId?: string | undefined }) {
  const pages = usePages(ConversationsDocument, { first: 20, folder }, (data) => data.conversations)
  const presence = usePresence(pages.nodes ?? [])
  const viewer = useViewer()
  if (!pages.nodes) return pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />
  if (pages.nodes.length === 0)
    return (
      <p className="muted messages-none">
        {folder === 'PRIMARY'
          ? 'No conversations yet.'
          : 'Messages from people you do not follow appear here.'}
      </p>
    )
  return (
    <>
      {newestFirst(pages.nodes).map((conversation) => (
        <ConversationRow
          key={conversation.id}
          conversation={conversation}
          current={conversation.id === openId}
          isHere={
            conversation.kind === 'DIRECT' &&
            presence(otherMembers(conversation, viewer?.id)[0]?.id)?.isOnline === true
          }
        />
      ))}
      <LoadMore pages={pages} />
    </>
  )
}
