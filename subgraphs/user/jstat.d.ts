/** The part of jstat that is used; it ships no types. */
declare module 'jstat' {
  export const jStat: {
    chisquare: { cdf(x: number, freedom: number): number }
    studentt: { inv(p: number, freedom: number): number }
  }
}
