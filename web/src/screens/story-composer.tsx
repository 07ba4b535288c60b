import { useRef, useState } from 'react'
import { ComposerKinds } from '../composer/composer-kinds.tsx'
import { type ChosenPerson, PeopleField } from '../composer/people-field.tsx'
import { locationOf, nowhere, PlaceField } from '../composer/place-field.tsx'
import { UploadPreview } from '../composer/upload-preview.tsx'
import { useUploads } from '../composer/use-uploads.ts'
import { useAction } from '../graph/use-action.ts'
import { acceptedTypes } from '../media/upload.ts'
import {
  CreateStoryDocument,
  type StoryAudience,
  type StoryStickersInput,
  UpdateMediaDocument,
} from '../operations.gen.ts'
import { CameraIcon } from '../parts/icons.tsx'
import { Segments } from '../parts/segments.tsx'
import { showToast } from '../parts/toast.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { navigate } from '../router.tsx'

const audiences: readonly { value: StoryAudience; label: string }[] = [
  { value: 'FOLLOWERS', label: 'Followers' },
  { value: 'CLOSE_FRIENDS', label: 'Close friends' },
]

const asks: readonly { value: 'NOTHING' | 'POLL' | 'QUESTION'; label: string }[] = [
  { value: 'NOTHING', label: 'Nothing' },
  { value: 'POLL', label: 'A poll' },
  { value: 'QUESTION', label: 'A question' },
]

/** Chooses a picture or a video and shows it for a day. */
export function StoryComposerScreen() {
  const { uploads, add, remove, move, change } = useUploads()
  const [create, creating] = useAction(CreateStoryDocument)
  const [describe] = useAction(UpdateMediaDocument)
  const [audience, setAudience] = useState<StoryAudience>('FOLLOWERS')
  const [ask, setAsk] = useState<(typeof asks)[number]['value']>('NOTHING')
  const [words, setWords] = useState('')
  const [options, setOptions] = useState(['Yes', 'No'])
  const [people, setPeople] = useState<readonly ChosenPerson[]>([])
  const [place, setPlace] = useState(nowhere)
  const [hashtag, setHashtag] = useState('')
  const [link, setLink] = useState({ url: '', text: '' })
  const picker = useRef<HTMLInputElement>(null)

  const [upload] = uploads
  const tag = hashtag.trim().replace(/^#/, '')
  const position = locationOf(place)
  const hasPlace = place.name.trim() !== ''
  const rows = (hasPlace ? 1 : 0) + people.length + (tag ? 1 : 0) + (link.url ? 1 : 0)
  // What asks lies low, the rest in rows above it.
  const rowAt = (row: number) => 0.2 + row * Math.min(0.065, 0.4 / Math.max(1, rows - 1))
  const firstPerson = hasPlace ? 1 : 0
  const stickers: StoryStickersInput = {
    ...(ask === 'POLL' ? { poll: { question: words.trim() || null, options, y: 0.74 } } : {}),
    ...(ask === 'QUESTION' ? { question: { prompt: words.trim() || null, y: 0.74 } } : {}),
    mention: people.map(({ id }, index) => ({ userId: id, y: rowAt(firstPerson + index) })),
    ...(hasPlace
      ? {
          location: {
            name: place.name.trim(),
            latitude: position?.latitude ?? null,
            longitude: position?.longitude ?? null,
            y: rowAt(0),
          },
        }
      : {}),
    hashtag: tag ? [{ name: tag, y: rowAt(firstPerson + people.length) }] : [],
    ...(link.url ? { link: { url: link.url, text: link.text.trim() || null, y: rowAt(rows - 1) } } : {}),
  }
  const ready = upload?.mediaId && (ask !== 'POLL' || options.every((option) => option.trim()))
  const share = async () => {
    const mediaId = upload?.mediaId
    if (!mediaId) return
    const altText = upload.altText.trim()
    if (altText && !(await describe({ mediaId, altText }))) return
    const shared = await create({ mediaId, audience, stickers })
    if (!shared?.story) return
    showToast(
      shared.story.status === 'PUBLISHED'
        ? 'Shared for a day.'
        : 'Shared. Others see it when it is processed.',
    )
    navigate('/', { replace: true })
  }
  return (
    <div className="page composer">
      <TopBar title="New story">
        {upload && (
          <button
            type="button"
            className="button button-primary button-small"
            disabled={!ready || creating}
            onClick={share}
          >
            {creating ? 'Sharing…' : 'Share'}
          </button>
        )}
      </TopBar>
      <ComposerKinds current="/new/story" />
      <input
        ref={picker}
        type="file"
        className="visually-hidden"
        aria-label="Picture or video"
        accept={acceptedTypes}
        tabIndex={-1}
        onChange={(event) => {
          add([...(event.target.files ?? [])].slice(0, 1))
          event.target.value = ''
        }}
      />
      {!upload ? (
        <button type="button" className="drop-zone" onClick={() => picker.current?.click()}>
          <span className="drop-zone-icon">
            <CameraIcon size={38} />
          </span>
          <strong>Choose a picture or a video</strong>
          <span className="muted">It is shown for 24 hours.</span>
        </button>
      ) : (
        <div className="composer-form">
          <ul className="upload-list">
            <UploadPreview
              upload={upload}
              isFirst
              isLast
              onRemove={() => remove(upload.key)}
              onMove={(by) => move(upload.key, by)}
              onAltText={(altText) => change(upload.key, { altText })}
            />
          </ul>
          <Segments
            legend="Who may see it"
            name="audience"
            choices={audiences}
            chosen={audience}
            onChoose={setAudience}
          />
          <Segments legend="What it asks" name="ask" choices={asks} chosen={ask} onChoose={setAsk} />
          {ask !== 'NOTHING' && (
            <label className="field">
              <span>Question</span>
              <input
                value={words}
                maxLength={100}
                onChange={(event) => setWords(event.target.value)}
                placeholder={ask === 'POLL' ? 'What do you think?' : 'Ask me anything'}
              />
            </label>
          )}
          {ask === 'POLL' && (
            <div className="field-pair">
              {options.map((option, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: options are known by their place
                <label key={index} className="field">
                  <span>Option {index + 1}</span>
                  <input
                    value={option}
                    maxLength={40}
                    onChange={(event) => setOptions(options.with(index, event.target.value))}
                  />
                </label>
              ))}
            </div>
          )}
          <details className="post-options">
            <summary>People, place, hashtag and link</summary>
            <div>
              <PeopleField legend="Whom it mentions" people={people} most={10} onChange={setPeople} />
              <PlaceField place={place} onChange={setPlace} optionalPosition />
              <label className="field">
                <span>Hashtag</span>
                <input
                  value={hashtag}
                  maxLength={101}
                  autoCapitalize="none"
                  onChange={(event) => setHashtag(event.target.value)}
                />
              </label>
              <div className="field-pair">
                <label className="field">
                  <span>Link</span>
                  <input
                    type="url"
                    value={link.url}
                    maxLength={2048}
                    placeholder="https://"
                    onChange={(event) => setLink({ ...link, url: event.target.value.trim() })}
                  />
                </label>
                <label className="field">
                  <span>Its words</span>
                  <input
                    value={link.text}
                    maxLength={50}
                    onChange={(event) => setLink({ ...link, text: event.target.value })}
                  />
                </label>
              </div>
            </div>
          </details>
        </div>
      )}
    </div>
  )
}
