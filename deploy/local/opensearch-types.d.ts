/** The types of opensearch.mjs, which is plain JavaScript as its neighbours are. */
declare module '*/opensearch.mjs' {
  /** Why OpenSearch cannot be run here, in a sentence; null when it can. */
  export function whyNoOpenSearch(): Promise<string | null>

  /**
   * Starts an OpenSearch with nothing in it on loopback, with its data under `dir`.
   * @throws Error with one sentence when it cannot be fetched, or ends with the end of its log
   */
  export function startOpenSearch(options: {
    dir: string
    log?: (line: string) => void
    heapMegabytes?: number
    isBrief?: boolean
  }): Promise<{
    url: string
    /** Stops it and deletes `dir`. */
    stop(): Promise<void>
  }>
}
