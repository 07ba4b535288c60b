import { type FormEvent, useLayoutEffect, useRef, useState } from 'react'
import { CloseIcon, MicrophoneIcon, PlusIcon, SendIcon } from '../parts/icons.tsx'
import type { Messenger } from './encryption/messenger.ts'
import { messageFileTypes, withPlainType } from './message-files.ts'
import { previewOf } from './message-text.ts'
import type { ShownMessage } from './thread-layout.ts'
import { type Draft, useSend } from './use-send.ts'
import { useSayTyping } from './use-typing.ts'
import { VoiceRecorder } from './voice-recorder.tsx'
import { canRecord } from './voice-recording.ts'

/** Where one writes. */
export function Composer({
  conversationId,
  messenger,
  replyTo,
  onReplied,
}: {
  conversationId: string
  /** Of an encrypted conversation. */
  messenger: Messenger | undefined
  replyTo: ShownMessage | null
  onReplied: () => void
}) {
  const sayTyping = useSayTyping(conversationId)
  const send = useSend(conversationId, messenger)
  const [text, setText] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [sending, setSending] = useState(0)
  const [recording, setRecording] = useState(false)
  const input = useRef<HTMLTextAreaElement>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = input.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, 140)}px`
  }, [text])

  const sendOff = async (draft: Pick<Draft, 'text' | 'file'>) => {
    const replyToId = replyTo?.id ?? null
    onReplied()
    setSending((count) => count + 1)
    const sent = await send({ ...draft, replyToId })
    setSending((count) => count - 1)
    if (sent) return
    setText((current) => current || (draft.text ?? ''))
    setFile((current) => current ?? draft.file)
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const message = text.trim()
    if (!message && !file) return
    setText('')
    setFile(null)
    input.current?.focus()
    await sendOff({ text: message || null, file })
  }
  return (
    <form className="message-form" onSubmit={submit}>
      {replyTo && (
        <p className="message-answering muted">
          <span className="ellipsis">
            To {replyTo.sender?.username}: {replyTo.text ?? previewOf(replyTo)}
          </span>
          <button
            type="button"
            className="icon-button"
            aria-label="Do not answer this message"
            onClick={onReplied}
          >
            <CloseIcon size={16} />
          </button>
        </p>
      )}
      {file && (
        <p className="message-answering muted">
          <span className="ellipsis">{file.name}</span>
          <button
            type="button"
            className="icon-button"
            aria-label="Do not send this file"
            onClick={() => setFile(null)}
          >
            <CloseIcon size={16} />
          </button>
        </p>
      )}
      {sending > 0 && (
        <p className="message-answering muted" role="status">
          Sending…
        </p>
      )}
      {recording ? (
        <VoiceRecorder
          onRecorded={(voice) => sendOff({ text: null, file: voice })}
          onEnd={() => setRecording(false)}
        />
      ) : (
        <>
          <label className="icon-button message-attach">
            <PlusIcon size={22} />
            <input
              type="file"
              className="visually-hidden"
              aria-label="Add a picture, a video or a recording"
              accept={messageFileTypes}
              onChange={({ target }) => {
                const [chosen] = target.files ?? []
                setFile(chosen ? withPlainType(chosen) : null)
                target.value = ''
              }}
            />
          </label>
          <textarea
            ref={input}
            rows={1}
            value={text}
            onChange={(event) => {
              setText(event.target.value)
              if (event.target.value.trim()) sayTyping()
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing)
                void submit(event)
            }}
            placeholder="Message…"
            aria-label="Message"
            maxLength={4000}
          />
          {text.trim() || file || !canRecord() ? (
            <button
              type="submit"
              className="icon-button message-send"
              aria-label="Send"
              disabled={!text.trim() && !file}
            >
              <SendIcon size={22} filled />
            </button>
          ) : (
            <button
              type="button"
              className="icon-button message-send"
              aria-label="Record a voice message"
              onClick={() => setRecording(true)}
            >
              <MicrophoneIcon size={22} />
            </button>
          )}
        </>
      )}
    </form>
  )
}
