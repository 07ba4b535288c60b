import { expect, test } from 'vitest'
import { ffmpegArgs, filterGraph, frameArgs, type Transcode } from './ffmpeg-args.ts'
import { ladderFor } from './ladder.ts'

const frameRate = { frames: 30, seconds: 1 }
const transcode: Transcode = {
  inputPath: '/in/upload',
  format: 'MP4',
  outDir: '/out',
  frameRate,
  rungs: ladderFor({ width: 640, height: 360, frameRate }),
  source: {
    ...{ width: 640, height: 360, videoStream: 0, audioStream: 1, frameRate },
    ...{ seconds: 10, interlaced: false, hdrTransfer: null, aacStereo: true },
    video: {
      ...{ codec: 'h264', pixelFormat: 'yuv420p', square: true },
      ...{ turned: false, constantRate: true, bitRate: null },
    },
  },
}
const silent: Transcode = { ...transcode, source: { ...transcode.source, audioStream: null } }

const argumentOf = (args: string[], flag: string) => args[args.indexOf(flag) + 1]

test('the whole command line of a small video with sound', () => {
  expect(ffmpegArgs(transcode)).toMatchInlineSnapshot(`
    [
      "-hide_banner",
      "-nostdin",
      "-v",
      "error",
      "-nostats",
      "-y",
      "-max_error_rate",
      "0.1",
      "-progress",
      "pipe:1",
      "-protocol_whitelist",
      "file",
      "-codec_whitelist",
      "h264,hevc,vp8,libvpx,vp9,libvpx-vp9,av1,libdav1d,libaom-av1,mpeg4,aac,mp3,mp3float,opus,libopus,vorbis,libvorbis,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_f32le",
      "-f",
      "mov",
      "-i",
      "file:/in/upload",
      "-t",
      "901",
      "-filter_complex",
      "[0:0]fps=fps=30/1:start_time=0,scale=640:360:flags=bicubic:out_range=tv,setsar=1,format=yuv420p,split=2[s0][s1];[s0]scale=426:240:flags=bicubic,setsar=1[v0];[s1]null[v1]",
      "-map",
      "[v0]",
      "-crf:v:0",
      "25",
      "-maxrate:v:0",
      "499000",
      "-bufsize:v:0",
      "998000",
      "-profile:v:0",
      "main",
      "-level:v:0",
      "3.0",
      "-map",
      "[v1]",
      "-crf:v:1",
      "25",
      "-maxrate:v:1",
      "1000000",
      "-bufsize:v:1",
      "2000000",
      "-profile:v:1",
      "main",
      "-level:v:1",
      "3.0",
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-sc_threshold",
      "0",
      "-a53cc",
      "0",
      "-g",
      "60",
      "-keyint_min",
      "60",
      "-force_key_frames",
      "expr:gte(t,n_forced*2)",
      "-map",
      "0:1",
      "-c:a",
      "aac",
      "-b:a",
      "128k",
      "-ac",
      "2",
      "-ar",
      "48000",
      "-af",
      "aresample=async=1:first_pts=0",
      "-map_metadata",
      "-1",
      "-map_metadata:s",
      "-1",
      "-map_chapters",
      "-1",
      "-sn",
      "-dn",
      "-max_muxing_queue_size",
      "1024",
      "-avoid_negative_ts",
      "disabled",
      "-f",
      "hls",
      "-hls_time",
      "4",
      "-hls_playlist_type",
      "vod",
      "-hls_list_size",
      "0",
      "-hls_flags",
      "independent_segments",
      "-hls_segment_type",
      "fmp4",
      "-hls_fmp4_init_filename",
      "init.mp4",
      "-hls_segment_filename",
      "/out/%v/%05d.m4s",
      "-var_stream_map",
      "v:0,agroup:sound,name:240p v:1,agroup:sound,name:360p a:0,agroup:sound,name:audio",
      "/out/%v/index.m3u8",
    ]
  `)
})

test('the input is fenced before it is named', () => {
  for (const args of [ffmpegArgs(transcode), frameArgs(transcode, 1, '/out/frame.png')]) {
    const input = args.indexOf('-i')
    expect(args[input + 1]).toBe('file:/in/upload')
    expect(args.indexOf('-protocol_whitelist')).toBeLessThan(input)
    expect(argumentOf(args, '-protocol_whitelist')).toBe('file')
    expect(argumentOf(args, '-codec_whitelist')).not.toContain('mjpeg')
    expect(args.indexOf('-f')).toBeLessThan(input)
    expect(args[args.indexOf('-f') + 1]).toBe('mov')
  }
})

test('a silent video has neither sound arguments nor a sound group', () => {
  const args = ffmpegArgs(silent)
  expect(argumentOf(args, '-var_stream_map')).toBe('v:0,name:240p v:1,name:360p')
  expect(args).not.toContain('-c:a')
})

test('keyframes fall every two seconds at any rate', () => {
  for (const [frames, seconds, gop] of [
    [25, 1, '50'],
    [60, 1, '120'],
    [30000, 1001, '60'],
  ] as const) {
    const args = ffmpegArgs({ ...transcode, frameRate: { frames, seconds } })
    expect(argumentOf(args, '-g')).toBe(gop)
    expect(argumentOf(args, '-force_key_frames')).toBe('expr:gte(t,n_forced*2)')
  }
})

test('interlaced and HDR sources are brought to plain frames', () => {
  const source = { ...transcode.source, interlaced: true, hdrTransfer: 'smpte2084' }
  const graph = filterGraph({ ...transcode, source })
  expect(graph).toMatch(/^\[0:0\]yadif[^;]*fps=[^;]*scale=640:360[^;]*tonemap[^;]*format=yuv420p,split/)
  expect(filterGraph(transcode)).not.toMatch(/yadif|tonemap/)
})
