import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  AnswerStoryQuestionDocument,
  type StoryFieldsFragment,
  VoteStoryPollDocument,
} from '../operations.gen.ts'
import { Link } from '../router.tsx'

type Sticker = StoryFieldsFragment['stickers'][number]

interface Parts {
  readonly story: StoryFieldsFragment
  readonly own: boolean
  /** Told while the viewer is at something, so that the story waits. */
  readonly onBusy: (busy: boolean) => void
}

/** What lies on a story's picture, each where its author put it. */
export function Stickers({ story, own, onBusy, onLeave }: Parts & { onLeave: () => void }) {
  return story.stickers.map((sticker, index) => (
    <div
      // biome-ignore lint/suspicious/noArrayIndexKey: a story's stickers never change
      key={index}
      className="story-sticker"
      style={{ left: `${within(sticker.x) * 100}%`, top: `${within(sticker.y) * 100}%` }}
    >
      <StickerBody sticker={sticker} story={story} own={own} onBusy={onBusy} onLeave={onLeave} />
    </div>
  ))
}

/** Away from the edges, where half of it could not be seen. */
const within = (place: number) => Math.min(0.8, Math.max(0.2, place))

function StickerBody({
  sticker: { kind, text, url, user },
  onLeave,
  ...parts
}: Parts & { sticker: Sticker; onLeave: () => void }) {
  switch (kind) {
    case 'POLL':
      return <Poll {...parts} />
    case 'QUESTION':
      return <Question key={parts.story.id} {...parts} />
    case 'MENTION':
      return user ? (
        <Link href={`/@${user.username}`} className="story-tag" onClick={onLeave}>
          @{user.username}
        </Link>
      ) : null
    case 'LINK':
      return (
        <a href={url ?? undefined} className="story-tag" target="_blank" rel="noopener noreferrer nofollow">
          {text ?? hostOf(url)}
        </a>
      )
    case 'HASHTAG':
      return <span className="story-tag">#{text}</span>
    case 'LOCATION':
      return <span className="story-tag">{text}</span>
  }
}

const hostOf = (url: string | null) => (url ? (URL.parse(url)?.host ?? url) : '')

function Poll({ story, own }: Parts) {
  const [vote, voting] = useAction(VoteStoryPollDocument)
  const { poll } = story
  if (!poll) return null
  const { voteCount, viewerVote } = poll
  return (
    <fieldset className="story-card story-poll">
      <legend className={poll.question ? undefined : 'visually-hidden'}>{poll.question ?? 'Poll'}</legend>
      {poll.options.map((option, optionIndex) => {
        const share = voteCount ? Math.round(((option.voteCount ?? 0) / voteCount) * 100) : 0
        const result = voteCount === null ? '' : `${share} %`
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: options are known by their index
            key={optionIndex}
            type="button"
            className="story-option"
            style={{ '--share': `${share}%` } as React.CSSProperties}
            aria-pressed={viewerVote === optionIndex}
            disabled={own || voting || viewerVote !== null}
            onClick={() => vote({ storyId: story.id, optionIndex })}
          >
            <span>{option.text}</span>
            <b>{result}</b>
          </button>
        )
      })}
    </fieldset>
  )
}

function Question({ story, own, onBusy }: Parts) {
  const [answer, answering] = useAction(AnswerStoryQuestionDocument)
  const [text, setText] = useState('')
  const { question } = story
  if (!question) return null
  const send = async (event: FormEvent) => {
    event.preventDefault()
    if (await answer({ storyId: story.id, text })) setText('')
  }
  return (
    <form className="story-card" onSubmit={send}>
      <strong>{question.prompt}</strong>
      {question.viewerAnswer !== null && <p>{question.viewerAnswer}</p>}
      {!own && (
        <span className="story-answer">
          <input
            value={text}
            maxLength={500}
            onChange={(event) => setText(event.target.value)}
            onFocus={() => onBusy(true)}
            onBlur={() => onBusy(false)}
            placeholder={question.viewerAnswer === null ? 'Your answer' : 'Another answer'}
            aria-label={`Answer to: ${question.prompt}`}
          />
          <button type="submit" disabled={answering || text.trim() === ''}>
            Send
          </button>
        </span>
      )}
    </form>
  )
}
