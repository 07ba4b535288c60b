// What the cast posts: the drawn pictures of the world, or those of a folder.
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { drawPicture } from './draw.ts'
import { type PictureName, pictures } from './pictures.ts'
import { drawVideo, type VideoName, videos } from './videos.ts'
import { type Post, posts } from './world-posts.ts'

/** A picture or video that can be uploaded. */
export interface Work {
  kind: 'IMAGE' | 'VIDEO'
  contentType: string
  alt: string | null
  load(): Promise<Buffer>
}

/** A post of the world with what it shows. */
export interface Piece
  extends Pick<
    Post,
    'key' | 'author' | 'caption' | 'likes' | 'comments' | 'audience' | 'location' | 'shows'
  > {
  kind: 'POST' | 'REEL'
  works: readonly Work[]
}

/** A picture of the catalogue, drawn when it is wanted. */
export function drawnWork(name: PictureName): Work {
  return {
    kind: 'IMAGE',
    contentType: 'image/jpeg',
    alt: pictures[name].alt,
    load: () => drawPicture(name),
  }
}

/** The world's posts with drawn pictures, oldest first. */
export function drawnPieces(ffmpegPath: string, signal: AbortSignal): Piece[] {
  const video = (name: VideoName): Work => ({
    kind: 'VIDEO',
    contentType: 'video/mp4',
    alt: videos[name].alt,
    load: () => drawVideo(name, ffmpegPath, signal),
  })
  return posts.map((post) => ({
    ...post,
    kind: post.kind ?? 'POST',
    works: [...(post.pictures ?? []).map(drawnWork), ...(post.video ? [video(post.video)] : [])],
  }))
}

const contentTypes: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.gif': 'image/gif',
  '.mp4': 'video/mp4',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
}
const maxFiles = 100

/**
 * One post for each picture and video of a folder, at most 100, in the order of their names. The world's posts lend them
 * authors and likes; the caption is the file's name. Throws when the folder cannot be read or has none.
 */
export async function folderPieces(folder: string): Promise<Piece[]> {
  const files = (await readdir(folder))
    .filter((file) => contentTypes[extname(file).toLowerCase()])
    .sort()
    .slice(0, maxFiles)
  if (files.length === 0) throw new Error(`DEMO_MEDIA: ${folder} has no pictures or videos`)
  return files.map((file, i) => {
    const { author, likes } = posts[i % posts.length] as Post
    const contentType = contentTypes[extname(file).toLowerCase()] as string
    const kind = contentType.startsWith('video/') ? 'VIDEO' : 'IMAGE'
    const words = file.slice(0, -extname(file).length).replaceAll(/[-_]+/g, ' ').trim()
    return {
      key: `file-${i}`,
      author,
      caption: words,
      likes,
      kind: 'POST',
      works: [{ kind, contentType, alt: null, load: () => readFile(join(folder, file)) }],
    }
  })
}
