import { useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import { navigate } from '../router.tsx'

interface Toast {
  readonly id: number
  readonly text: string
  readonly kind: 'info' | 'error'
  readonly href?: string
}

let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function replaceToasts(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

const dismiss = (id: number) => replaceToasts(toasts.filter((toast) => toast.id !== id))

/** Shows a sentence for a few seconds. A touch goes to `href`, when given. */
export function showToast(text: string, kind: Toast['kind'] = 'info', href?: string): void {
  const id = ++lastId
  const toast: Toast = { id, text, kind, ...(href ? { href } : {}) }
  replaceToasts([...toasts.filter((other) => other.text !== text).slice(-2), toast])
  setTimeout(() => dismiss(id), kind === 'error' ? 7_000 : 4_000)
}

/** Where the toasts appear; screen readers read them aloud. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  const box = useRef<HTMLDivElement>(null)
  // A popover that is shown anew lies above every dialog that is open by now.
  useLayoutEffect(() => {
    box.current?.togglePopover?.(false)
    if (shown.length > 0) box.current?.togglePopover?.(true)
  }, [shown])
  return (
    <div ref={box} popover="manual" className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, kind, href }) => (
        <button
          key={id}
          type="button"
          className={`toast toast-${kind}`}
          onClick={() => {
            dismiss(id)
            if (href) navigate(href)
          }}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
