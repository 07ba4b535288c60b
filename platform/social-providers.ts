// Who else vouches for people: identity providers that speak OpenID Connect, as `SOCIAL_PROVIDERS` lists them.
import { z } from 'zod'

/** What is known of a provider before anyone configures it. */
const known: Readonly<Record<string, { issuer: string; name: string; scope: string }>> = {
  google: { issuer: 'https://accounts.google.com', name: 'Google', scope: 'openid email profile' },
  apple: { issuer: 'https://appleid.apple.com', name: 'Apple', scope: 'openid email name' },
}

/** An entry of `SOCIAL_PROVIDERS`. */
export const socialProvider = z
  .object({
    /** What clients call it: `google`, `apple`, or a name of one's own. */
    id: z.string().regex(/^[a-z0-9-]{1,32}$/),
    /** What people call it. */
    name: z.string().min(1).max(40).optional(),
    /** Its issuer; known for google and apple. */
    issuer: z.url().optional(),
    clientId: z.string().min(1),
    /** Its shared secret; not with `appleKey`. */
    clientSecret: z.string().min(1).optional(),
    /** What Apple has in place of a secret: the key that signs one. */
    appleKey: z
      .object({
        teamId: z.string().min(1),
        keyId: z.string().min(1),
        /** P-256 private key, PEM (PKCS #8). */
        privateKey: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
      })
      .optional(),
    /** Pages that people may come back to, beside those under `PUBLIC_URL`: of native apps, for one. */
    redirectUris: z.array(z.url()).max(20).default([]),
  })
  .transform((entry, issues) => {
    const { id, name, issuer } = entry
    const found = known[id]
    const at = issuer ?? found?.issuer
    if (at === undefined) {
      issues.addIssue({ code: 'custom', message: `${id} has no issuer` })
      return z.NEVER
    }
    if (!entry.clientSecret && !entry.appleKey) {
      issues.addIssue({ code: 'custom', message: `${id} has neither clientSecret nor appleKey` })
      return z.NEVER
    }
    return {
      ...entry,
      issuer: at,
      name: name ?? found?.name ?? id,
      scope: found?.scope ?? 'openid email profile',
    }
  })

/** A configured provider. */
export type SocialProvider = z.output<typeof socialProvider>
