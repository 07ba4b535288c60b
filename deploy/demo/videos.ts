// The demo world's videos: drawn layers that ffmpeg moves.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { createOutline } from './random.ts'
import {
  circle,
  createSketch,
  lines,
  mix,
  paintSky,
  paintStars,
  paintSun,
  path,
  type Sketch,
} from './sketch.ts'

const run = promisify(execFile)

const seconds = 4
const frameRate = 25

interface Video {
  width: number
  height: number
  alt: string
  /** What is painted, the back first; all but the first are transparent where nothing is drawn. */
  layers: readonly { width: number; height: number; draw(sketch: Sketch): void }[]
  /** ffmpeg's filter graph over the inputs 0, 1, 2 …, ending in `[out]`. */
  graph: string
}

function hills(sketch: Sketch, top: number, swing: number, colour: string, foot: string): void {
  const { width, height, random } = sketch
  const outline = createOutline(random, 7)
  const points: [number, number][] = []
  for (let x = -4; x <= width + 4; x += 4)
    points.push([x, height * top + outline((x / height) * 2.6) * height * swing])
  const fill = sketch.linear([
    [0, colour],
    [0.6, foot],
    [1, foot],
  ])
  sketch.add(path(`${lines(points)}L${width + 4} ${height}L-4 ${height}Z`, fill))
}

/** A still as a stream of frames. Stills that only lie on top need none: ffmpeg holds their one frame. */
const repeated = (input: number, name: string) =>
  `[${input}]loop=loop=${seconds * frameRate}:size=1:start=0,setpts=N/${frameRate}/TB[${name}]`

/** A slow ride past ridges, upright: the nearer, the faster. Colours are from the sky's top to its foot, and from the farthest ridge on. */
function ride(
  alt: string,
  sky: readonly string[],
  sun: { x: number; y: number; r: number; colour: string },
  ridges: readonly string[],
  haze: string,
): Video {
  const [width, height] = [720, 1280]
  const shift = (i: number) => 90 * (i + 1)
  const overlays = ridges.map((_, i) => {
    const [under, over] = [i === 0 ? 'm' : `m${i - 1}`, i === ridges.length - 1 ? 'out' : `m${i}`]
    return `[${under}][${i + 1}]overlay=x='-${(shift(i) / seconds).toFixed(2)}*t':y=0[${over}]`
  })
  return {
    ...{ width, height, alt },
    layers: [
      {
        ...{ width, height },
        draw(sketch) {
          paintSky(sketch, sky)
          paintSun(sketch, sun)
        },
      },
      ...ridges.map((colour, i) => ({
        ...{ width: width + shift(i), height },
        draw: (sketch: Sketch) =>
          hills(sketch, 0.48 + 0.105 * i, 0.07, colour, mix(colour, haze, 0.55 - 0.12 * i)),
      })),
    ],
    graph: [repeated(0, 'm'), ...overlays].join(';'),
  }
}

export const videos = {
  'slow-ridges': ride(
    'A slow ride past mountain ridges at dusk.',
    ['#1d1b4a', '#5a2f72', '#c4516a', '#f49a6a', '#fdd9a0'],
    { x: 0.56, y: 0.42, r: 0.075, colour: '#fff0c4' },
    ['#c4617a', '#8a4a76', '#543264', '#2a1a42', '#120b22'],
    '#f0a080',
  ),
  'morning-ridges': ride(
    'A slow ride past blue ridges under a pale morning sun.',
    ['#4f86b8', '#8fb8d6', '#cfe0e6', '#f6e7cf'],
    { x: 0.3, y: 0.36, r: 0.06, colour: '#fffaf0' },
    ['#a9c3d2', '#7fa3b9', '#557f98', '#33596f', '#173344'],
    '#e8eef0',
  ),
  'red-ridges': ride(
    'A slow ride past red rocks at noon.',
    ['#2f6fa8', '#6fa6c9', '#c9d3c4', '#f2d3a2'],
    { x: 0.72, y: 0.3, r: 0.05, colour: '#fff6da' },
    ['#e0a878', '#cf8152', '#b25f3a', '#86402a', '#4a2118'],
    '#f0c898',
  ),
  'turning-sky': {
    width: 1280,
    height: 720,
    alt: 'The night sky turns over a hill.',
    layers: [
      {
        width: 1280,
        height: 720,
        draw: (sketch) => paintSky(sketch, ['#050716', '#101c44', '#2f3a72', '#8a6a8a']),
      },
      {
        width: 1600,
        height: 1600,
        draw(sketch) {
          paintStars(sketch, 1500, 1)
          for (let i = 0; i < 26; i++) {
            const { random } = sketch
            const along = random.between(-0.6, 0.6) * 1600
            const glow = sketch.radial([
              [0, random.pick(['#7a6ad0', '#c488c0', '#6aa8e0']), 0.16],
              [1, '#7a6ad0', 0],
            ])
            sketch.add(
              circle(800 + along, 800 + along * 0.5 + random.between(-70, 70), random.between(60, 190), glow),
            )
          }
        },
      },
      {
        width: 1280,
        height: 720,
        draw(sketch) {
          hills(sketch, 0.8, 0.1, '#171a36', '#10122a')
          hills(sketch, 0.9, 0.05, '#05060f', '#05060f')
        },
      },
    ],
    graph: `${repeated(0, 'back')};${repeated(1, 'turning')};[turning]rotate=a='0.09*t':c=black@0:ow=iw:oh=ih[stars];[back][stars]overlay=x='(W-w)/2':y='-h/2+H*0.35'[sky];[sky][2]overlay=0:0[out]`,
  },
} as const satisfies Record<string, Video>

export type VideoName = keyof typeof videos

/** A video of the catalogue as an MP4 of 4 s. Rejects when ffmpeg cannot be run or lacks libx264. */
export async function drawVideo(name: VideoName, ffmpegPath: string, signal: AbortSignal): Promise<Buffer> {
  const { layers, graph }: Video = videos[name]
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-demo-'))
  try {
    const inputs: string[] = []
    for (const [i, layer] of layers.entries()) {
      const sketch = createSketch(layer.width, layer.height, `${name}-${i}`)
      layer.draw(sketch)
      const file = join(folder, `${i}.png`)
      await writeFile(file, await sharp(Buffer.from(sketch.svg())).png({ compressionLevel: 3 }).toBuffer())
      inputs.push('-framerate', String(frameRate), '-i', file)
    }
    const output = join(folder, 'video.mp4')
    const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p']
    const settings = ['-filter_complex', graph, '-map', '[out]', '-t', String(seconds), ...encoding]
    await run(
      ffmpegPath,
      ['-nostdin', '-v', 'error', '-threads', '1', ...inputs, ...settings, '-movflags', '+faststart', output],
      { signal },
    )
    return await readFile(output)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
