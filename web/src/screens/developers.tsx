import { useState } from 'react'
import { useQuery } from 'urql'
import { AppDetails } from '../apps/app-details.tsx'
import { AppForm } from '../apps/app-form.tsx'
import { useAction } from '../graph/use-action.ts'
import { type AppKind, AppsDocument, CreateAppDocument } from '../operations.gen.ts'
import { Failure, Spinner } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'

/** Apps that the viewer develops: register one, and look after those that are there. */
export function DevelopersScreen() {
  const [{ data, error }, refresh] = useQuery({
    query: AppsDocument,
    variables: { first: 20 },
    requestPolicy: 'cache-and-network',
  })
  const [open, setOpen] = useState<{ id: string; secret: string | null }>()
  const reload = () => refresh({ requestPolicy: 'network-only' })
  if (error) return <Failure error={error} onRetry={reload} />
  const apps = data?.viewer?.apps
  const app = apps?.find(({ id }) => id === open?.id)
  return (
    <div className="page">
      <TopBar title="Developers" back="/settings" />
      {!apps && <Spinner />}
      {apps && !app && (
        <>
          {apps.length > 0 && (
            <section className="card">
              <h2 className="section-title">Your apps</h2>
              {apps.map(({ id, name }) => (
                <button
                  key={id}
                  type="button"
                  className="menu-item"
                  onClick={() => setOpen({ id, secret: null })}
                >
                  {name}
                </button>
              ))}
            </section>
          )}
          <NewApp
            onCreated={(id, secret) => {
              setOpen({ id, secret })
              reload()
            }}
          />
        </>
      )}
      {app && (
        <>
          <button type="button" className="text-button" onClick={() => setOpen(undefined)}>
            All apps
          </button>
          <AppDetails
            key={app.id}
            app={app}
            secret={open?.secret ?? null}
            onGone={() => {
              setOpen(undefined)
              reload()
            }}
          />
        </>
      )}
    </div>
  )
}

function NewApp({ onCreated }: { onCreated: (id: string, secret: string | null) => void }) {
  const [create, creating] = useAction(CreateAppDocument)
  return (
    <section className="card">
      <h2 className="section-title">Register an app</h2>
      <AppForm
        busy={creating}
        label="Register"
        onSubmit={async (values, form) => {
          const done = await create({ ...values, kind: form.get('kind') as AppKind })
          if (done?.app) onCreated(done.app.id, done.secret)
        }}
      />
    </section>
  )
}
