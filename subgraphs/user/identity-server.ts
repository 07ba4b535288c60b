// An identity provider for tests: `oidc-provider` on a free port, and a person who goes there and comes back.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

/** What the provider knows of someone. */
export interface KnownPerson {
  sub: string
  email?: string
  email_verified?: boolean
  name?: string
}

export interface IdentityServer {
  issuer: string
  clientId: string
  clientSecret: string
  /**
   * Follows an authorisation URL as this person, consenting; answers the address that he is sent back to. Where the provider has his
   * browser post a form to it, `fills` may change that.
   */
  visits(
    authorizationUrl: string,
    person: KnownPerson,
    fills?: (form: URLSearchParams) => void,
  ): Promise<string>
  close(): Promise<void>
}

/** Starts an identity provider that sends people back to these addresses. */
export async function startIdentityServer(redirectUris: string[]): Promise<IdentityServer> {
  const people = new Map<string, KnownPerson>()
  const client = { clientId: 'heliograph', clientSecret: 'a secret between the two of us' }
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    // The claims stand in the ID token, as those of Google and Apple do.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    cookies: { keys: ['a key for tests'] },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => people.get(id) }),
    // Everyone consents.
    async loadExistingGrant(context: {
      oidc: { client: { clientId: string }; session: { accountId: string } }
    }) {
      const grant = new provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
        jti: randomUUID(),
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  })
  const handle = provider.callback()
  server.on('request', (request, response) => {
    const accountId = request.headers['x-person']
    if (!request.url?.startsWith('/interaction/')) return handle(request, response)
    return provider.interactionFinished(request, response, { login: { accountId } })
  })

  return {
    issuer,
    ...client,
    async visits(authorizationUrl, person, fills) {
      people.set(person.sub, person)
      const cookies = new Map<string, string>()
      let url = authorizationUrl
      for (let step = 0; step < 10; step++) {
        const response = await fetch(url, {
          redirect: 'manual',
          headers: {
            cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
            'x-person': person.sub,
          },
        })
        for (const line of response.headers.getSetCookie()) {
          const [name = '', value = ''] = line.split(';')[0]?.split(/=(.*)/) ?? []
          cookies.set(name, value)
        }
        const location = response.headers.get('location') ?? (await submits(response, fills))
        if (!location) throw new Error(`${response.status} without an address`)
        url = new URL(location, url).href
        if (!url.startsWith(issuer)) return url
      }
      throw new Error('the provider sends in circles')
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Posts the form that a page is made of, as the page's script would; answers where that leads. */
async function submits(
  page: Response,
  fills: (form: URLSearchParams) => void = () => {},
): Promise<string | null> {
  const html = await page.text()
  const [, action] = /<form[^>]*action="([^"]+)"/.exec(html) ?? []
  if (!action) return null
  const form = new URLSearchParams()
  for (const [, name = '', value = ''] of html.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g))
    form.append(name, value)
  fills(form)
  const answer = await fetch(action, { method: 'POST', body: form, redirect: 'manual' })
  const location = answer.headers.get('location')
  return location && new URL(location, action).href
}
