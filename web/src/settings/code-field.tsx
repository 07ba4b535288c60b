import { useEffect, useRef } from 'react'

/** Where a one-time code is typed; telephones offer the one that just came. With `focus` it is where one types next. */
export function CodeField({ label, focus = false }: { label: string; focus?: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (focus) input.current?.focus()
  }, [focus])
  return (
    <label className="field">
      <span>{label}</span>
      <input
        ref={input}
        name="code"
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={24}
        required
      />
    </label>
  )
}
