import type { ReactNode } from 'react'
import { describeError } from '../graph/use-action.ts'

/** Says that something is coming. */
export function Spinner({ label = 'Loading' }: { label?: string }) {
  return (
    <div className="spinner-box" role="status">
      <span className="spinner" />
      <span className="visually-hidden">{label}</span>
    </div>
  )
}

/** Says that there is nothing here, and what one may do about it. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      {icon && <div className="empty-icon">{icon}</div>}
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Says that it did not work, with a way to try again. */
export function Failure({
  error,
  onRetry,
}: {
  error: Parameters<typeof describeError>[0]
  onRetry: () => void
}) {
  return (
    <Empty title="This did not load">
      <p className="muted">{describeError(error)}</p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </Empty>
  )
}
