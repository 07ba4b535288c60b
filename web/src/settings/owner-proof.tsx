import { useQuery } from 'urql'
import { SecurityDocument } from '../operations.gen.ts'
import { PasswordField } from './password-field.tsx'

/** Has the owner of an account prove himself: by its password or, where it has none, by having signed in just now. */
export function OwnerProof() {
  const [{ data }] = useQuery({ query: SecurityDocument })
  if (data?.viewer?.hasPassword === false) {
    return (
      <p className="muted">
        You sign in without a password. If that was more than ten minutes ago, sign out and in again first.
      </p>
    )
  }
  return <PasswordField label="Your password" name="password" autoComplete="current-password" />
}

/** What a form with this proof says. */
export function proofIn(form: HTMLFormElement): { password?: string } {
  const password = String(new FormData(form).get('password') ?? '')
  return password ? { password } : {}
}
