/** The types of nginx.mjs, which is plain JavaScript as its neighbours are. */
declare module '*/nginx.mjs' {
  /** Why nginx cannot be run here, in a sentence; null when it can. */
  export function whyNoNginx(): string | null

  /**
   * Starts nginx with the configuration of `deploy/cdn` on loopback, with an empty cache under `dir`.
   * @throws Error with one sentence when it cannot be had, or ends with the end of its log
   */
  export function startNginx(options: {
    dir: string
    /** `host:port` of the object store. */
    store: string
    bucket: string
    purgeToken: string
    log?: (line: string) => void
  }): Promise<{
    url: string
    /** Stops it and deletes `dir`. */
    stop(): Promise<void>
  }>

  /** Starts nginx with the configuration of `deploy/load-balancer` on loopback, as `startNginx` does. */
  export function startBalancer(options: {
    dir: string
    /** `host:port` of each. */
    gateways: readonly string[]
    log?: (line: string) => void
  }): ReturnType<typeof startNginx>
}
