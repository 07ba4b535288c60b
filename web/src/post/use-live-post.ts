import { useSubscription } from 'urql'
import { CommentAddedDocument, PostLikedDocument } from '../operations.gen.ts'

/** Keeps the likes and comments of a post up to date for as long as `active`; the cache takes the events in. */
export function useLivePost(postId: string, active: boolean): void {
  useSubscription({ query: PostLikedDocument, variables: { postId }, pause: !active })
  useSubscription({ query: CommentAddedDocument, variables: { postId }, pause: !active })
}
