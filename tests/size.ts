// How large the proofs are: whole in `npm run proof`, a twentieth in `npm test`, by the same code.

/** Whether this run is the whole proof. */
export const isProof: boolean = process.env.PROOF === '1'

/** Answers and recovery are promised within 5 s. Where other tests run beside, what never comes is looked for. */
export const promisedMs: number = isProof ? 5_000 : 30_000

/** A number of tries, people or things: `whole` in the proof, a twentieth elsewhere, and never less than `least`. */
export function size(whole: number, least = 1): number {
  return isProof ? whole : Math.max(least, Math.round(whole / 20))
}
