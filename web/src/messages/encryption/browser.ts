// The encrypted conversations of whoever is signed in to this browser. The protocol itself is loaded when it is needed.
import type { DefinitionNode } from 'graphql'
import { nameOperation } from '../../graph/documents.ts'
import { authorizedFetch } from '../../session/session.ts'
import { createQueue, dataOf, type Exclusively, type Request } from './delivery.ts'
import type { Messenger } from './messenger.ts'

const operationName = ({ definitions }: { readonly definitions: readonly DefinitionNode[] }) =>
  definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition' ? [definition.name?.value] : [],
  )[0]

/** Asks past the cache: keys and ciphertext are not for the screen. */
export const request: Request = async (document, variables) => {
  const response = await authorizedFetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    body: JSON.stringify({ ...nameOperation(operationName(document)), variables }),
  })
  return dataOf((await response.json()) as Parameters<typeof dataOf>[0])
}

/** Tabs share the key store, so they take turns. */
function turns(userId: string): Exclusively {
  if (!navigator.locks) return createQueue()
  return async (name, work) => navigator.locks.request(`heliograph.${userId}.${name}`, work)
}

const messengers = new Map<string, Promise<Messenger>>()

/** The messenger of an account in this browser. */
export function messengerOf(userId: string): Promise<Messenger> {
  const known = messengers.get(userId)
  if (known) return known
  const opening = Promise.all([import('./messenger.ts'), import('./indexed-db.ts')]).then(
    async ([{ createMessenger }, { openIndexedDb }]) => {
      const store = await openIndexedDb(userId)
      const messenger = createMessenger({ userId, request, store, exclusively: turns(userId) })
      // Beside what is asked for: it goes through all that is kept, and what it leaves is gone through the next time.
      messenger.forgetExpired().catch(() => {})
      return messenger
    },
  )
  messengers.set(userId, opening)
  // What could not be loaded is tried again.
  opening.catch(() => messengers.delete(userId))
  return opening
}
