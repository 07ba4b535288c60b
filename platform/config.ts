// The only reader of the environment. Every variable is declared here once, checked at start-up, all problems together.
import { z } from 'zod'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'
import { type SocialProvider, socialProvider } from './social-providers.ts'
import { parseTrustedProxies, type TrustedProxies } from './trusted-proxies.ts'

const proxies = z.string().refine((text) => parseTrustedProxies(text) !== null, {
  message: 'a number of hops, 1 to 99, or addresses in CIDR notation with commas',
})
const port = z.coerce.number().int().min(0).max(65_535)
const url = z.url()

const environment = z.object({
  /** Port of this process' HTTP server: the gateway's public one, or a subgraph's internal one. */
  PORT: port.default(4000),
  /** Address to listen on. A container listens on 0.0.0.0. */
  HOST: z.string().default('127.0.0.1'),
  /** Port of the process' server for whoever runs it: metrics, readiness. 0 takes any free one, which the log names. */
  ADMIN_PORT: port.default(0),
  /** Address of that server. Whoever reaches it reads the metrics. */
  ADMIN_HOST: z.string().default('127.0.0.1'),
  /** Proxies before the gateway whose X-Forwarded-For is believed: how many, or their networks. Without it nobody's is. */
  TRUST_PROXY: proxies.optional(),
  /** `production` closes what is for developers (introspection, GraphiQL), and has our web client ask by document ids alone. */
  NODE_ENV: z.string().optional(),
  /** Whether clients may ask what the graph holds; `on` unless in production. */
  INTROSPECTION: z.enum(['on', 'off']).optional(),
  /** Whether `/graphiql` is served; `on` unless in production. */
  GRAPHIQL: z.enum(['on', 'off']).optional(),
  /** Where clients reach the gateway; defaults to the address it listens on. */
  PUBLIC_URL: url.optional(),
  /** First part of every database, stream, queue, key and bucket name: two systems can share the same servers. */
  NAMESPACE: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('heliograph'),
  MONGODB_URI: z.string().startsWith('mongodb'),
  /** Redis for caches, timelines and limits; may evict. Several servers of one cluster with commas. */
  REDIS_URL: z.string().refine((text) => text.split(',').every((one) => /^rediss?:\/\/./.test(one)), {
    message: 'redis://host:port, or several of a cluster with commas between',
  }),
  /** Redis for the job queue; must not evict. */
  QUEUE_REDIS_URL: z.string().startsWith('redis'),
  NATS_URL: z.string().min(1),
  /** Bytes that each of the seven event streams may hold in JetStream; the oldest events leave first. */
  EVENTS_MAX_BYTES: z.coerce.number().int().min(1_048_576).default(1_073_741_824),
  S3_ENDPOINT: url,
  /** Where browsers reach the object store; defaults to S3_ENDPOINT. */
  S3_PUBLIC_ENDPOINT: url.optional(),
  S3_REGION: z.string().default('us-east-1'),
  /** Where browsers fetch public objects through a CDN, `<CDN_URL>/<key>`; without it the object store answers them. */
  CDN_URL: url.optional(),
  COLD_STORAGE_CLASS: z
    .string()
    .regex(/^[A-Z_]*$/)
    .optional(),
  COLD_AFTER_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  /** Sent to the CDN as `X-Cache-Purge` to make it drop an object. At least 16 characters. */
  CDN_PURGE_TOKEN: z.string().min(16).optional(),
  S3_ACCESS_KEY_ID: z.string().min(1),
  S3_SECRET_ACCESS_KEY: z.string().min(1),
  /** Root of every key that processes share: cursors, viewer headers, playlists. At least 32 random bytes, base64url. */
  HELIOGRAPH_SECRET: z.string().min(43),
  /** Ed25519 private key that signs access tokens, as a JWK in JSON. */
  AUTH_PRIVATE_KEY: z.string().startsWith('{'),
  /** `off` lifts every limit on how often, how many or how new (never validation or policy). */
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  /**
   * How long a request waits, in all, for its turns at hashing and comparing passwords, in milliseconds; who would wait longer is
   * refused at once. Less than `ANSWER_MS`, after which nobody hears of it.
   */
  PASSWORD_WAIT_MS: z.coerce.number().int().min(0).max(60_000).default(3_000),
  /** How long the gateway waits for a subgraph's answer before it does without, in milliseconds. */
  ANSWER_MS: z.coerce.number().int().min(100).max(60_000).default(4_000),
  /** `off` leaves the work that repeats (healing counts, due mails, erasures) to other processes of the same kind. */
  CHORES: z.enum(['on', 'off']).default('on'),
  /** Where mail goes: `smtp://user:password@host:port`, or `smtps://`. Without it no mail is sent; the demo keeps it to be read. */
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//)
    .optional(),
  /**
   * Push services that devices may be reached by, separated by commas: domains, or whole origins such as `http://localhost:4000` for
   * tests. No other address is ever called, whatever a client registers.
   */
  PUSH_SERVICES: z
    .string()
    .default('fcm.googleapis.com,push.services.mozilla.com,push.apple.com,notify.windows.com'),
  /** Sender of our mails. */
  MAIL_FROM: z.string().default('Heliograph <no-reply@localhost>'),
  /** Shared with the payment provider that says who paid for verification: signs its webhook. Without it there is none. */
  VERIFICATION_WEBHOOK_SECRET: z.string().min(32).optional(),
  /** Where people pay for verification; `reference` is added to its query. */
  VERIFICATION_CHECKOUT_URL: url.optional(),
  /** Who else vouches for people: a list in JSON of `platform/social-providers.ts`' entries. */
  SOCIAL_PROVIDERS: z
    .string()
    .default('[]')
    .transform((text, issues) => {
      try {
        return z.array(socialProvider).parse(JSON.parse(text))
      } catch (error) {
        issues.addIssue({ code: 'custom', message: `is no list of providers: ${(error as Error).message}` })
        return z.NEVER
      }
    }),
  /** OpenSearch 2, which may carry a user and a password. Without it each process that serves content keeps an index in its memory. */
  SEARCH_URL: url.optional(),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  /** When a long video is shown: FIRST, with its lowest rendition, while the others are made; HIGHEST, with all. */
  PUBLISH_AT: z.enum(['FIRST', 'HIGHEST']).default('FIRST'),
  FFMPEG_PATH: z.string().default('ffmpeg'),
  FFPROBE_PATH: z.string().default('ffprobe'),
  /** Weights of the picture classifier, an ONNX file. Without it pictures wait for their label, and suggestions go by captions alone. */
  NSFW_MODEL_PATH: z.string().optional(),
  /** Weights of the text embeddings, an ONNX file. Without it captions are compared by their words. */
  TEXT_MODEL_PATH: z.string().optional(),
  /** `on` fills an empty database with a demo world at start-up of the all-in-one process. */
  DEMO: z.enum(['on', 'off']).default('off'),
  /** Folder of pictures and videos for the demo world; drawn when left out. */
  DEMO_MEDIA: z.string().optional(),
  /** Supergraph file of a gateway that runs alone, without the product; its subgraphs are where the supergraph says. */
  SUPERGRAPH: z.string().optional(),
  USER_URL: url.optional(),
  GRAPH_URL: url.optional(),
  CONTENT_URL: url.optional(),
  FEED_URL: url.optional(),
  ENGAGEMENT_URL: url.optional(),
  MESSAGING_URL: url.optional(),
})

/** Names of the variables that the product reads, for the checks of `.env.example` and the compose file. */
export const variableNames = Object.keys(environment.shape)

export interface Config {
  port: number
  host: string
  adminPort: number
  adminHost: string
  /** Null when no proxy is believed. */
  trustedProxies: TrustedProxies | null
  introspection: boolean
  graphiql: boolean
  publicUrl: string | null
  namespace: string
  mongodbUri: string
  redisUrl: string
  queueRedisUrl: string
  natsUrl: string
  eventsMaxBytes: number
  s3: {
    endpoint: string
    publicEndpoint: string
    region: string
    accessKeyId: string
    secretAccessKey: string
  }
  /** The storage class of originals that are older than some days; null: they stay where they are. */
  cold: { storageClass: string; afterDays: number } | null
  /** The cache in front of public objects; null when there is none. */
  cdn: { url: string; purgeToken: string | null } | null
  secret: string
  authPrivateKey: string
  rateLimits: boolean
  passwordWaitMs: number
  answerMs: number
  /** Whether this process does the work that repeats. */
  chores: boolean
  smtpUrl: string | null
  pushServices: string[]
  mailFrom: string
  socialProviders: SocialProvider[]
  verificationWebhookSecret: string | null
  verificationCheckoutUrl: string | null
  production: boolean
  /** Null for the embedded engine. */
  searchUrl: string | null
  logLevel: string
  publishAt: 'FIRST' | 'HIGHEST'
  ffmpegPath: string
  ffprobePath: string
  nsfwModelPath: string | null
  textModelPath: string | null
  demo: boolean
  demoMedia: string | null
  /** Where each subgraph is when it is a process of its own. */
  subgraphUrls: Partial<Record<SubgraphName, string>>
}

/** Where clients reach the gateway, which listens on this port, without a slash at the end. */
export function publicUrlOf({ publicUrl, port }: Pick<Config, 'publicUrl' | 'port'>): string {
  return (publicUrl ?? `http://localhost:${port}`).replace(/\/$/, '')
}

type Environment = Record<string, string | undefined>

/** Checks variables. Throws one error that names every one that is missing or wrong. */
function readVariables<T>(variables: z.ZodType<T>, env: Environment): T {
  // An empty variable is an unset one: that is how compose files and shells pass "nothing".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = variables.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(
    `The environment is not complete. \`npm start\` sets all of it; .env.example explains each.\n${problems.join('\n')}`,
  )
}

const standaloneEnvironment = environment
  .pick({ PORT: true, HOST: true, LOG_LEVEL: true })
  .extend({ SUPERGRAPH: z.string() })

/** What a gateway needs that runs alone, over any supergraph. */
export interface StandaloneConfig extends Pick<Config, 'port' | 'host' | 'logLevel'> {
  supergraphFile: string
}

/** Whether the gateway is to run alone, over a supergraph of its own. */
export function isStandalone(env: Environment = process.env): boolean {
  return Boolean(env.SUPERGRAPH)
}

/** Reads the configuration of a gateway that runs alone. Throws as `readConfig` does. */
export function readStandaloneConfig(env: Environment = process.env): StandaloneConfig {
  const v = readVariables(standaloneEnvironment, env)
  return { port: v.PORT, host: v.HOST, logLevel: v.LOG_LEVEL, supergraphFile: v.SUPERGRAPH }
}

/** Where the database is, for commands that need nothing else; null when it is not said. */
export function readDatabaseConfig(
  env: Environment = process.env,
): Pick<Config, 'mongodbUri' | 'namespace'> | null {
  if (!env.MONGODB_URI) return null
  const v = readVariables(environment.pick({ MONGODB_URI: true, NAMESPACE: true }), env)
  return { mongodbUri: v.MONGODB_URI, namespace: v.NAMESPACE }
}

/** Reads the configuration. Throws one error that names every variable that is missing or wrong. */
export function readConfig(env: Environment = process.env): Config {
  const v = readVariables(environment, env)
  return {
    port: v.PORT,
    host: v.HOST,
    adminPort: v.ADMIN_PORT,
    adminHost: v.ADMIN_HOST,
    trustedProxies: v.TRUST_PROXY === undefined ? null : parseTrustedProxies(v.TRUST_PROXY),
    introspection: v.INTROSPECTION ? v.INTROSPECTION === 'on' : v.NODE_ENV !== 'production',
    graphiql: v.GRAPHIQL ? v.GRAPHIQL === 'on' : v.NODE_ENV !== 'production',
    publicUrl: v.PUBLIC_URL ?? null,
    namespace: v.NAMESPACE,
    mongodbUri: v.MONGODB_URI,
    redisUrl: v.REDIS_URL,
    queueRedisUrl: v.QUEUE_REDIS_URL,
    natsUrl: v.NATS_URL,
    eventsMaxBytes: v.EVENTS_MAX_BYTES,
    s3: {
      endpoint: v.S3_ENDPOINT,
      publicEndpoint: v.S3_PUBLIC_ENDPOINT ?? v.S3_ENDPOINT,
      region: v.S3_REGION,
      accessKeyId: v.S3_ACCESS_KEY_ID,
      secretAccessKey: v.S3_SECRET_ACCESS_KEY,
    },
    cold: v.COLD_STORAGE_CLASS ? { storageClass: v.COLD_STORAGE_CLASS, afterDays: v.COLD_AFTER_DAYS } : null,
    cdn: v.CDN_URL ? { url: v.CDN_URL, purgeToken: v.CDN_PURGE_TOKEN ?? null } : null,
    secret: v.HELIOGRAPH_SECRET,
    authPrivateKey: v.AUTH_PRIVATE_KEY,
    rateLimits: v.RATE_LIMITS === 'on',
    passwordWaitMs: v.PASSWORD_WAIT_MS,
    answerMs: v.ANSWER_MS,
    chores: v.CHORES === 'on',
    smtpUrl: v.SMTP_URL ?? null,
    pushServices: v.PUSH_SERVICES.split(',').map((service) => service.trim()),
    mailFrom: v.MAIL_FROM,
    socialProviders: v.SOCIAL_PROVIDERS,
    verificationWebhookSecret: v.VERIFICATION_WEBHOOK_SECRET ?? null,
    verificationCheckoutUrl: v.VERIFICATION_CHECKOUT_URL ?? null,
    production: v.NODE_ENV === 'production',
    searchUrl: v.SEARCH_URL ?? null,
    logLevel: v.LOG_LEVEL,
    publishAt: v.PUBLISH_AT,
    ffmpegPath: v.FFMPEG_PATH,
    ffprobePath: v.FFPROBE_PATH,
    nsfwModelPath: v.NSFW_MODEL_PATH ?? null,
    textModelPath: v.TEXT_MODEL_PATH ?? null,
    demo: v.DEMO === 'on',
    demoMedia: v.DEMO_MEDIA ?? null,
    subgraphUrls: Object.fromEntries(
      subgraphNames.flatMap((name) => {
        const value = v[`${name.toUpperCase() as Uppercase<SubgraphName>}_URL`]
        return value ? [[name, value]] : []
      }),
    ),
  }
}
