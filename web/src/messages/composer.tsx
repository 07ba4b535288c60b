import { type FormEvent, useLayoutEffect, useRef, useState } from 'react'
import { acceptedTypes } from '../media/upload.ts'
import { CloseIcon, PlusIcon, SendIcon } from '../parts/icons.tsx'
import type { Messenger } from './encryption/messenger.ts'
import { previewOf } from './message-text.ts'
import type { ShownMessage } from './thread-layout.ts'
import { useSend } from './use-send.ts'
import { useSayTyping } from './use-typing.ts'

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
  const input = useRef<HTMLTextAreaElement>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = input.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, 140)}px`
  }, [text])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const message = text.trim()
    if (!message && !file) return
    setText('')
    setFile(null)
    input.current?.focus()
    const replyToId = replyTo?.id ?? null
    onReplied()
    setSending((count) => count + 1)
    const sent = await send({ text: message || null, replyToId, file })
    setSending((count) => count - 1)
    if (sent) return
    setText((current) => current || message)
    setFile((current) => current ?? file)
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
        <span className="visually-hidden" role="status">
          Sending…
        </span>
      )}
      <label className="icon-button message-attach">
        <PlusIcon size={22} />
        <input
          type="file"
          className="visually-hidden"
          aria-label="Add a picture or a video"
          accept={acceptedTypes}
          onChange={({ target }) => {
            setFile(target.files?.[0] ?? null)
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
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) void submit(event)
        }}
        placeholder="Message…"
        aria-label="Message"
        maxLength={4000}
      />
      <button
        type="submit"
        className="icon-button message-send"
        aria-label="Send"
        disabled={!text.trim() && !file}
      >
        <SendIcon size={22} filled />
      </button>
    </form>
  )
}
