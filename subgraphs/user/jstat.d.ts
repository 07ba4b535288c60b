/** The part of jstat that is used; it ships no types. */
declare module 'jstat' {
  const jStat: {
    chisquare: { cdf(x: number, freedom: number): number }
    studentt: { inv(p: number, freedom: number): number }
  }
  // It is CommonJS: Node knows no names of it.
  // biome-ignore lint/style/noDefaultExport: that is what it has
  export default jStat
}
