import { useRef, useState } from 'react'
import { useClient } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { uploadFile } from '../media/upload.ts'
import { waitUntilReady } from '../media/wait-until-ready.ts'
import { UpdateProfileDocument, type UserHeaderFragment } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { showToast } from '../parts/toast.tsx'

/** Changes the profile picture: it is sent, processed, and then put in place. */
export function AvatarField({ user }: { user: UserHeaderFragment }) {
  const client = useClient()
  const [update] = useAction(UpdateProfileDocument)
  const [state, setState] = useState<string>()
  const picker = useRef<HTMLInputElement>(null)

  const change = async (file: File) => {
    try {
      setState('Sending…')
      const mediaId = await uploadFile(client, user.id, file, () => undefined, new AbortController().signal)
      setState('Processing…')
      await waitUntilReady(client, mediaId)
      if (await update({ avatarMediaId: mediaId })) showToast('That is you now.')
    } catch (error) {
      showToast((error as Error).message, 'error')
    } finally {
      setState(undefined)
    }
  }
  return (
    <div className="avatar-field">
      <Avatar user={user} size={72} />
      <span>
        <strong>{user.username}</strong>
        <span className="avatar-actions">
          <button
            type="button"
            className="text-button"
            disabled={state !== undefined}
            onClick={() => picker.current?.click()}
          >
            {state ?? 'Change picture'}
          </button>
          {user.avatar && state === undefined && (
            <button
              type="button"
              className="text-button muted"
              onClick={() => update({ avatarMediaId: null })}
            >
              Remove
            </button>
          )}
        </span>
      </span>
      <input
        ref={picker}
        type="file"
        className="visually-hidden"
        aria-label="Profile picture"
        accept="image/jpeg,image/png,image/webp,image/avif"
        tabIndex={-1}
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) void change(file)
        }}
      />
    </div>
  )
}
