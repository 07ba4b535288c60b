import { createContext, type ReactNode, useContext } from 'react'
import { useQuery } from 'urql'
import { ViewerDocument, type ViewerFieldsFragment } from '../operations.gen.ts'

const ViewerContext = createContext<ViewerFieldsFragment | null>(null)

/** Reads once who is signed in, for all below. */
export function ViewerProvider({ signedIn, children }: { signedIn: boolean; children: ReactNode }) {
  const [{ data }] = useQuery({ query: ViewerDocument, pause: !signedIn })
  return (
    <ViewerContext.Provider value={signedIn ? (data?.viewer ?? null) : null}>
      {children}
    </ViewerContext.Provider>
  )
}

/** The signed-in account; null when signed out, and until it is known. */
export function useViewer(): ViewerFieldsFragment | null {
  return useContext(ViewerContext)
}
