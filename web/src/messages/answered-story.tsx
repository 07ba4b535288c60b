import { Picture } from '../media/picture.tsx'
import type { MessageFieldsFragment } from '../operations.gen.ts'
import { useViewer } from '../session/viewer.tsx'

/** The story that a message answers, small above it; null when it is over, or hidden from the viewer. */
export function AnsweredStory({ story }: { story: MessageFieldsFragment['story'] }) {
  const viewer = useViewer()
  if (!story) return <p className="message-quote muted">An answer to a story that is over</p>
  const whose = story.author.id === viewer?.id ? 'your story' : `the story of ${story.author.username}`
  return (
    <span className="answered-story">
      <span className="muted">An answer to {whose}</span>
      {story.media && (
        <span className="answered-story-picture">
          <Picture media={story.media} sizes="90px" />
        </span>
      )}
    </span>
  )
}
