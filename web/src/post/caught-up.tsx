import { CheckIcon } from '../parts/icons.tsx'

/** Stands between what is new and what was seen. */
export function CaughtUp() {
  return (
    <p className="caught-up">
      <span className="caught-up-mark">
        <CheckIcon size={30} />
      </span>
      <strong>You’re all caught up</strong>
      <span className="muted">You have seen all that is new of the last three days.</span>
    </p>
  )
}
