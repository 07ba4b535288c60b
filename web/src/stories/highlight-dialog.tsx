import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import { Picture } from '../media/picture.tsx'
import {
  CreateHighlightDocument,
  type HighlightFieldsFragment,
  StoryArchiveDocument,
  UpdateHighlightDocument,
} from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { Spinner } from '../parts/states.tsx'
import { fullTime } from '../text/time-ago.ts'

/** Chooses stories out of the archive and gives them a title; of a highlight that there is, others. */
export function HighlightDialog({
  highlight,
  onClose,
}: {
  /** The one to change; left out, a new one. */
  highlight?: HighlightFieldsFragment
  onClose: () => void
}) {
  const pages = usePages(StoryArchiveDocument, { first: 30 }, (data) => data.viewer?.storyArchive)
  const [create, creating] = useAction(CreateHighlightDocument)
  const [update, updating] = useAction(UpdateHighlightDocument)
  const [title, setTitle] = useState(highlight?.title ?? '')
  const [chosen, setChosen] = useState<readonly string[]>(
    () => highlight?.stories.nodes.map(({ id }) => id) ?? [],
  )
  const toggle = (id: string) =>
    setChosen((ids) => (ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id]))
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const input = { storyIds: [...chosen], title: title.trim() || 'Highlights' }
    const kept = highlight ? await update({ highlightId: highlight.id, ...input }) : await create(input)
    if (kept) onClose()
  }
  return (
    <Dialog title={highlight ? 'Edit the highlight' : 'New highlight'} onClose={onClose}>
      <form onSubmit={save}>
        <label className="field">
          <span>Title</span>
          <input
            value={title}
            maxLength={30}
            placeholder="Highlights"
            onChange={(event) => setTitle(event.target.value)}
          />
        </label>
        {!pages.nodes && <Spinner />}
        {pages.nodes?.length === 0 && <p className="muted dialog-note">You have shared no story yet.</p>}
        <ul className="archive">
          {pages.nodes?.map((story) => (
            <li key={story.id}>
              <button
                type="button"
                aria-pressed={chosen.includes(story.id)}
                aria-label={`Story of ${fullTime(story.createdAt)}`}
                onClick={() => toggle(story.id)}
              >
                {story.media && <Picture media={story.media} sizes="130px" alt="" />}
                {chosen.includes(story.id) && <b aria-hidden="true">{chosen.indexOf(story.id) + 1}</b>}
              </button>
            </li>
          ))}
        </ul>
        <LoadMore pages={pages} />
        <div className="dialog-foot">
          <button
            type="submit"
            className="button button-primary button-large"
            disabled={creating || updating || chosen.length === 0}
          >
            Keep
          </button>
        </div>
      </form>
    </Dialog>
  )
}
