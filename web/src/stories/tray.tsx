import { useState } from 'react'
import { useQuery } from 'urql'
import { StoryTrayDocument, type StoryTrayQuery } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { StoryViewer } from './story-viewer.tsx'

/** One author of the tray. */
type TrayRing = StoryTrayQuery['storyTray']['edges'][number]

/** Whose stories there are, as a row of rings: a touch opens them. */
export function StoryTray() {
  const viewer = useViewer()
  const [{ data }] = useQuery({
    query: StoryTrayDocument,
    variables: { first: 50 },
    requestPolicy: 'cache-and-network',
  })
  const [open, setOpen] = useState<{ rings: readonly TrayRing[]; at: number }>()
  if (!viewer) return null
  const rings = data?.storyTray.edges ?? []
  return (
    <section className="story-tray" aria-label="Stories">
      <ul>
        <li>
          <Link href="/new/story" className="story-ring-button" aria-label="New story">
            <span className="story-ring story-ring-none">
              <Avatar user={viewer.user} size={60} />
              <span className="story-add" />
            </span>
            <span className="story-name ellipsis" aria-hidden="true">
              New story
            </span>
          </Link>
        </li>
        {rings.map((ring, index) => (
          <li key={ring.author.id}>
            <RingButton
              ring={ring}
              own={ring.author.id === viewer.id}
              // What is open keeps its order, whatever comes meanwhile.
              onOpen={() => setOpen({ rings, at: index })}
            />
          </li>
        ))}
      </ul>
      {open && <StoryViewer rings={open.rings} startAt={open.at} onClose={() => setOpen(undefined)} />}
    </section>
  )
}

function RingButton({ ring, own, onOpen }: { ring: TrayRing; own: boolean; onOpen: () => void }) {
  const unseen = ring.stories.filter((story) => !story.viewerHasSeen)
  // Told by the stories, so that the ring turns pale as soon as the last one was seen.
  const kind = unseen.length === 0 ? 'seen' : unseen.some(isForFriends) ? 'friends' : 'unseen'
  const name = own ? 'Your story' : ring.author.username
  const label = own
    ? 'Your story'
    : `Stories of ${name}, ${unseen.length === 0 ? 'seen' : `${unseen.length} new`}`
  return (
    <button type="button" className="story-ring-button" aria-label={label} onClick={onOpen}>
      <span className={`story-ring story-ring-${kind}`}>
        <Avatar user={ring.author} size={60} />
      </span>
      <span className="story-name ellipsis" aria-hidden="true">
        {name}
      </span>
    </button>
  )
}

const isForFriends = (story: TrayRing['stories'][number]) => story.audience === 'CLOSE_FRIENDS'
