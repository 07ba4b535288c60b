/** Where a password is typed. */
export function PasswordField({
  label,
  name,
  autoComplete,
}: {
  label: string
  name: string
  autoComplete: 'current-password' | 'new-password'
}) {
  const isNew = autoComplete === 'new-password'
  return (
    <label className="field">
      <span>{label}</span>
      <input
        name={name}
        type="password"
        autoComplete={autoComplete}
        {...(isNew ? { minLength: 8, maxLength: 128 } : {})}
        required
      />
      {isNew && <small>8 characters or more</small>}
    </label>
  )
}
