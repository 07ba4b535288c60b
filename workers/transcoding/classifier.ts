// What a picture shows more than everybody wants to see: Yahoo's open_nsfw, as ONNX.
import { createRequire } from 'node:module'
import sharp from 'sharp'

/** Tells how likely it is that a picture is not for everyone, 0–1. */
export interface PictureClassifier {
  score(picture: Buffer): Promise<number>
}

/** The net sees the middle of 256 × 256 pixels. */
const drawn = 256
const side = 224

/** What it learned with: blue, green and red, less their means. */
const means = [104, 117, 123] as const

/** Loads the classifier from a file. */
export async function loadPictureClassifier(path: string): Promise<PictureClassifier> {
  const load = createRequire(import.meta.url)
  const { InferenceSession, Tensor } = load('onnxruntime-node') as typeof import('onnxruntime-node')
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const [input] = session.inputNames
  const [output] = session.outputNames
  if (input === undefined || output === undefined) throw new Error('this is no classifier of pictures')
  return {
    async score(picture) {
      const offset = (drawn - side) / 2
      // JPEG as the net's own examples went through it.
      const jpeg = await sharp(picture)
        .flatten({ background: '#ffffff' })
        .resize(drawn, drawn, { fit: 'fill', kernel: 'linear' })
        .extract({ left: offset, top: offset, width: side, height: side })
        .jpeg({ quality: 75, chromaSubsampling: '4:2:0' })
        .toBuffer()
      const rgb = await sharp(jpeg).toColourspace('srgb').raw().toBuffer()
      const values = new Float32Array(rgb.length)
      for (let at = 0; at < rgb.length; at += 3) {
        for (let channel = 0; channel < 3; channel++) {
          values[at + channel] = (rgb[at + 2 - channel] as number) - (means[channel] as number)
        }
      }
      const answer = await session.run({ [input]: new Tensor('float32', values, [1, side, side, 3]) })
      return Number(answer[output]?.data[1])
    },
  }
}
