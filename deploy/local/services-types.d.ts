/**
 * The types of services.mjs, which is plain JavaScript because it runs before anything is installed. (A services.d.mts
 * beside it would do for TypeScript, but Biome then asks for `./services.mjs.mts` in the imports.)
 */
declare module '*/services.mjs' {
  /** What the processes of the system need to be told; pass it on as environment. */
  export interface ServiceEnv {
    MONGODB_URI: string
    REDIS_URL: string
    QUEUE_REDIS_URL: string
    NATS_URL: string
    S3_ENDPOINT: string
    S3_ACCESS_KEY_ID: string
    S3_SECRET_ACCESS_KEY: string
    FFMPEG_PATH: string
    FFPROBE_PATH: string
    /** Weights of the picture classifier (ONNX); left out where they cannot be had. */
    NSFW_MODEL_PATH?: string
    /** Weights of the text embeddings (ONNX); left out where they cannot be had. */
    TEXT_MODEL_PATH?: string
    /** 32 random bytes, base64url. */
    HELIOGRAPH_SECRET: string
    /** An Ed25519 private key as JWK in JSON. */
    AUTH_PRIVATE_KEY: string
  }

  export interface Services {
    env: ServiceEnv
    /** Stops every process in reverse order; deletes the folder of ephemeral ones. */
    stop(): Promise<void>
  }

  export interface ServiceOptions {
    /** Keeps data, logs, ports and secrets; made when it does not exist. */
    dir: string
    log?: (line: string) => void
    /** For tests: own services whatever the environment says, and `dir` is deleted at the end. */
    ephemeral?: boolean
    /** A folder in memory, made by the caller and deleted at the end: what would wait for a disk goes there. */
    memory?: string | null
  }

  /**
   * Resolves when MongoDB, two Redis, NATS, S3 and ffmpeg can be used.
   * @throws MissingServices (one sentence for each service that could not be had), or an Error that ends with what the failing program said
   */
  export function startServices(options: ServiceOptions): Promise<Services>
}
