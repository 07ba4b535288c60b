// Posts that publish themselves. The row is the schedule: whoever finds it due publishes it in one transaction with the event, so
// a process that dies leaves it either untouched or published, and of two that find it one runs again and finds it published.
import { AppError } from '#schema/errors.ts'
import type { Store } from '../store.ts'
import { publication, takePostMedia, type WriteDeps, writeChange } from './post-changes.ts'
import { checkStrikes } from './strikes.ts'

/** Posts that one look for due ones takes on. */
const batch = 100

/** How far ahead a post can be scheduled. */
export const maxScheduleMs = 366 * 86_400_000

/** Checks when a post is to be published. Throws INVALID unless it is in the future, by at most 366 days. */
export function checkScheduledAt(scheduledAt: Date, now: Date): Date {
  const ahead = scheduledAt.getTime() - now.getTime()
  if (ahead <= 0 || ahead > maxScheduleMs) {
    throw new AppError('INVALID', 'A post is scheduled for a time within the next 366 days.', {
      field: ['input', 'scheduledAt'],
    })
  }
  return scheduledAt
}

export type ScheduleDeps = WriteDeps & Pick<Store, 'findDuePostIds' | 'takeMedia' | 'countStrikes'>

/** Publishes the posts that are due; how many were found. Those beyond a batch are the next look's. */
export async function publishDue(deps: ScheduleDeps): Promise<number> {
  const due = await deps.findDuePostIds(deps.now(), batch)
  for (const postId of due) await deps.posts.changing([postId], () => publishScheduled(deps, postId))
  return due.length
}

function publishScheduled(deps: ScheduleDeps, postId: string): Promise<void> {
  return deps.transact(async (tx) => {
    const at = deps.now()
    const post = await deps.getPost(postId, tx.session)
    // Somebody else was first, or its author has other plans by now.
    if (post?.status !== 'SCHEDULED' || !post.scheduledAt || post.scheduledAt > at) return
    try {
      await checkStrikes(deps, post.authorId)
      const set = publication(post, await takePostMedia(deps, tx, post), at)
      const event = set.status === 'PUBLISHED' ? 'post.published' : 'post.changed'
      await writeChange(deps, tx, post, { set: { ...set, updatedAt: at }, event })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      // It cannot be published as it is: its author finds it among his drafts.
      const set = { status: 'DRAFT' as const, scheduledAt: null, updatedAt: at }
      await writeChange(deps, tx, post, { set, event: 'post.changed' })
    }
  })
}
