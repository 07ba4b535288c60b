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
  const [connection, setConnection] = useState<Connection>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the cache and the socket belong to who is signed in
  useEffect(() => {
    const opened = connect()
    setConnection(opened)
    return () => opened.dispose()
  }, [signedIn])
  if (!connection) return null
  return (
    <Provider value={connection.client}>
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
