// The only reader of the environment. Every variable is declared here once, checked at start-up, all problems together.
import { z } from 'zod'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const url = z.url()

const environment = z.object({
  /** Port of this process' HTTP server: the gateway's public one, or a subgraph's internal one. */
  PORT: port.default(4000),
  /** Address to listen on. A container listens on 0.0.0.0. */
  HOST: z.string().default('127.0.0.1'),
  /** Where clients reach the gateway; defaults to the address it listens on. */
  PUBLIC_URL: url.optional(),
  /** First part of every database, stream, queue, key and bucket name: two systems can share the same servers. */
  NAMESPACE: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('heliograph'),
  MONGODB_URI: z.string().startsWith('mongodb'),
  /** Redis for caches, timelines and limits; may evict. */
  REDIS_URL: z.string().startsWith('redis'),
  /** Redis for the job queue; must not evict. */
  QUEUE_REDIS_URL: z.string().startsWith('redis'),
  NATS_URL: z.string().min(1),
  /** Bytes that each of the seven event streams may hold in JetStream; the oldest events leave first. */
  EVENTS_MAX_BYTES: z.coerce.number().int().min(1_048_576).default(1_073_741_824),
  S3_ENDPOINT: url,
  /** Where browsers reach the object store; defaults to S3_ENDPOINT. */
  S3_PUBLIC_ENDPOINT: url.optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_ACCESS_KEY_ID: z.string().min(1),
  S3_SECRET_ACCESS_KEY: z.string().min(1),
  /** Root of every key that processes share: cursors, viewer headers, playlists. At least 32 random bytes, base64url. */
  HELIOGRAPH_SECRET: z.string().min(43),
  /** Ed25519 private key that signs access tokens, as a JWK in JSON. */
  AUTH_PRIVATE_KEY: z.string().startsWith('{'),
  /** `off` lifts every limit on how often, how many or how new (never validation or policy). */
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  /** Where mail goes: `smtp://user:password@host:port`, or `smtps://`. Without it no mail is sent; the demo keeps it to be read. */
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//)
    .optional(),
  /** Sender of our mails. */
  MAIL_FROM: z.string().default('Heliograph <no-reply@localhost>'),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  FFMPEG_PATH: z.string().default('ffmpeg'),
  FFPROBE_PATH: z.string().default('ffprobe'),
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
  secret: string
  authPrivateKey: string
  rateLimits: boolean
  smtpUrl: string | null
  mailFrom: string
  logLevel: string
  ffmpegPath: string
  ffprobePath: string
  demo: boolean
  demoMedia: string | null
  /** Where each subgraph is when it is a process of its own. */
  subgraphUrls: Partial<Record<SubgraphName, string>>
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

/** Reads the configuration. Throws one error that names every variable that is missing or wrong. */
export function readConfig(env: Environment = process.env): Config {
  const v = readVariables(environment, env)
  return {
    port: v.PORT,
    host: v.HOST,
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
    secret: v.HELIOGRAPH_SECRET,
    authPrivateKey: v.AUTH_PRIVATE_KEY,
    rateLimits: v.RATE_LIMITS === 'on',
    smtpUrl: v.SMTP_URL ?? null,
    mailFrom: v.MAIL_FROM,
    logLevel: v.LOG_LEVEL,
    ffmpegPath: v.FFMPEG_PATH,
    ffprobePath: v.FFPROBE_PATH,
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
