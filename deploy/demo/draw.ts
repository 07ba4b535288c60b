// Draws the demo world's pictures: shapes as SVG, rendered by sharp, with a film's grain. The same name gives the same bytes.
import sharp, { type OverlayOptions } from 'sharp'
import { avatars } from './avatars.ts'
import { formats, type PictureName, pictures } from './pictures.ts'
import { createRandom } from './random.ts'
import { createSketch } from './sketch.ts'

const avatarSize = 480
const grainSize = 480

/** Grey noise that repeats over a picture; `soft-light` leaves middle grey as it is. */
function grainTile(strength: number): OverlayOptions {
  const random = createRandom('grain')
  const pixels = Buffer.alloc(grainSize * grainSize * 3)
  for (let i = 0; i < pixels.length; i += 3) {
    const value = 128 + (random.next() + random.next() - 1) * 52 * strength
    pixels.fill(Math.round(value), i, i + 3)
  }
  const raw = { width: grainSize, height: grainSize, channels: 3 } as const
  return { input: pixels, raw, tile: true, blend: 'soft-light' }
}

/** A picture of the catalogue as a JPEG, 1,440 pixels wide. */
export function drawPicture(name: PictureName): Promise<Buffer> {
  const { format, draw, grain } = pictures[name]
  const { width, height } = formats[format]
  const sketch = createSketch(width, height, name)
  draw(sketch)
  return sharp(Buffer.from(sketch.svg()))
    .flatten({ background: '#000000' })
    .composite([grainTile(grain)])
    .jpeg({ quality: 85, chromaSubsampling: '4:4:4' })
    .toBuffer()
}

/** An account's profile picture as a square PNG. Throws when the account is not in the catalogue. */
export function drawAvatar(username: string): Promise<Buffer> {
  const draw = avatars[username]
  if (!draw) throw new Error(`no profile picture is drawn for ${username}`)
  const sketch = createSketch(avatarSize, avatarSize, username)
  draw(sketch)
  return sharp(Buffer.from(sketch.svg())).flatten({ background: '#000000' }).png().toBuffer()
}
