/** The types of provide.mjs, which is plain JavaScript as its neighbours are. */
declare module '*/provide.mjs' {
  /** Finds every service of the catalogue. `files` has the paths of its programs, unless it is an image or an address. */
  export function provide(options: {
    log(line: string): void
    useEnv: boolean
  }): Promise<Record<string, { files?: Record<string, string> }>>
}
