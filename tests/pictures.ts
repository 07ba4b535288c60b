// Pictures for tests: the real photograph where the shared media are, a drawn one with the same traits elsewhere.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

/** A film of 1280 × 720 with sound, some five seconds long: the real one where the shared media are, a drawn one elsewhere. */
export async function film(): Promise<Buffer> {
  const file = new URL('bigbuckbunny.mp4', shared)
  return existsSync(file) ? readFile(file) : drawnFilm(5.3)
}

/** A test pattern of 1280 × 720 with a tone. */
export async function drawnFilm(seconds: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-film-'))
  try {
    const file = join(folder, 'film.mp4')
    const picture = ['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=30:duration=${seconds}`]
    const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`]
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
    const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg'
    await promisify(execFile)(ffmpeg, ['-v', 'error', ...picture, ...sound, ...codecs, '-y', file])
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}
