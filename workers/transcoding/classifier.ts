// What a picture shows more than everybody wants to see.
import { loadPictureNet } from '#platform/picture-net.ts'

/** Tells how likely it is that a picture is not for everyone, 0–1. */
export interface PictureClassifier {
  score(picture: Buffer): Promise<number>
}

/** Loads the classifier from a file. */
export async function loadPictureClassifier(path: string): Promise<PictureClassifier> {
  const net = await loadPictureNet(path)
  return { score: async (picture) => (await net.see(picture)).score }
}
