/** One of a few, side by side. */
export function Segments<Value extends string>({
  legend,
  isPlain = false,
  name,
  choices,
  chosen,
  onChoose,
}: {
  legend: string
  /** The choices say for themselves what they are: the legend is only spoken. */
  isPlain?: boolean
  /** Of the radio buttons; one on a page. */
  name: string
  choices: readonly { value: Value; label: string }[]
  chosen: Value
  onChoose: (value: Value) => void
}) {
  return (
    <fieldset className="segments">
      <legend className={isPlain ? 'visually-hidden' : undefined}>{legend}</legend>
      <div>
        {choices.map(({ value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={chosen === value}
              onChange={() => onChoose(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
