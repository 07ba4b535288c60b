import { CloseIcon } from '../parts/icons.tsx'
import { PersonRow } from '../parts/person.tsx'
import { FindPerson } from '../profile/find-person.tsx'

export interface ChosenPerson {
  readonly id: string
  readonly username: string
}

/** Chooses people by their usernames. */
export function PeopleField({
  legend,
  help,
  people,
  most,
  onChange,
}: {
  legend: string
  help?: string
  people: readonly ChosenPerson[]
  most: number
  onChange: (people: readonly ChosenPerson[]) => void
}) {
  return (
    <fieldset className="people-field">
      <legend>{legend}</legend>
      {people.length > 0 && (
        <ul className="chips">
          {people.map(({ id, username }) => (
            <li key={id} className="chip">
              @{username}
              <button
                type="button"
                aria-label={`Remove ${username}`}
                onClick={() => onChange(people.filter((other) => other.id !== id))}
              >
                <CloseIcon size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {people.length < most && (
        // Once someone is added, another is looked for.
        <FindPerson key={people.length}>
          {(user) => (
            <PersonRow user={user}>
              <button
                type="button"
                className="button button-small"
                disabled={people.some(({ id }) => id === user.id)}
                onClick={() => onChange([...people, { id: user.id, username: user.username }])}
              >
                Add
              </button>
            </PersonRow>
          )}
        </FindPerson>
      )}
      {help && <small className="muted">{help}</small>}
    </fieldset>
  )
}
