// The part of oidc-provider 9 that we use; the package has no types of its own.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Adapter {
    upsert(id: string, payload: Record<string, unknown>, expiresIn: number): Promise<void>
    find(id: string): Promise<Record<string, unknown> | undefined>
    findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined>
    findByUid(uid: string): Promise<Record<string, unknown> | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface Interaction {
    uid: string
    params: Readonly<Record<string, unknown>>
  }

  export interface Grant {
    addOIDCScope(scope: string): void
    rejectOIDCScope(scope: string): void
    save(): Promise<string>
  }

  interface Client {
    readonly clientId: string
    readonly redirectUris: readonly string[]
    grantTypeAllowed(grantType: string): boolean
  }

  export interface Context {
    readonly oidc: {
      readonly result?: { login?: unknown; consent?: { grantId?: string } }
      readonly provider: Provider
    }
    type: string
    body: unknown
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    proxy: boolean
    readonly issuer: string
    readonly Client: { readonly prototype: { redirectUriAllowed(uri: string): boolean } }
    readonly Grant: {
      new (fields: { accountId: string; clientId: string; jti?: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options?: { mergeWithLastSubmission?: boolean },
    ): Promise<void>
    on(event: string, listener: (context: Context, error: Error) => void): this
  }

  // biome-ignore lint/style/noDefaultExport: the package has it as well
  export default Provider

  interface Prompt {
    readonly name: string
  }
  interface Policy extends Array<Prompt> {
    get(name: string): { readonly checks: { add(check: unknown): void } } | undefined
  }
  export const interactionPolicy: {
    base(): Policy
    readonly Check: {
      new (reason: string, description: string, check: (context: Context) => boolean): unknown
      readonly REQUEST_PROMPT: boolean
      readonly NO_NEED_TO_PROMPT: boolean
    }
  }
  export const errors: { readonly InvalidGrant: new (detail: string) => Error }
}
