import { useEffect } from 'react'
import { useQuery } from 'urql'
import { PostDocument } from '../operations.gen.ts'
import { PostCard } from './post-card.tsx'

const askAgainMs = 1_000

/** A new post above the feed. Its media report their progress; when they are done, the post is asked for until it is published. */
export function PendingPost({ id }: { id: string }) {
  const [{ data, fetching }, ask] = useQuery({ query: PostDocument, variables: { id } })
  const post = data?.post
  const isDue = post?.status === 'PROCESSING' && post.media.every(({ status }) => status === 'READY')
  useEffect(() => {
    if (!isDue || fetching) return
    const timer = setTimeout(() => ask({ requestPolicy: 'network-only' }), askAgainMs)
    return () => clearTimeout(timer)
  }, [isDue, fetching, ask])
  return post ? <PostCard post={post} eager /> : null
}
