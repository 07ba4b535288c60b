// Names that look alike. A skeleton, as Unicode Technical Standard 39 calls it, is the same text for all names that can be
// taken for one another; here for the alphabet of usernames only, which no letter of another script enters.

/** Pairs of letters that read as one, then letters that read as another. */
const lookalikes: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/0/g, 'o'],
  [/[1i]/g, 'l'],
  // How many there are of them in a row, and which of the two, is hard to tell.
  [/[._]+/g, '_'],
]

/** The skeleton of a folded username: two accounts may not have the same. */
export function skeletonOf(username: string): string {
  return lookalikes.reduce((text, [pattern, letter]) => text.replace(pattern, letter), username)
}
