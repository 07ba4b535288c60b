import type { Log } from '#platform/log.ts'
import type { JobHandlers } from '#platform/queue.ts'
import {
  type DescribeDeps,
  describePost,
  type PictureModel,
} from '#subgraphs/feed/domain/discovery/describe.ts'
import { noModel, type TextModel } from '#subgraphs/feed/domain/discovery/vectors.ts'

interface Deps extends Omit<DescribeDeps, 'model' | 'pictures'> {
  /** The models. They reject when one that is configured cannot be loaded. */
  model: () => Promise<TextModel>
  pictures: () => Promise<PictureModel | null>
  log: Pick<Log, 'warn'>
}

/** The discovery worker's code. A description is of the post as it stands, so a job can run again, and in any order. */
export function createJobs(deps: Deps): JobHandlers<'discovery'> {
  return {
    'discovery.describePost': async ({ payload: { postId }, lastAttempt }) => {
      const [model, pictures] = await Promise.all([deps.model(), deps.pictures()]).catch(
        async (error: unknown) => {
          // Its hashtags and its age count meanwhile, and it is described again when the models are there.
          if (lastAttempt) await describePost({ ...deps, model: noModel, pictures: null }, postId)
          throw error
        },
      )
      const seen = pictures && lastAttempt ? forgiving(pictures, deps.log) : pictures
      await describePost({ ...deps, model, pictures: seen }, postId)
    },
  }
}

/** Leaves out a picture that does not come: its post's words are worth a description. */
function forgiving({ name, vectorOf }: PictureModel, log: Pick<Log, 'warn'>): PictureModel {
  return {
    name,
    vectorOf: (key) =>
      vectorOf(key).catch((error: unknown) => {
        log.warn({ key, error: String(error) }, 'a picture does not come: its post is described by its words')
        return null
      }),
  }
}
