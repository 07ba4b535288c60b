import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { type ConsentKind, ConsentsDocument, UpdateConsentsDocument } from '../operations.gen.ts'
import { Switch } from './choice.tsx'

const texts: readonly { kind: ConsentKind; field: string; label: string; help: string }[] = [
  { kind: 'TERMS', field: 'terms', label: 'Terms of use', help: 'What holds between you and us.' },
  {
    kind: 'ANALYTICS',
    field: 'analytics',
    label: 'Measure my use',
    help: 'It helps to see what works and what does not.',
  },
  {
    kind: 'PERSONALISATION',
    field: 'personalisation',
    label: 'Shape what I see',
    help: 'What you do decides what is suggested to you.',
  },
]

/** What the viewer agrees to. Each answer is kept with the text that it is about. */
export function Consents() {
  const [{ data }] = useQuery({ query: ConsentsDocument, requestPolicy: 'cache-and-network' })
  const [update, busy] = useAction(UpdateConsentsDocument)
  const consents = data?.viewer?.consents
  if (!consents) return null
  return (
    <section className="card settings-card">
      <h2 className="section-title">What you agree to</h2>
      {texts.map(({ kind, field, label, help }) => {
        const consent = consents.find((one) => one.kind === kind)
        const since = consent?.granted && consent.at ? ` Since ${day(consent.at)}.` : ''
        return (
          <Switch
            key={kind}
            label={label}
            help={`${help}${since}`}
            checked={consent?.granted ?? false}
            disabled={busy}
            onChange={(granted) => update({ [field]: granted, version: consent?.version })}
          />
        )
      })}
    </section>
  )
}

const day = (at: string) => new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' })
