// Pictures for tests: the real photograph where the shared media are, a drawn one with the same traits elsewhere.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'

const shared = new URL('../../shared/media/', import.meta.url)

/** A small JPEG in one colour. */
export function picture(colour = '#3a7bd5', width = 640, height = 800): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .jpeg()
    .toBuffer()
}

/** A photograph as a phone stores it: lying on its side, with EXIF orientation 6, camera model and GPS. */
export async function phonePhotograph(): Promise<Buffer> {
  const file = new URL('coffee-exif-orientation6-gps.jpg', shared)
  if (existsSync(file)) return readFile(file)
  // Upright it is red above and blue below; stored it is turned, so red lies on the left.
  const left = await sharp({ create: { width: 300, height: 400, channels: 3, background: '#d03030' } })
    .png()
    .toBuffer()
  return sharp({ create: { width: 600, height: 400, channels: 3, background: '#3030d0' } })
    .composite([{ input: left, left: 0, top: 0 }])
    .withExif({
      IFD0: { Model: 'Heliograph 1', Orientation: '6' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 12/1 30/1' },
    })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
}

/** The shared video, when it is there. */
export async function sharedVideo(): Promise<Buffer | null> {
  const file = new URL('bigbuckbunny.mp4', shared)
  return existsSync(file) ? readFile(file) : null
}
