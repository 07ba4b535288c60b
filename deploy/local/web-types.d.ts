/** The types of web.mjs; why they are here, services-types.d.ts says. */
declare module '*/web.mjs' {
  /** Builds web/dist when it is missing or older than what it is made of. */
  export function buildWeb(log: (line: string) => void): Promise<void>
}
