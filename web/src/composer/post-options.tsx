import type { Audience } from '../operations.gen.ts'
import { Segments } from '../parts/segments.tsx'
import { Switch } from '../settings/choice.tsx'
import { type ChosenPerson, PeopleField } from './people-field.tsx'
import { type Place, PlaceField } from './place-field.tsx'

const audiences: readonly { value: Audience; label: string }[] = [
  { value: 'PUBLIC', label: 'Everyone' },
  { value: 'FOLLOWERS', label: 'Followers' },
  { value: 'CLOSE_FRIENDS', label: 'Close friends' },
  { value: 'ONLY_ME', label: 'Only me' },
]

/** What can be said about a post besides its caption. */
export interface Options {
  readonly audience: Audience
  readonly place: Place
  readonly people: readonly ChosenPerson[]
  readonly commentsDisabled: boolean
  readonly hideLikeCount: boolean
  readonly sensitive: boolean
}

/** Who sees a post, where it was made, whom it shows, and what people may do about it. */
export function PostOptions({
  options,
  onChange,
}: {
  options: Options
  onChange: (change: Partial<Options>) => void
}) {
  return (
    <>
      <Segments
        legend="Who may see it"
        name="audience"
        choices={audiences}
        chosen={options.audience}
        onChoose={(audience) => onChange({ audience })}
      />
      <details className="post-options" open={options.place.name !== '' || options.people.length > 0}>
        <summary>Place, people and more</summary>
        <div>
          <PlaceField place={options.place} onChange={(place) => onChange({ place })} />
          <PeopleField
            legend="Whom it shows"
            help="Others see this when the person has agreed."
            people={options.people}
            most={20}
            onChange={(people) => onChange({ people })}
          />
          <Switch
            label="No comments"
            help="Nobody may comment on it."
            checked={options.commentsDisabled}
            disabled={false}
            onChange={(commentsDisabled) => onChange({ commentsDisabled })}
          />
          <Switch
            label="Hide its likes"
            help="You alone see how many like it."
            checked={options.hideLikeCount}
            disabled={false}
            onChange={(hideLikeCount) => onChange({ hideLikeCount })}
          />
          <Switch
            label="Sensitive"
            help="It is suggested only to who wants such things."
            checked={options.sensitive}
            disabled={false}
            onChange={(sensitive) => onChange({ sensitive })}
          />
        </div>
      </details>
    </>
  )
}
