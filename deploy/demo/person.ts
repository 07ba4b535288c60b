// A member of the cast, signed in.
import { type Client, Refused } from './client.ts'
import { addressOf } from './mail.ts'
import { type Account, demoPassword } from './world.ts'

interface Session {
  session: { accessToken: string }
  viewer: { id: string }
}

export interface Person {
  readonly id: string
  readonly username: string
  /** Runs a named operation as this person. Throws `Refused`. */
  does<T>(operation: string, variables: object): Promise<T>
  /** Runs a mutation whose refusal with one of `codes` means that it was done before: null then. */
  doesOnce<T>(operation: string, input: object, codes: readonly string[]): Promise<T | null>
}

/** Signs a member of the cast in, and up when there is no such account yet. Throws `Refused`. */
export async function signIn(client: Client, account: Account): Promise<Person> {
  const { username } = account
  // Everyone has a device of his own, as the limits on signing in expect of people.
  const device = username
  const enter = async (): Promise<Session> => {
    const input = { login: username, password: demoPassword }
    return (await client.request<{ signIn: Session }>('SignIn', { input }, undefined, device)).signIn
  }
  const enterOrSignUp = async (): Promise<Session> => {
    try {
      return await enter()
    } catch (error) {
      if (!(error instanceof Refused && error.codes.includes('INVALID'))) throw error
    }
    const { displayName, birthDate } = account
    const input = { username, email: addressOf(username), password: demoPassword, birthDate, displayName }
    return (await client.request<{ signUp: Session }>('SignUp', { input }, undefined, device)).signUp
  }

  const first = await enterOrSignUp()
  let token = first.session.accessToken
  const does = async <T>(operation: string, variables: object): Promise<T> => {
    try {
      return await client.request<T>(operation, variables, token)
    } catch (error) {
      // Access tokens are short; drawing on a slow machine is not.
      if (!(error instanceof Refused && error.codes.includes('UNAUTHENTICATED'))) throw error
      token = (await enter()).session.accessToken
      return client.request<T>(operation, variables, token)
    }
  }
  return {
    id: first.viewer.id,
    username,
    does,
    async doesOnce(operation, input, codes) {
      try {
        return await does(operation, { input })
      } catch (error) {
        if (error instanceof Refused && error.codes.some((code) => codes.includes(code))) return null
        throw error
      }
    },
  }
}
