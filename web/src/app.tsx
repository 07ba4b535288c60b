import { useEffect, useState } from 'react'
import { Provider } from 'urql'
import { type Connection, connect } from './graph/client.ts'
import { Toasts } from './parts/toast.tsx'
import { usePath, useScrollRestoration } from './router.tsx'
import { screenAt } from './screens/routes.tsx'
import { SignInScreen } from './screens/sign-in.tsx'
import { useSignedIn } from './session/session.ts'
import { ViewerProvider } from './session/viewer.tsx'
import { Shell } from './shell.tsx'

/** The application: one connection for each person who signs in. */
export function App() {
  const signedIn = useSignedIn()
  const [opened, setOpened] = useState<{ connection: Connection; signedIn: boolean }>()
  useEffect(() => {
    const connection = connect()
    setOpened({ connection, signedIn })
    return () => connection.dispose()
  }, [signedIn])
  // Nothing is asked over the connection of who was there before.
  if (opened?.signedIn !== signedIn) return null
  return (
    <Provider value={opened.connection.client}>
      <ViewerProvider signedIn={signedIn}>
        <Screen signedIn={signedIn} />
      </ViewerProvider>
      <Toasts />
    </Provider>
  )
}

function Screen({ signedIn }: { signedIn: boolean }) {
  const path = usePath()
  useScrollRestoration(path)
  const screen = screenAt(path)
  if (!signedIn && !screen.isPublic) return <SignInScreen newcomer={path === '/sign-up'} />
  return (
    <Shell path={path} wide={screen.wide ?? false}>
      {screen.element}
    </Shell>
  )
}
