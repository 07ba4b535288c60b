declare module '*/local/paths.mjs' {
  /** The checkout. */
  export const root: string
  /** First executable called `name` on PATH (absolute), or null. Folders inside `except` are passed over. */
  export function findOnPath(name: string, except?: string): string | null
}
