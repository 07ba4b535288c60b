import { type FormEvent, useState } from 'react'
import { useQuery } from 'urql'
import { locationOf } from '../composer/place-field.tsx'
import { type Options, PostOptions } from '../composer/post-options.tsx'
import { useAction } from '../graph/use-action.ts'
import { Picture } from '../media/picture.tsx'
import { PostDocument, type PostQuery, UpdatePostDocument } from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Spinner } from '../parts/states.tsx'
import { showToast } from '../parts/toast.tsx'
import { CaptionsField } from './captions-field.tsx'

type Post = NonNullable<PostQuery['post']>

/** Changes what a post says, whom it shows and who sees it. */
export function EditPostDialog({ postId, onClose }: { postId: string; onClose: () => void }) {
  const [{ data }] = useQuery({
    query: PostDocument,
    variables: { id: postId },
    requestPolicy: 'cache-and-network',
  })
  return (
    <Dialog title="Edit the post" onClose={onClose}>
      {data?.post && data.post.hideLikeCount !== null ? (
        <EditForm post={data.post} onDone={onClose} />
      ) : (
        <Spinner />
      )}
    </Dialog>
  )
}

const optionsOf = (post: Post): Options => ({
  audience: post.audience,
  place: {
    name: post.place?.name ?? '',
    latitude: post.place ? String(post.place.latitude) : '',
    longitude: post.place ? String(post.place.longitude) : '',
  },
  people: post.userTags.map(({ user }) => user),
  commentsDisabled: post.commentsDisabled,
  hideLikeCount: post.hideLikeCount ?? false,
  sensitive: post.sensitive,
})

function EditForm({ post, onDone }: { post: Post; onDone: () => void }) {
  const [update, updating] = useAction(UpdatePostDocument)
  const [caption, setCaption] = useState(post.caption ?? '')
  const [altTexts, setAltTexts] = useState(post.media.map(({ altText }) => altText ?? ''))
  const [options, setOptions] = useState(() => optionsOf(post))
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const { place, people, ...rest } = options
    const location = locationOf(place)
    if (location === undefined) return showToast('The place needs a name and a position.', 'error')
    const before = optionsOf(post)
    // Who was tagged where stays so.
    const known = new Map(post.userTags.map((tag) => [tag.user.id, tag]))
    const userTags = people.map(({ id }) => {
      const tag = known.get(id)
      return { userId: id, mediaId: tag?.media?.id ?? null, x: tag?.x ?? null, y: tag?.y ?? null }
    })
    const samePlace = JSON.stringify(place) === JSON.stringify(before.place)
    const done = await update({
      postId: post.id,
      caption: caption.trim() || null,
      altTexts: altTexts.map((text) => text.trim()),
      ...rest,
      userTags,
      ...(samePlace ? {} : { location }),
    })
    if (!done) return
    showToast('Saved.')
    onDone()
  }
  return (
    <form className="form" onSubmit={save}>
      <label className="field">
        <span>Caption</span>
        <textarea
          rows={4}
          maxLength={2200}
          value={caption}
          onChange={(event) => setCaption(event.target.value)}
        />
      </label>
      <ul className="edit-media">
        {post.media.map((media, index) => (
          <li key={media.id}>
            <Picture media={media} sizes="56px" alt="" />
            <input
              className="upload-alt"
              value={altTexts[index] ?? ''}
              maxLength={1000}
              placeholder="Describe it"
              aria-label={`Description of item ${index + 1}, for those who cannot see it`}
              onChange={(event) => setAltTexts(altTexts.with(index, event.target.value))}
            />
          </li>
        ))}
      </ul>
      {post.media.map(
        (media) =>
          media.kind === 'VIDEO' &&
          media.status === 'READY' && <CaptionsField key={media.id} media={media} />,
      )}
      <PostOptions
        options={options}
        onChange={(values) => setOptions((before) => ({ ...before, ...values }))}
      />
      <button type="submit" className="button button-primary button-large" disabled={updating}>
        {updating ? 'Saving…' : 'Save'}
      </button>
    </form>
  )
}
