import { useEffect, useState } from 'react'
import { MessageMediaDocument } from '../operations.gen.ts'
import { request } from './encryption/browser.ts'
import type { Attachment } from './encryption/content.ts'
import { messageFileKind } from './message-files.ts'
import { VoiceMessage } from './voice-message.tsx'

/** How long to wait for the store to have the file, and how often to look. */
const attempts = 20
const pauseMs = 750

async function fetchFile(messageId: string, attachment: Attachment): Promise<Blob> {
  for (let i = 0; i < attempts; i++) {
    const { node } = await request(MessageMediaDocument, { id: messageId })
    const media = node && 'media' in node ? node.media : null
    if (media?.fileUrl && media.id === attachment.mediaId) {
      const response = await fetch(media.fileUrl)
      if (!response.ok) throw new Error('The file is not there.')
      const { decryptFile } = await import('./encryption/attachments.ts')
      const file = await decryptFile(new Uint8Array(await response.arrayBuffer()), attachment)
      return new Blob([file], { type: attachment.contentType })
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  throw new Error('The file is not there.')
}

/** A picture, film, voice or other file that was encrypted with its message. It is decrypted here. */
export function EncryptedFile({ messageId, attachment }: { messageId: string; attachment: Attachment }) {
  const [url, setUrl] = useState<string>()
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    let made: string | undefined
    let current = true
    fetchFile(messageId, attachment).then(
      (blob) => {
        made = URL.createObjectURL(blob)
        if (current) setUrl(made)
        else URL.revokeObjectURL(made)
      },
      () => current && setFailed(true),
    )
    return () => {
      current = false
      if (made) URL.revokeObjectURL(made)
    }
  }, [messageId, attachment])
  if (failed) return <p className="message-gone muted">The file could not be opened.</p>
  if (!url) return <p className="message-gone muted">Opening {attachment.name} …</p>
  // Only what a browser draws or plays: any other type might run.
  const kind = messageFileKind(attachment.contentType)
  if (kind === 'IMAGE') return <img className="encrypted-picture" src={url} alt={attachment.name} />
  if (kind === 'AUDIO') return <VoiceMessage url={url} />
  if (kind === 'VIDEO')
    return (
      // biome-ignore lint/a11y/useMediaCaption: its sender gave it none
      <video className="encrypted-video" src={url} controls playsInline aria-label={attachment.name} />
    )
  return (
    <a className="bubble" href={url} download={attachment.name}>
      {attachment.name}
    </a>
  )
}
