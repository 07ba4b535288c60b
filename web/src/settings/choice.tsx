/** A setting with a few values: a list to choose from. */
export function Choice<Value extends string>({
  label,
  help,
  value,
  options,
  disabled,
  onChange,
}: {
  label: string
  help?: string
  value: Value
  options: Readonly<Record<Value, string>>
  disabled: boolean
  onChange: (value: Value) => void
}) {
  return (
    <label className="choice-row">
      <span>
        <strong>{label}</strong>
        {help && <span className="muted">{help}</span>}
      </span>
      <select value={value} disabled={disabled} onChange={(event) => onChange(event.target.value as Value)}>
        {Object.entries<string>(options).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A setting that is on or off. */
export function Switch({
  label,
  help,
  checked,
  disabled,
  onChange,
}: {
  label: string
  help: string
  checked: boolean
  disabled: boolean
  onChange: (checked: boolean) => void
}) {
  return (
    <label className="switch-row">
      <span>
        <strong>{label}</strong>
        <span className="muted">{help}</span>
      </span>
      <input
        type="checkbox"
        role="switch"
        className="switch"
        checked={checked}
        aria-checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  )
}
