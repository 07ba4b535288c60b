// The fields of whoever makes an account, by whichever way he came.

export function UsernameField() {
  return (
    <label className="field">
      <span>Username</span>
      <input
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={30}
        pattern="[A-Za-z0-9._]+"
        title="Letters, digits, dots and underscores"
        required
      />
    </label>
  )
}

export function NameField() {
  return (
    <label className="field">
      <span>Name</span>
      <input name="displayName" autoComplete="name" maxLength={64} />
    </label>
  )
}

export function BirthDateField() {
  return (
    <label className="field">
      <span>Day of birth</span>
      <input name="birthDate" type="date" autoComplete="bday" required />
    </label>
  )
}
