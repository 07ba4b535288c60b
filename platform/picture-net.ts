// Yahoo's open_nsfw, as ONNX: a residual net that tells what is not for everyone, and whose last layer but one says what a picture
// shows in 1,024 numbers.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import sharp from 'sharp'
import { namesOutput } from './onnx-outputs.ts'

/** What the net sees in a picture. */
export interface Sight {
  /** How likely it is that it is not for everyone, 0–1. */
  score: number
  /** What it shows: pictures of the same are near each other in angle. */
  features: Float32Array
}

export interface PictureNet {
  see(picture: Buffer): Promise<Sight>
}

/** The net sees the middle of 256 × 256 pixels. */
const drawn = 256
const side = 224

/** What it learned with: blue, green and red, less their means. */
const means = [104, 117, 123] as const

/** Name of the layer before the last: the mean over all places of what it found there. The file itself names the last alone. */
const featureLayer = 'pool/AvgPool:0'

/** Loads the net from a file. */
export async function loadPictureNet(path: string): Promise<PictureNet> {
  const load = createRequire(import.meta.url)
  const { InferenceSession, Tensor } = load('onnxruntime-node') as typeof import('onnxruntime-node')
  const model = namesOutput(await readFile(path), featureLayer)
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const [input] = session.inputNames
  const [output] = session.outputNames
  if (input === undefined || output === undefined) throw new Error('this is no classifier of pictures')
  return {
    async see(picture) {
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
      return {
        score: Number(answer[output]?.data[1]),
        features: answer[featureLayer]?.data as Float32Array,
      }
    },
  }
}
