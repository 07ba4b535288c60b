import type { ReactNode } from 'react'
import { goBack } from '../router.tsx'
import { BackIcon } from './icons.tsx'

/** The bar above a screen, with the way back. */
export function TopBar({
  title,
  back = '/',
  children,
}: {
  title: ReactNode
  back?: string | null
  children?: ReactNode
}) {
  return (
    <header className="top-bar">
      {back !== null && (
        <button type="button" className="icon-button" aria-label="Back" onClick={() => goBack(back)}>
          <BackIcon size={24} />
        </button>
      )}
      <h1 className="top-bar-title">{title}</h1>
      <span className="top-bar-actions">{children}</span>
    </header>
  )
}
