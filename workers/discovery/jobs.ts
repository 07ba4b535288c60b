import type { JobHandlers } from '#platform/queue.ts'
import {
  type DescribeDeps,
  describePost,
  type PictureModel,
} from '#subgraphs/feed/domain/discovery/describe.ts'
import type { TextModel } from '#subgraphs/feed/domain/discovery/vectors.ts'

/** The discovery worker's code. A description is of the post as it stands, so a job can run again, and in any order. */
export function createJobs(
  deps: Omit<DescribeDeps, 'model' | 'pictures'> & {
    model: () => Promise<TextModel>
    pictures: () => Promise<PictureModel | null>
  },
): JobHandlers<'discovery'> {
  return {
    'discovery.describePost': async ({ payload }) =>
      describePost({ ...deps, model: await deps.model(), pictures: await deps.pictures() }, payload.postId),
  }
}
