import { useCallback, useEffect, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { Picture } from '../media/picture.tsx'
import { Processing } from '../media/processing.tsx'
import { Veil } from '../media/veil.tsx'
import { alone } from '../media/veiled.ts'
import { Video } from '../media/video.tsx'
import {
  DeleteHighlightDocument,
  DeleteStoryDocument,
  MarkStoryViewedDocument,
  StoriesDocument,
  type StoriesQuery,
  type StoryFieldsFragment,
  type UserLinkFragment,
} from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import {
  BackIcon,
  CloseIcon,
  ForwardIcon,
  PauseIcon,
  PlayIcon,
  SettingsIcon,
  TrashIcon,
} from '../parts/icons.tsx'
import { UserName } from '../parts/person.tsx'
import { Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { useViewer } from '../session/viewer.tsx'
import { beginning, next, type Place, previous } from './order.ts'
import { Stickers } from './stickers.tsx'
import { StoryFoot } from './story-foot.tsx'

/** An author with stories of his. */
export interface StoryRing {
  readonly author: UserLinkFragment
  readonly stories: readonly { readonly id: string; readonly viewerHasSeen: boolean }[]
}

const pictureMs = 6_000
const longestVideoMs = 60_000
const calm = matchMedia('(prefers-reduced-motion: reduce)')

/** Stories on the whole screen, one after the other. Who wants less motion goes on by himself. */
export function StoryViewer({
  rings,
  startAt,
  highlightId,
  onEdit,
  onClose,
}: {
  rings: readonly StoryRing[]
  startAt: number
  /** The highlight that the stories are of: then it can be removed, not they. */
  highlightId?: string
  /** Goes on to change that highlight. */
  onEdit?: () => void
  onClose: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const viewer = useViewer()
  const [place, setPlace] = useState<Place>(() => beginning(rings, startAt))
  const [paused, setPaused] = useState(false)
  const [busy, setBusy] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])

  const close = useCallback(() => dialog.current?.close(), [])
  const go = useCallback(
    (step: typeof next) => {
      const to = step(rings, place)
      if (to) setPlace(to)
      else if (step === next) close()
    },
    [rings, place, close],
  )
  const ring = rings[place.ring]
  const story = useStory(ring, place.story)
  // On the document: a button that one has just pressed may be disabled by now, and has no focus then.
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      // What is typed, and what another dialog over this one hears, is not for the stories.
      if (busy || event.target instanceof HTMLInputElement) return
      if (event.key === 'ArrowRight') go(next)
      else if (event.key === 'ArrowLeft') go(previous)
      else if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) setPaused((was) => !was)
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [busy, go])
  if (!ring) return null
  const own = ring.author.id === viewer?.id
  const held = paused || busy
  return (
    <dialog
      ref={dialog}
      className="story-viewer"
      aria-label={`Stories of ${ring.author.username}`}
      onClose={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="story-stage">
        <Bars
          count={ring.stories.length}
          at={place.story}
          story={story ?? null}
          held={held}
          onEnd={() => go(next)}
        />
        <header className="story-head">
          <Avatar user={ring.author} size={34} />
          <UserName user={ring.author} />
          {story && <Time at={story.createdAt} brief />}
          {story?.audience === 'CLOSE_FRIENDS' && <span className="story-audience">Close friends</span>}
          <span className="story-tools">
            <button
              type="button"
              className="icon-button"
              aria-label={paused ? 'Go on' : 'Pause'}
              onClick={() => setPaused(!paused)}
            >
              {paused ? <PlayIcon size={20} /> : <PauseIcon size={20} />}
            </button>
            {own && highlightId && onEdit && (
              <button type="button" className="icon-button" aria-label="Edit this highlight" onClick={onEdit}>
                <SettingsIcon size={20} />
              </button>
            )}
            {own && highlightId && <RemoveHighlightButton highlightId={highlightId} onRemoved={close} />}
            {own && story && !highlightId && <DeleteButton storyId={story.id} onDeleted={close} />}
            <button type="button" className="icon-button" aria-label="Close" onClick={close}>
              <CloseIcon size={24} />
            </button>
          </span>
        </header>
        <p className="visually-hidden" aria-live="polite">
          Story {place.story + 1} of {ring.stories.length} by {ring.author.username}
        </p>
        <div className="story-media">
          {story === undefined && <Spinner />}
          {story === null && <p className="story-gone">This story is over.</p>}
          {story && <StoryMedia key={story.id} story={story} held={held} />}
        </div>
        <button
          type="button"
          className="story-step story-previous"
          aria-label="Previous story"
          disabled={previous(rings, place) === null}
          onClick={() => go(previous)}
        >
          <BackIcon size={22} />
        </button>
        <button
          type="button"
          className="story-step story-next"
          aria-label="Next story"
          onClick={() => go(next)}
        >
          <ForwardIcon size={22} />
        </button>
        {story && <Stickers story={story} own={own} onBusy={setBusy} onLeave={close} />}
        {story && <StoryFoot key={story.id} story={story} own={own} onBusy={setBusy} />}
      </div>
    </dialog>
  )
}

/** The story at a place; undefined while it is read, null when it is over. What the viewer sees of others is marked as seen. */
function useStory(ring: StoryRing | undefined, at: number): StoryFieldsFragment | null | undefined {
  const viewer = useViewer()
  const ids = ring?.stories.map(({ id }) => id) ?? []
  const [{ data, fetching }] = useQuery({ query: StoriesDocument, variables: { ids }, pause: !ring })
  const [mark] = useAction(MarkStoryViewedDocument)
  const id = ids[at]
  const story = data?.nodes.filter(isStory).find((found) => found.id === id) ?? null
  const unseen = story !== null && !story.viewerHasSeen && story.author.id !== viewer?.id
  useEffect(() => {
    if (unseen && id) void mark({ storyId: id })
  }, [unseen, id, mark])
  return story ?? (fetching ? undefined : null)
}

const isStory = (node: StoriesQuery['nodes'][number]): node is StoryFieldsFragment =>
  node !== null && 'author' in node

function StoryMedia({ story, held }: { story: StoryFieldsFragment; held: boolean }) {
  const { media } = story
  if (!media) return <p className="story-gone">There is nothing to show.</p>
  if (media.status !== 'READY') return <Processing media={media} />
  return (
    <Veil post={alone(media, story.author.id)}>
      {media.kind === 'VIDEO' ? (
        <Video media={media} hidden={held} />
      ) : (
        <Picture media={media} sizes="(min-width: 600px) 56vh, 100vw" eager />
      )}
    </Veil>
  )
}

/** How far one is: a bar for each story of the author, the present one filling as time goes by. */
function Bars({
  count,
  at,
  story,
  held,
  onEnd,
}: {
  count: number
  at: number
  story: StoryFieldsFragment | null
  held: boolean
  onEnd: () => void
}) {
  const { durationMs } = story?.media ?? {}
  const runs = story?.media?.status === 'READY' && !calm.matches
  const lasts = Math.min(durationMs ?? pictureMs, longestVideoMs)
  return (
    <div className="story-bars" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are the places themselves
        <span key={index} data-done={index < at}>
          {index === at && runs && (
            <i
              key={story?.id}
              data-held={held}
              style={{ animationDuration: `${lasts}ms` }}
              onAnimationEnd={onEnd}
            />
          )}
        </span>
      ))}
    </div>
  )
}

function DeleteButton({ storyId, onDeleted }: { storyId: string; onDeleted: () => void }) {
  const [remove, removing] = useAction(DeleteStoryDocument)
  return (
    <button
      type="button"
      className="icon-button"
      aria-label="Delete this story"
      disabled={removing}
      onClick={async () => {
        if (await remove({ storyId })) onDeleted()
      }}
    >
      <TrashIcon size={20} />
    </button>
  )
}

function RemoveHighlightButton({ highlightId, onRemoved }: { highlightId: string; onRemoved: () => void }) {
  const [remove, removing] = useAction(DeleteHighlightDocument)
  return (
    <button
      type="button"
      className="icon-button"
      aria-label="Remove this highlight"
      disabled={removing}
      onClick={async () => {
        if (await remove({ highlightId })) onRemoved()
      }}
    >
      <TrashIcon size={20} />
    </button>
  )
}
