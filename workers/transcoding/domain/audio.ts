import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { failureOfFfmpeg, progressOf } from './encode.ts'
import { MediaFailure } from './failure.ts'
import { listFiles, type MediaManifest } from './manifest.ts'
import { type AudioSource, type Binaries, inputArgs, judgeAudioProbe, probe, videoLimits } from './probe.ts'
import { run } from './run.ts'
import type { AudioFormat } from './sniff.ts'

const FILE = 'sound.m4a'

export type AudioOptions = { format: AudioFormat; binaries: Binaries; signal?: AbortSignal }

/** The command line (without the program) that turns one recording into AAC in MP4, without metadata or pictures. */
export function audioArgs(
  inputPath: string,
  format: AudioFormat,
  source: AudioSource,
  outputPath: string,
): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-y', '-progress', 'pipe:1'],
    ...inputArgs(inputPath, format),
    ...['-t', String(videoLimits.seconds + 1), '-map', `0:${source.audioStream}`],
    ...['-c:a', 'aac', '-b:a', '96k', '-ac', '2', '-ar', '48000', '-vn', '-sn', '-dn'],
    ...[
      '-map_metadata',
      '-1',
      '-map_metadata:s:a',
      '-1',
      '-map_chapters',
      '-1',
      '-movflags',
      '+faststart',
      outputPath,
    ],
  ]
}

/**
 * Turns one recording into `sound.m4a` in `outDir` (made when missing).
 * @param onProgress percent done, rising to 100
 * @throws MediaFailure
 */
export async function renderAudio(
  inputPath: string,
  outDir: string,
  onProgress: (percent: number) => void,
  { format, binaries, signal }: AudioOptions,
): Promise<MediaManifest> {
  const source = await probe(inputPath, format, binaries, judgeAudioProbe, signal)
  await mkdir(outDir, { recursive: true })
  const outputPath = join(outDir, FILE)
  const result = await run(binaries.ffmpeg, audioArgs(inputPath, format, source, outputPath), {
    timeoutMs: 180_000,
    memoryBytes: 2 * 1024 ** 3,
    signal,
    onStdoutLine: (line) => {
      const percent = progressOf(line, source.seconds)
      if (percent !== null) onProgress(percent)
    },
  })
  if (result.code !== 0) throw failureOfFfmpeg(result.code, result.signal, result.stderr)
  // Browsers' recordings do not state their length; what was written does.
  const written = await probe(outputPath, 'MP4', binaries, judgeAudioProbe, signal)
  if (!written.seconds) throw new MediaFailure('CORRUPT', 'no sound could be decoded')
  onProgress(100)
  return {
    kind: 'AUDIO',
    ...{ width: null, height: null, placeholder: null, dominantColor: null, perceptualHash: null },
    durationMs: Math.round(written.seconds * 1000),
    renditions: [],
    file: { path: FILE },
    files: await listFiles(outDir),
  }
}
