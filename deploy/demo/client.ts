// The public API over HTTP, with the operations that the web client uses too.
import { readdir, readFile } from 'node:fs/promises'
import { type FragmentDefinitionNode, Kind, type OperationDefinitionNode, parse, print, visit } from 'graphql'
import { Agent, fetch } from 'undici'

const operationsFolder = new URL('../../schema/operations/', import.meta.url)

/** The text of each named operation, with the fragments that it needs. */
export async function readOperations(): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(operationsFolder)).filter((file) => file.endsWith('.graphql')).sort()
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, operationsFolder), 'utf8')))
  const { definitions } = parse(texts.join('\n'), { noLocation: true })
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
  }
  const textOf = (operation: OperationDefinitionNode): string => {
    const needed = new Map<string, FragmentDefinitionNode>()
    const collect = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
      visit(node, {
        FragmentSpread({ name }) {
          const fragment = fragments.get(name.value)
          if (!fragment || needed.has(name.value)) return
          needed.set(name.value, fragment)
          collect(fragment)
        },
      })
    }
    collect(operation)
    return [operation, ...needed.values()].map(print).join('\n')
  }
  return new Map(operations.map((operation) => [operation.name?.value ?? '', textOf(operation)]))
}

/** What the API refused. `codes` are those of its `userErrors`, or of its top-level errors. */
export class Refused extends Error {
  readonly codes: readonly string[]
  constructor(operation: string, errors: readonly { code: string; message: string }[]) {
    super(`${operation}: ${errors.map(({ code, message }) => `${code} ${message}`).join('; ')}`)
    this.codes = errors.map(({ code }) => code)
  }
}

export interface Client {
  /** The data of a named operation of `schema/operations`, asked from somebody's `device`. Throws `Refused`. */
  request<T>(operation: string, variables: object, accessToken?: string, device?: string): Promise<T>
  close(): Promise<void>
}

interface Answer {
  data?: Record<string, { userErrors?: { code: string; message: string }[] } | null> | null
  errors?: { message: string; extensions?: { code?: string } }[]
}

/** A client of the gateway at `url`. */
export async function createClient(url: string, signal: AbortSignal): Promise<Client> {
  const operations = await readOperations()
  let agent = new Agent(isLoopback(url) ? { localAddress: ownLoopback } : {})

  const post = async (
    body: string,
    accessToken: string | undefined,
    device: string | undefined,
  ): Promise<Answer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': device ? `Heliograph demo (${device})` : 'Heliograph demo',
        ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}),
      },
      body,
      signal,
      dispatcher: agent,
    })
    return (await response.json()) as Answer
  }

  return {
    async request<T>(
      operation: string,
      variables: object,
      accessToken?: string,
      device?: string,
    ): Promise<T> {
      const query = operations.get(operation)
      if (!query) throw new Error(`schema/operations has no operation ${operation}`)
      const body = JSON.stringify({ query, variables })
      const { data, errors } = await post(body, accessToken, device).catch(async (error: unknown) => {
        if (!hasNoSuchAddress(error)) throw error
        await agent.close()
        agent = new Agent()
        return post(body, accessToken, device)
      })
      if (errors?.length || !data) {
        const found = (errors ?? []).map(({ message, extensions }) => ({
          code: extensions?.code ?? '',
          message,
        }))
        throw new Refused(operation, found)
      }
      for (const payload of Object.values(data)) {
        if (payload?.userErrors?.length) throw new Refused(operation, payload.userErrors)
      }
      return data as T
    },
    close: () => agent.close(),
  }
}

/**
 * Limits on sign-ups and sign-ins count by network address. From an address of its own, the cast does not use up what
 * people on this machine may do. Where there is only 127.0.0.1 (macOS), that is shared.
 */
const ownLoopback = '127.0.0.2'

const isLoopback = (url: string) => ['127.0.0.1', 'localhost'].includes(new URL(url).hostname)

function hasNoSuchAddress(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } }
  return cause?.code === 'EADDRNOTAVAIL' || cause?.code === 'EINVAL'
}
