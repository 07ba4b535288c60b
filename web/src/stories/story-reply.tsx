import { type FormEvent, useState } from 'react'
import { useStoryReply } from '../messages/use-story-reply.ts'
import type { StoryFieldsFragment } from '../operations.gen.ts'

/** Answers a story by a message to its author. */
export function StoryReply({
  story,
  onBusy,
}: {
  story: StoryFieldsFragment
  /** Told while one writes, so that the story waits. */
  onBusy: (busy: boolean) => void
}) {
  const reply = useStoryReply()
  const [text, setText] = useState('')
  const [state, setState] = useState<'WRITING' | 'SENDING' | 'SENT'>('WRITING')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (state === 'SENDING' || text.trim() === '') return
    setState('SENDING')
    const sent = await reply(story, text.trim())
    setState(sent ? 'SENT' : 'WRITING')
    // What was written meanwhile stays.
    if (sent) setText((current) => (current === text ? '' : current))
  }
  return (
    <form className="story-reply" onSubmit={submit}>
      <input
        value={text}
        maxLength={4000}
        onChange={(event) => {
          setText(event.target.value)
          setState((now) => (now === 'SENDING' ? now : 'WRITING'))
        }}
        onFocus={() => onBusy(true)}
        onBlur={() => onBusy(false)}
        placeholder={`Answer ${story.author.username}…`}
        aria-label={`Answer ${story.author.username}`}
      />
      <button type="submit" disabled={state === 'SENDING' || text.trim() === ''}>
        Send
      </button>
      <span className="story-reply-state" role="status">
        {state === 'SENT' && 'Sent'}
      </span>
    </form>
  )
}
