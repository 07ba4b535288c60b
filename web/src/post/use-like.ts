import { useCallback } from 'react'
import { useAction } from '../graph/use-action.ts'
import { LikePostDocument, type PostCountsFragment, UnlikePostDocument } from '../operations.gen.ts'
import { navigate } from '../router.tsx'
import { tokens } from '../session/session.ts'

/** Likes a post or takes the like back. Who is signed out is asked to sign in. */
export function useLike(post: PostCountsFragment): (liked: boolean) => void {
  const [like] = useAction(LikePostDocument)
  const [unlike] = useAction(UnlikePostDocument)
  return useCallback(
    (liked) => {
      if (!tokens.get()) navigate('/sign-in')
      else if (liked !== post.viewerHasLiked) void (liked ? like : unlike)({ postId: post.id })
    },
    [like, unlike, post.id, post.viewerHasLiked],
  )
}
