import { useCallback, useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { begunUploads } from '../media/begun-uploads.ts'
import { mediaKind, uploadFile } from '../media/upload.ts'
import { showToast } from '../parts/toast.tsx'
import { useViewer } from '../session/viewer.tsx'
import type { PictureEdit } from './picture-dialog.tsx'

/** A file on its way to be shared. */
export interface Upload {
  readonly key: string
  readonly file: File
  /** For the preview; valid as long as the upload is in the list. */
  readonly objectUrl: string
  readonly isVideo: boolean
  /** Share of the bytes sent, 0–1. */
  readonly sent: number
  /** Known when the bytes are in the store. */
  readonly mediaId?: string
  readonly error?: string
  readonly altText: string
  /** How the picture is to be drawn; undefined as it is. */
  readonly edit?: PictureEdit
  /** Pixels of the picture as it is shown; known when the browser has it. */
  readonly size?: { readonly width: number; readonly height: number }
}

const most = 20

/** Sends files as soon as they are chosen, so that most of the wait is over when the caption is written. */
export function useUploads() {
  const client = useClient()
  const viewerId = useViewer()?.id
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const running = useRef(new Map<string, AbortController>())
  const shown = useRef<readonly Upload[]>([])
  shown.current = uploads

  const change = useCallback(
    (key: string, values: Partial<Upload>) =>
      setUploads((all) => all.map((upload) => (upload.key === key ? { ...upload, ...values } : upload))),
    [],
  )

  const start = useCallback(
    (upload: Upload) => {
      const controller = new AbortController()
      running.current.set(upload.key, controller)
      uploadFile(client, viewerId, upload.file, (sent) => change(upload.key, { sent }), controller.signal)
        .then((mediaId) => change(upload.key, { mediaId, sent: 1 }))
        .catch((error: Error) => !controller.signal.aborted && change(upload.key, { error: error.message }))
        .finally(() => running.current.delete(upload.key))
    },
    [client, viewerId, change],
  )

  const add = useCallback(
    (files: Iterable<File>) => {
      const known = [...files].filter((file) => {
        if (mediaKind(file.type)) return true
        showToast(`${file.name} is neither a picture nor a video that can be shown.`, 'error')
        return false
      })
      const room = most - shown.current.length
      if (known.length > room) showToast(`A post has at most ${most} pictures and videos.`, 'error')
      const added = known.slice(0, Math.max(0, room)).map((file) => ({
        key: crypto.randomUUID(),
        file,
        objectUrl: URL.createObjectURL(file),
        isVideo: file.type.startsWith('video/'),
        sent: 0,
        altText: '',
      }))
      setUploads((all) => [...all, ...added])
      for (const upload of added) start(upload)
    },
    [start],
  )

  const remove = useCallback(
    (key: string) => {
      running.current.get(key)?.abort()
      const gone = shown.current.find((upload) => upload.key === key)
      if (gone) {
        URL.revokeObjectURL(gone.objectUrl)
        begunUploads.of(viewerId).forget(gone.file)
      }
      setUploads((all) => all.filter((upload) => upload.key !== key))
    },
    [viewerId],
  )

  const move = useCallback((key: string, by: -1 | 1) => {
    setUploads((all) => {
      const from = all.findIndex((upload) => upload.key === key)
      const to = from + by
      const next = [...all]
      const [moved] = next.splice(from, 1)
      if (!moved || to < 0 || to >= all.length) return all
      next.splice(to, 0, moved)
      return next
    })
  }, [])

  useEffect(() => {
    const controllers = running.current
    return () => {
      for (const controller of controllers.values()) controller.abort()
      for (const { objectUrl } of shown.current) URL.revokeObjectURL(objectUrl)
    }
  }, [])

  return { uploads, add, remove, move, change }
}
