// Experiments in the graph: each resolver authorises, calls the domain, returns.
import { viewerMutation } from '#platform/subgraph.ts'
import type { Context } from './context.ts'
import {
  experimentReport,
  recordExposure,
  requireStaff,
  setExperimentRunning,
  upsertExperiment,
} from './domain/experiments.ts'
import type { MutationResolvers, QueryResolvers, StartExperimentInput } from './types.gen.ts'

const onExperiment = (name: string, running: boolean) =>
  ((_parent: object, { input }: { input: StartExperimentInput }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      ({ userId }, transact) =>
        setExperimentRunning({ ...context, transact }, userId, input.experimentKey, running),
      (experiment) => ({ experiment }),
    )) satisfies MutationResolvers['startExperiment']

export const experimentMutations = {
  upsertExperiment: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'upsertExperiment',
      input,
      ({ userId }, transact) => upsertExperiment({ ...context, transact }, userId, input),
      (experiment) => ({ experiment }),
    ),
  startExperiment: onExperiment('startExperiment', true),
  stopExperiment: onExperiment('stopExperiment', false),
  recordExposure: (_parent, { input }, context) =>
    viewerMutation(
      context,
      'recordExposure',
      input,
      ({ userId }, transact) => recordExposure({ ...context, transact }, userId, input.experimentKey),
      (assignment) => ({ assignment }),
    ),
} satisfies MutationResolvers

export const experimentQueries = {
  async experiment(_parent, { key }, context) {
    await requireStaff(context.store, context.viewer.userId)
    return context.store.findExperiment(key)
  },
  async experimentReport(_parent, { key }, context) {
    await requireStaff(context.store, context.viewer.userId)
    return experimentReport(context.store, key)
  },
} satisfies QueryResolvers
