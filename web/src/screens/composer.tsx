import { type DragEvent, useRef, useState } from 'react'
import { ComposerKinds } from '../composer/composer-kinds.tsx'
import { cropOf } from '../composer/crop.ts'
import { LookFilters } from '../composer/look-filters.tsx'
import { locationOf, nowhere } from '../composer/place-field.tsx'
import { type Options, PostOptions } from '../composer/post-options.tsx'
import { UploadPreview } from '../composer/upload-preview.tsx'
import { type Upload, useUploads } from '../composer/use-uploads.ts'
import { useAction } from '../graph/use-action.ts'
import { begunUploads } from '../media/begun-uploads.ts'
import { acceptedTypes } from '../media/upload.ts'
import { CreatePostDocument, type MediaEditInput, type PostKind } from '../operations.gen.ts'
import { CameraIcon, PlusIcon } from '../parts/icons.tsx'
import { Segments } from '../parts/segments.tsx'
import { showToast } from '../parts/toast.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { addPending } from '../post/pending.ts'
import { Link, navigate } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'

const plain: Options = {
  audience: 'PUBLIC',
  place: nowhere,
  people: [],
  commentsDisabled: false,
  hideLikeCount: false,
  sensitive: false,
}

const kinds: readonly { value: PostKind; label: string }[] = [
  { value: 'POST', label: 'Post' },
  { value: 'REEL', label: 'Reel' },
]

/** How a picture is to be drawn; nothing for one that stays as it is. */
function editOf({ mediaId, edit, size }: Upload): MediaEditInput[] {
  if (!mediaId || !edit || !size) return []
  const crop = cropOf(edit.framing, size.width, size.height)
  return crop || edit.filter !== 'ORIGINAL' ? [{ mediaId, filter: edit.filter, crop }] : []
}

/** A time as a field for dates and times takes it: `2026-01-31T18:05`, where one is. */
const localTime = (ms: number) =>
  new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)

/** Chooses pictures and videos, says something about them, and shares them. */
export function ComposerScreen() {
  const { uploads, add, remove, move, change } = useUploads()
  const [create, creating] = useAction(CreatePostDocument)
  const [caption, setCaption] = useState('')
  const [options, setOptions] = useState(plain)
  const [kind, setKind] = useState<PostKind>('POST')
  const [time, setTime] = useState('')
  const [dragging, setDragging] = useState(false)
  const picker = useRef<HTMLInputElement>(null)
  const [interrupted] = begunUploads.of(useViewer()?.id).names()

  const mediaIds = uploads.flatMap(({ mediaId }) => mediaId ?? [])
  const complete = uploads.length > 0 && mediaIds.length === uploads.length
  const isFilm = uploads.length === 1 && uploads[0]?.isVideo === true
  const share = async (asDraft = false) => {
    const { place, people, ...rest } = options
    const location = locationOf(place)
    if (location === undefined) return showToast('The place needs a name and a position.', 'error')
    const shared = await create({
      asDraft,
      scheduledAt: !asDraft && time ? new Date(time).toISOString() : null,
      mediaIds,
      caption: caption.trim() || null,
      ...rest,
      location,
      userTags: people.map(({ id }) => ({ userId: id })),
      edits: uploads.flatMap(editOf),
      kind: isFilm ? kind : 'POST',
      altTexts: uploads.map(({ altText }) => altText.trim() || null),
    })
    if (!shared?.post) return
    const { id, status } = shared.post
    if (status === 'DRAFT' || status === 'SCHEDULED') {
      showToast(status === 'DRAFT' ? 'Kept among your drafts.' : 'Scheduled.')
      navigate('/drafts', { replace: true })
      return
    }
    addPending(id)
    showToast(status === 'PUBLISHED' ? 'Shared.' : 'Shared. Others see it when it is processed.')
    navigate('/', { replace: true })
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setDragging(false)
    add(event.dataTransfer.files)
  }
  return (
    <div className="page composer">
      <TopBar title="New post">
        {uploads.length === 0 && (
          <Link href="/drafts" className="text-button">
            Drafts
          </Link>
        )}
        {uploads.length > 0 && (
          <button
            type="button"
            className="button button-primary button-small"
            disabled={!complete || creating}
            onClick={() => share()}
          >
            {creating ? 'Sharing…' : time ? 'Schedule' : 'Share'}
          </button>
        )}
      </TopBar>
      <ComposerKinds current="/new" />
      <input
        ref={picker}
        type="file"
        className="visually-hidden"
        aria-label="Pictures and videos"
        accept={acceptedTypes}
        multiple
        tabIndex={-1}
        onChange={(event) => {
          add(event.target.files ?? [])
          event.target.value = ''
        }}
      />
      {uploads.length === 0 ? (
        <button
          type="button"
          className="drop-zone"
          data-dragging={dragging}
          onClick={() => picker.current?.click()}
          onDragOver={(event) => {
            event.preventDefault()
            setDragging(true)
          }}
          onDragLeave={() => setDragging(false)}
          onDrop={drop}
        >
          <span className="drop-zone-icon">
            <CameraIcon size={38} />
          </span>
          <strong>Choose pictures and videos</strong>
          <span className="muted">or drop them here. Up to 20 in one post.</span>
          {interrupted && (
            <span className="muted">
              {interrupted} was not sent to its end: choose it again to go on where it stopped.
            </span>
          )}
        </button>
      ) : (
        <div className="composer-form">
          <LookFilters />
          <ul className="upload-list">
            {uploads.map((upload, index) => (
              <UploadPreview
                key={upload.key}
                upload={upload}
                isFirst={index === 0}
                isLast={index === uploads.length - 1}
                onRemove={() => remove(upload.key)}
                onMove={(by) => move(upload.key, by)}
                onAltText={(altText) => change(upload.key, { altText })}
                onChange={(values) => change(upload.key, values)}
              />
            ))}
            <li>
              <button type="button" className="upload-add" onClick={() => picker.current?.click()}>
                <PlusIcon size={26} />
                <span>Add more</span>
              </button>
            </li>
          </ul>
          <label className="field">
            <span>Caption</span>
            <textarea
              rows={4}
              maxLength={2200}
              value={caption}
              onChange={(event) => setCaption(event.target.value)}
              placeholder="What is this?"
            />
            <small>{caption.length > 1800 ? `${2200 - caption.length} characters left` : ''}</small>
          </label>
          {isFilm && (
            <Segments legend="What it is" name="kind" choices={kinds} chosen={kind} onChoose={setKind} />
          )}
          <PostOptions
            options={options}
            onChange={(values) => setOptions((before) => ({ ...before, ...values }))}
          />
          <label className="field">
            <span>Publish at</span>
            <input
              type="datetime-local"
              value={time}
              min={localTime(Date.now() + 60_000)}
              max={localTime(Date.now() + 365 * 86_400_000)}
              onChange={(event) => setTime(event.target.value)}
            />
            <small>Empty: now.</small>
          </label>
          <button
            type="button"
            className="button"
            disabled={!complete || creating}
            onClick={() => share(true)}
          >
            Keep as a draft
          </button>
        </div>
      )}
    </div>
  )
}
