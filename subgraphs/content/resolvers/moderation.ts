// Fields of moderation.
import type { Transact } from '#platform/mongo.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import { isId } from '#schema/ids.ts'
import { type Context, deps } from '../context.ts'
import { answerCopyrightClaim, fileCopyrightClaim } from '../domain/copyright.ts'
import {
  appealDecision,
  claimReview,
  requireModerator,
  resolveReview,
  undoReview,
} from '../domain/moderation.ts'
import { reportContent } from '../domain/reports.ts'
import { listAudit, listDecisions, listQueue, listReports } from '../domain/review-lists.ts'
import { decisionsOf, gravestOf, templates } from '../domain/review-rules.ts'
import { measureReviews } from '../domain/transparency.ts'
import type { ReportReason, ReviewItemRow } from '../model.ts'
import type {
  AnswerCopyrightClaimInput,
  AppealDecisionInput,
  ClaimReviewInput,
  FileCopyrightClaimInput,
  ReportContentInput,
  ResolveReviewInput,
  Resolvers,
  UndoReviewInput,
} from '../types.gen.ts'

const lists = (context: Context) => ({ ...context.store, ...context })

type Input = { idempotencyKey?: string | null | undefined }
type Own = ReturnType<typeof deps> & { transact: Transact<'content'> }

/** A mutation that answers the id of a row, and whose payload is that row as it then is. */
const rowMutation = <K extends string, R, I extends Input>(
  field: K,
  read: (context: Context, id: string) => Promise<R>,
  name: string,
  work: (own: Own, viewerId: string, input: I, context: Context) => Promise<string>,
) => {
  return (_: unknown, { input }: { input: I }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      (viewer, transact) => work({ ...deps(context), transact }, viewer.userId, input, context),
      async (id) => ({ [field]: await read(context, id) }) as { [F in K]: R },
    )
}

const reportOf = ({ store }: Context, id: string) => store.getReport(id)
const reviewOf = ({ store }: Context, id: string) => store.getReview(id)
const claimRowOf = ({ store }: Context, id: string) => store.getClaim(id)

const userOf = (id: string | null) => (id === null ? null : { id })

/** A claim that a moderator has not let run out. */
const claimOf = (item: ReviewItemRow, now: Date) =>
  item.claimedUntil !== null && item.claimedUntil > now ? item.claimedUntil : null

export const moderationResolvers: Resolvers = {
  Query: {
    reviewQueue: (_, args, context) => listQueue(lists(context), args),
    async review(_, { id }, context) {
      await requireModerator(context, context.viewer)
      return isId(id, 'review') ? context.store.getReview(id) : null
    },
    auditLog: (_, args, context) => listAudit(lists(context), args),
    async reviewTemplates(_, _args, context) {
      await requireModerator(context, context.viewer)
      return Object.entries(templates).map(([key, text]) => ({ key, text }))
    },
    async reviewMetrics(_, _args, context) {
      await requireModerator(context, context.viewer)
      return measureReviews(context.store)
    },
    transparencyReport: (_, { range }, { transparency }) => transparency.report(range ?? 'QUARTER'),
  },

  Mutation: {
    reportContent: rowMutation(
      'report',
      reportOf,
      'reportContent',
      (own, viewerId, input: ReportContentInput) => reportContent(own, viewerId, input),
    ),
    claimReview: rowMutation('item', reviewOf, 'claimReview', (own, _, input: ClaimReviewInput, { viewer }) =>
      claimReview(own, viewer, input.itemId),
    ),
    resolveReview: rowMutation(
      'item',
      reviewOf,
      'resolveReview',
      (own, _, input: ResolveReviewInput, { viewer }) => resolveReview(own, viewer, input),
    ),
    undoReview: rowMutation('item', reviewOf, 'undoReview', (own, _, input: UndoReviewInput, { viewer }) =>
      undoReview(own, viewer, input),
    ),
    appealDecision: rowMutation(
      'decision',
      reviewOf,
      'appealDecision',
      (own, viewerId, input: AppealDecisionInput) => appealDecision(own, viewerId, input),
    ),
    fileCopyrightClaim: rowMutation(
      'claim',
      claimRowOf,
      'fileCopyrightClaim',
      (own, viewerId, input: FileCopyrightClaimInput) => fileCopyrightClaim(own, viewerId, input),
    ),
    answerCopyrightClaim: rowMutation(
      'claim',
      claimRowOf,
      'answerCopyrightClaim',
      (own, viewerId, input: AnswerCopyrightClaimInput) => answerCopyrightClaim(own, viewerId, input),
    ),
  },

  Report: { id: (row) => row._id },
  ModerationDecision: {
    id: (row) => row._id,
    reason: (row) => gravestOf(row.reasons),
    message: (row) => templates[row.templateKey ?? ''] ?? null,
  },
  AuditEntry: { sequence: (row) => row._id, actor: (row) => userOf(row.actorId) },
  CopyrightClaim: {
    id: (row) => row._id,
    isOwnClaim: (row, _, { viewer }) => row.claimantId === viewer.userId,
  },
  ReviewItem: {
    id: (item) => item._id,
    isOpen: (item) => item.open,
    owner: (item) => userOf(item.ownerId),
    media: async (item, _, { loaders }) =>
      loaders.listMedia((await loaders.shownMedia.load(item.subjectId)) ?? []),
    possibleDecisions: (item) => decisionsOf(item),
    reasons: (item) =>
      Object.entries(item.reasons).map(([reason, count]) => ({ reason: reason as ReportReason, count })),
    claimedUntil: (item, _, { now }) => claimOf(item, now()),
    viewerHasClaimed: (item, _, { now, viewer }) =>
      claimOf(item, now()) === null ? null : item.claimedBy === viewer.userId,
    evidence: async (item, _, { loaders }) =>
      item.subjectKind === 'MESSAGE' ? ((await loaders.evidence.load(item.subjectId)) ?? []) : [],
    ring: async (item, _, { visibility }) =>
      (await visibility.filterByAccount(item.ring ?? [], (id) => id)).map((id) => ({ id })),
    ownerTrust: (item, _, { loaders }) => (item.ownerId === null ? null : loaders.trust.load(item.ownerId)),
    ownerStrikeCount: (item, _, { loaders }) =>
      item.ownerId === null ? 0 : loaders.strikes.load(item.ownerId).then((count) => count ?? 0),
  },

  Viewer: {
    reports: (viewer, args, context) => listReports(lists(context), viewer.id, args),
    moderationDecisions: (viewer, args, context) => listDecisions(lists(context), viewer.id, args),
    copyrightClaims: (viewer, _, { store }) => store.listClaims(viewer.id, 100),
  },
}
