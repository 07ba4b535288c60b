import { useState } from 'react'
import { usePages } from '../graph/use-pages.ts'
import { Picture } from '../media/picture.tsx'
import { type HighlightFieldsFragment, UserHighlightsDocument } from '../operations.gen.ts'
import { LoadMore } from '../parts/load-more.tsx'
import { HighlightDialog } from './highlight-dialog.tsx'
import { StoryViewer } from './story-viewer.tsx'

/** The stories that an account keeps, as a row of round covers; one's own with a way to keep more. */
export function Highlights({ username, own }: { username: string; own: boolean }) {
  const pages = usePages(UserHighlightsDocument, { username, first: 20 }, (data) => data.user?.highlights)
  const [open, setOpen] = useState<HighlightFieldsFragment>()
  const [choosing, setChoosing] = useState<'NEW' | HighlightFieldsFragment>()
  const highlights = pages.nodes ?? []
  if (highlights.length === 0 && !own) return null
  return (
    <section className="story-tray highlights" aria-label="Highlights">
      <ul>
        {own && (
          <li>
            <button type="button" className="story-ring-button" onClick={() => setChoosing('NEW')}>
              <span className="story-ring story-ring-seen">
                <span className="highlight-cover highlight-new" />
              </span>
              <span className="story-name">New</span>
            </button>
          </li>
        )}
        {highlights.map((highlight) => (
          <li key={highlight.id}>
            <button
              type="button"
              className="story-ring-button"
              aria-label={`Highlight ${highlight.title}`}
              onClick={() => setOpen(highlight)}
            >
              <span className="story-ring story-ring-seen">
                <span className="highlight-cover">
                  {highlight.cover && <Picture media={highlight.cover} sizes="64px" alt="" />}
                </span>
              </span>
              <span className="story-name ellipsis" aria-hidden="true">
                {highlight.title}
              </span>
            </button>
          </li>
        ))}
        <LoadMore pages={pages} />
      </ul>
      {open && (
        <StoryViewer
          rings={[{ author: open.author, stories: open.stories.nodes }]}
          startAt={0}
          highlightId={open.id}
          onEdit={() => {
            setOpen(undefined)
            setChoosing(open)
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {choosing && (
        <HighlightDialog
          highlight={choosing === 'NEW' ? undefined : choosing}
          onClose={() => setChoosing(undefined)}
        />
      )}
    </section>
  )
}
