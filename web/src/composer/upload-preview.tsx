import { useState } from 'react'
import { useQuery, useSubscription } from 'urql'
import { Ring } from '../media/processing.tsx'
import { mediaOf } from '../media/wait-until-ready.ts'
import { MediaDocument, MediaProgressDocument } from '../operations.gen.ts'
import { BackIcon, CheckIcon, CloseIcon, ForwardIcon, SettingsIcon } from '../parts/icons.tsx'
import { wholePicture } from './crop.ts'
import { EditedPicture, PictureDialog } from './picture-dialog.tsx'
import type { Upload } from './use-uploads.ts'

interface Actions {
  readonly isFirst: boolean
  readonly isLast: boolean
  readonly onRemove: () => void
  readonly onMove: (by: -1 | 1) => void
  readonly onAltText: (text: string) => void
  /** Left out where pictures are shared as they are. */
  readonly onChange?: (values: Pick<Upload, 'edit' | 'size'>) => void
}

/** A chosen file: what it looks like, how far it is, and words for those who cannot see it. */
export function UploadPreview({
  upload,
  isFirst,
  isLast,
  onRemove,
  onMove,
  onAltText,
  onChange,
}: Actions & { upload: Upload }) {
  const name = upload.file.name
  const [editing, setEditing] = useState(false)
  const { size, edit = { filter: 'ORIGINAL', framing: wholePicture } } = upload
  return (
    <li className="upload">
      <div className="upload-picture">
        {upload.isVideo ? (
          <video src={upload.objectUrl} muted playsInline preload="metadata" aria-label={name} />
        ) : size && upload.edit ? (
          <EditedPicture url={upload.objectUrl} alt={name} {...size} edit={edit} />
        ) : (
          <img
            src={upload.objectUrl}
            alt={name}
            onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
              onChange?.({ size: { width, height } })
            }
          />
        )}
        <UploadState upload={upload} />
        <button
          type="button"
          className="upload-button upload-remove"
          aria-label={`Remove ${name}`}
          onClick={onRemove}
        >
          <CloseIcon size={16} />
        </button>
        {!isFirst && (
          <button
            type="button"
            className="upload-button upload-before"
            aria-label="Move forward"
            onClick={() => onMove(-1)}
          >
            <BackIcon size={16} />
          </button>
        )}
        {!isLast && (
          <button
            type="button"
            className="upload-button upload-after"
            aria-label="Move back"
            onClick={() => onMove(1)}
          >
            <ForwardIcon size={16} />
          </button>
        )}
        {onChange && size && (
          <button
            type="button"
            className="upload-button upload-edit"
            aria-label={`Look and crop of ${name}`}
            onClick={() => setEditing(true)}
          >
            <SettingsIcon size={18} />
          </button>
        )}
      </div>
      {editing && size && (
        <PictureDialog
          name={name}
          url={upload.objectUrl}
          {...size}
          edit={edit}
          onChange={(next) => onChange?.({ edit: next })}
          onClose={() => setEditing(false)}
        />
      )}
      <input
        className="upload-alt"
        value={upload.altText}
        onChange={(event) => onAltText(event.target.value)}
        placeholder="Describe it"
        aria-label={`Description of ${name}, for those who cannot see it`}
        maxLength={1000}
      />
    </li>
  )
}

function UploadState({ upload }: { upload: Upload }) {
  if (upload.error) return <p className="upload-error">{upload.error}</p>
  if (!upload.mediaId)
    return (
      <span className="upload-state">
        <Ring share={upload.sent * 0.5} size={40} />
        <span>Sending</span>
      </span>
    )
  return <ProcessingState mediaId={upload.mediaId} />
}

function ProcessingState({ mediaId }: { mediaId: string }) {
  const [{ data }] = useQuery({ query: MediaDocument, variables: { id: mediaId } })
  const media = mediaOf(data)
  const done = media?.status === 'READY' || media?.status === 'FAILED'
  useSubscription({ query: MediaProgressDocument, variables: { mediaId }, pause: done })
  if (media?.status === 'FAILED')
    return <p className="upload-error">{media.failure?.message ?? 'It could not be processed.'}</p>
  if (media?.status === 'READY')
    return (
      <span className="upload-state upload-ready" role="img" aria-label="Ready">
        <CheckIcon size={18} />
      </span>
    )
  return (
    <span className="upload-state">
      <Ring share={0.5 + (media?.progress ?? 0) / 200} size={40} />
      <span>Processing</span>
    </span>
  )
}
