import { useState } from 'react'
import { useQuery, useSubscription } from 'urql'
import { useAction } from '../graph/use-action.ts'
import {
  ReactToStoryDocument,
  type StoryFieldsFragment,
  StoryViewedDocument,
  StoryViewersDocument,
} from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { PersonRow } from '../parts/person.tsx'
import { Spinner } from '../parts/states.tsx'
import { StoryReply } from './story-reply.tsx'

const reactions = [
  { emoji: '❤️', name: 'Love' },
  { emoji: '😂', name: 'Laughter' },
  { emoji: '😮', name: 'Surprise' },
  { emoji: '😢', name: 'Sadness' },
  { emoji: '👏', name: 'Applause' },
  { emoji: '🔥', name: 'Fire' },
]

/** Below a story: an answer to its author, and how one feels about it; below one's own, who has seen it. */
export function StoryFoot({
  story,
  own,
  onBusy,
}: {
  story: StoryFieldsFragment
  own: boolean
  onBusy: (busy: boolean) => void
}) {
  return (
    <footer className="story-foot">
      {own ? (
        <Seen story={story} onBusy={onBusy} />
      ) : (
        <>
          <StoryReply story={story} onBusy={onBusy} />
          <Reactions story={story} />
        </>
      )}
    </footer>
  )
}

function Reactions({ story }: { story: StoryFieldsFragment }) {
  const [react, reacting] = useAction(ReactToStoryDocument)
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are no fields of a form
    <div role="group" aria-label="React">
      {reactions.map(({ emoji, name }) => {
        const chosen = story.viewerReaction === emoji
        return (
          <button
            key={emoji}
            type="button"
            className="story-reaction"
            aria-label={name}
            aria-pressed={chosen}
            disabled={reacting}
            onClick={() => react({ storyId: story.id, emoji: chosen ? null : emoji })}
          >
            {emoji}
          </button>
        )
      })}
    </div>
  )
}

function Seen({ story, onBusy }: { story: StoryFieldsFragment; onBusy: (busy: boolean) => void }) {
  const [open, setOpen] = useState(false)
  useSubscription({ query: StoryViewedDocument, variables: { storyId: story.id } })
  const show = (shown: boolean) => {
    setOpen(shown)
    onBusy(shown)
  }
  return (
    <>
      <button type="button" className="story-seen" onClick={() => show(true)}>
        Seen by {story.viewerCount ?? 0}
      </button>
      {open && <ViewersDialog storyId={story.id} onClose={() => show(false)} />}
    </>
  )
}

function ViewersDialog({ storyId, onClose }: { storyId: string; onClose: () => void }) {
  const [{ data }] = useQuery({
    query: StoryViewersDocument,
    variables: { id: storyId, first: 100 },
    requestPolicy: 'network-only',
  })
  const story = data?.node && 'viewers' in data.node ? data.node : null
  const answers = story?.question?.answers?.nodes ?? []
  return (
    <Dialog title="Seen by" onClose={onClose}>
      {!data && <Spinner />}
      {story?.viewers?.edges.length === 0 && <p className="muted dialog-note">Nobody yet.</p>}
      {story?.viewers?.edges.map(({ node, reaction }) => (
        <PersonRow key={node.id} user={node}>
          {reaction && <span className="story-reaction-given">{reaction}</span>}
        </PersonRow>
      ))}
      {answers.length > 0 && <h3 className="story-answers">{story?.question?.prompt}</h3>}
      {answers.map(({ author, text }) => (
        <PersonRow key={author.id} user={author} detail={text} />
      ))}
    </Dialog>
  )
}
