import { type ReactNode, useEffect, useRef } from 'react'
import { CloseIcon } from './icons.tsx'

/** A dialog over the page: a sheet from below on a phone. Closes by Escape, by its button and by a touch beside it. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ReactNode
}) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => element.current?.showModal(), [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a dialog by Escape itself
    <dialog
      ref={element}
      className="dialog"
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === element.current && element.current.close()}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2>{title}</h2>
          <button
            type="button"
            className="icon-button"
            aria-label="Close"
            onClick={() => element.current?.close()}
          >
            <CloseIcon size={22} />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** One thing that can be chosen from a dialog. */
export function MenuItem({
  onClick,
  danger = false,
  children,
}: {
  onClick: () => void
  danger?: boolean
  children: ReactNode
}) {
  return (
    <button type="button" className={danger ? 'menu-item danger' : 'menu-item'} onClick={onClick}>
      {children}
    </button>
  )
}
