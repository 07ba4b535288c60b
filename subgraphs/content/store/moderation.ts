// Rows of `reports`, `reviewItems`, `auditEntries` and `copyrightClaims`.
import type { ClientSession, Db, Filter } from 'mongodb'
import type {
  AuditRow,
  Conduct,
  CopyrightClaimRow,
  HeldAgainst,
  PostRow,
  ReportReason,
  ReportRow,
  ReviewDecision,
  ReviewEffect,
  ReviewItemRow,
  ReviewView,
  StoryRow,
} from '../model.ts'

interface AuditHead {
  _id: 'head'
  sequence: number
  hash: string
}

/** Shadow-bans, of which their subjects learn nothing. */
const shadowBans = { subjectKind: 'USER', decision: 'LIMIT' } as const

/** Posts that a decision about an item changes at most. */
const maxPostsShowing = 500

/** Indexes of moderation's rows. */
export async function prepareModeration(db: Db): Promise<void> {
  const open = { partialFilterExpression: { open: true } }
  await Promise.all([
    db.collection('reports').createIndexes([
      { key: { itemId: 1, reporterId: 1 }, name: 'item-reporter', unique: true },
      { key: { reporterId: 1, _id: -1 }, name: 'reporter' },
      { key: { createdAt: -1, reason: 1 }, name: 'created' },
    ]),
    db.collection('reviewItems').createIndexes([
      { key: { subjectId: 1 }, name: 'open-subject', unique: true, ...open },
      { key: { priority: -1, _id: 1 }, name: 'queue', ...open },
      { key: { 'appeal.status': 1, priority: -1, _id: 1 }, name: 'appeals', ...open },
      { key: { claimedBy: 1, priority: -1, _id: 1 }, name: 'claimed', ...open },
      { key: { openedAt: 1 }, name: 'waiting', ...open },
      { key: { ownerId: 1, _id: -1 }, name: 'owner' },
      { key: { ownerId: 1, decidedAt: -1, decision: 1 }, name: 'owner-decided' },
      { key: { decidedAt: -1, decision: 1 }, name: 'decided' },
      {
        key: { 'effects.id': 1 },
        name: 'effects',
        partialFilterExpression: { 'effects.id': { $gt: '' } },
      },
    ]),
    db.collection('copyrightClaims').createIndexes([
      { key: { claimantId: 1, _id: -1 }, name: 'claimant' },
      { key: { ownerId: 1, _id: -1 }, name: 'owner' },
      { key: { itemId: 1 }, name: 'item' },
    ]),
    db
      .collection<AuditHead>('auditHead')
      .updateOne({ _id: 'head' }, { $setOnInsert: { sequence: 0, hash: '0'.repeat(64) } }, { upsert: true }),
  ])
}

/** What MongoDB knows of moderation. Functions that write take the session of the transaction that they belong to. */
export function createModerationStore(db: Db) {
  const reports = db.collection<ReportRow>('reports')
  const items = db.collection<ReviewItemRow>('reviewItems')
  const audit = db.collection<AuditRow>('auditEntries')
  const heads = db.collection<AuditHead>('auditHead')
  const claims = db.collection<CopyrightClaimRow>('copyrightClaims')
  const posts = db.collection<PostRow>('posts')
  const stories = db.collection<StoryRow>('stories')
  return {
    findReport(itemId: string, reporterId: string, session: ClientSession): Promise<ReportRow | null> {
      return reports.findOne({ itemId, reporterId }, { session })
    },
    getReport: (id: string): Promise<ReportRow | null> => reports.findOne({ _id: id }),
    async insertReport(row: ReportRow, session: ClientSession): Promise<void> {
      await reports.insertOne(row, { session })
    },
    async setReport(id: string, change: Partial<ReportRow>, session: ClientSession): Promise<void> {
      await reports.updateOne({ _id: id }, { $set: change }, { session })
    },
    /** Gives all reports of a review what became of them. */
    async closeReports(
      itemId: string,
      status: ReportRow['status'],
      at: Date,
      session: ClientSession,
    ): Promise<void> {
      await reports.updateMany({ itemId }, { $set: { status, updatedAt: at } }, { session })
    },
    /** What somebody reported, the last first, after one. */
    listReports(reporterId: string, afterId: string | null, limit: number): Promise<ReportRow[]> {
      return reports
        .find({ reporterId, ...(afterId ? { _id: { $lt: afterId } } : {}) })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
    },

    findOpenReview(subjectId: string, session: ClientSession): Promise<ReviewItemRow | null> {
      return items.findOne({ subjectId, open: true }, { session })
    },
    getReview: (id: string, session?: ClientSession): Promise<ReviewItemRow | null> =>
      items.findOne({ _id: id }, { session }),
    async insertReview(row: ReviewItemRow, session: ClientSession): Promise<void> {
      await items.insertOne(row, { session })
    },
    async setReview(id: string, change: Partial<ReviewItemRow>, session: ClientSession): Promise<void> {
      await items.updateOne({ _id: id }, { $set: change }, { session })
    },
    /** Reviews, the most urgent or the last decided first, after one of them: `rank` is its priority, or its milliseconds. */
    listReviews(
      { view, moderatorId, now }: { view: ReviewView; moderatorId: string; now: Date },
      after: { rank: number; id: string } | null,
      limit: number,
    ): Promise<ReviewItemRow[]> {
      const filter: Filter<ReviewItemRow> = { open: view !== 'DECIDED' }
      if (view === 'APPEALS') filter['appeal.status'] = 'PENDING'
      if (view === 'CLAIMED') Object.assign(filter, { claimedBy: moderatorId, claimedUntil: { $gt: now } })
      const by = view === 'DECIDED' ? 'decidedAt' : 'priority'
      if (view === 'DECIDED') filter.decidedAt = { $gt: new Date(0) }
      if (after) {
        const rank = by === 'decidedAt' ? new Date(after.rank) : after.rank
        filter.$and = [
          { [by]: { $lte: rank } },
          { $or: [{ [by]: { $lt: rank } }, { _id: { $gt: after.id } }] },
        ] as Filter<ReviewItemRow>[]
      }
      return items
        .find(filter)
        .sort({ [by]: -1, _id: 1 })
        .limit(limit)
        .toArray()
    },
    /** Reviews of what is somebody's that were decided at least once, not to shadow-ban him, the last first, after one of them. */
    listDecided(ownerId: string, afterId: string | null, limit: number): Promise<ReviewItemRow[]> {
      return items
        .find({
          ...{ ownerId, decidedAt: { $ne: null }, $nor: [shadowBans] },
          ...(afterId ? { _id: { $lt: afterId } } : {}),
        })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
    },
    /** The decision that was made last about each of some posts of an owner's, by itself or by what it shows; others are left out. */
    async listDecisions(ownerId: string, postIds: readonly string[]): Promise<Map<string, ReviewItemRow>> {
      const ids = [...postIds]
      const rows = await items
        .find({
          ownerId,
          decision: { $nin: [null, 'NONE'] },
          $or: [{ subjectId: { $in: ids } }, { 'effects.id': { $in: ids } }],
        })
        .sort({ _id: 1 })
        .limit(1_000)
        .toArray()
      return new Map(
        rows
          .toSorted((a, b) => Number(a.decidedAt) - Number(b.decidedAt))
          .flatMap((row) =>
            [row.subjectId, ...row.effects.map(({ id }) => id)].map((id) => [id, row] as const),
          ),
      )
    },
    /** What other reviews than one hold some things to. */
    async findEffects(
      ids: readonly string[],
      exceptItemId: string,
      session: ClientSession,
    ): Promise<ReviewEffect[]> {
      const rows = await items
        .find(
          { 'effects.id': { $in: [...ids] }, _id: { $ne: exceptItemId } },
          { projection: { effects: 1 }, session, hint: 'effects' },
        )
        .toArray()
      return rows.flatMap(({ effects }) => effects.filter(({ id }) => ids.includes(id)))
    },
    /**
     * How many things of each owner were removed for copyright since a time, and still are: each counts once, and an item not beside
     * a post that was removed for it. Rows from before the reason was kept go by what was reported.
     */
    async countStrikes(ownerIds: readonly string[], since: Date): Promise<Map<string, number>> {
      const found = await items
        .find(
          {
            ownerId: { $in: [...ownerIds] },
            decision: 'REMOVE',
            decidedAt: { $gte: since },
            $or: [
              { decidedReason: 'COPYRIGHT' },
              { decidedReason: { $exists: false }, 'reasons.COPYRIGHT': { $gt: 0 } },
            ],
          },
          { projection: { ownerId: 1, subjectId: 1, 'effects.kind': 1, 'effects.id': 1 } },
        )
        .toArray()
      const counts = [...Map.groupBy(found, ({ ownerId }) => ownerId ?? '')].map(([ownerId, rows]) => {
        const shown = rows.flatMap(({ subjectId, effects }) =>
          effects.flatMap(({ kind, id }) => (kind === 'LABELS' && id !== subjectId ? [id] : [])),
        )
        const things = new Set(rows.map(({ subjectId }) => subjectId).filter((id) => !shown.includes(id)))
        return [ownerId, things.size] as const
      })
      return new Map(counts)
    },
    /** Marks that a moderator found an item not to be like. */
    async findDismissed(mediaId: string): Promise<string[]> {
      const rows = await items
        .find(
          { subjectId: mediaId, decision: 'NONE', matches: { $exists: true } },
          { projection: { matches: 1 } },
        )
        .toArray()
      return rows.flatMap(({ matches = [] }) => matches)
    },
    /** Whether a review of an account was opened for just this text. */
    wasReviewed: (userId: string, text: string): Promise<boolean> =>
      items
        .countDocuments({ ownerId: userId, subjectId: userId, text }, { limit: 1, hint: 'owner' })
        .then((count) => count > 0),
    /** Whether a review of an account was decided since a time that told, whatever had brought it, with whom it acts as one. */
    wasSeenInRing: (userId: string, since: Date, session: ClientSession): Promise<boolean> =>
      items
        .countDocuments(
          { ownerId: userId, subjectId: userId, ring: { $exists: true }, decidedAt: { $gte: since } },
          { limit: 1, hint: 'owner', session },
        )
        .then((count) => count > 0),
    /**
     * Of some accounts: with whom an open review tells that they act as one, null where there is such a review of something else; and
     * the ids of those of whom a review that told so was decided since a time. The others have none.
     */
    async findRings(
      userIds: readonly string[],
      since: Date,
    ): Promise<{ open: Map<string, string[] | null>; seen: Set<string> }> {
      const ids = [...userIds]
      const rows = await items
        .find(
          {
            $or: [
              { subjectId: { $in: ids }, open: true },
              {
                ownerId: { $in: ids },
                decidedAt: { $gte: since },
                subjectKind: 'USER',
                ring: { $exists: true },
              },
            ],
          },
          { projection: { subjectId: 1, open: 1, ring: 1 } },
        )
        .toArray()
      const [open, decided] = [rows.filter((row) => row.open), rows.filter((row) => !row.open)]
      return {
        open: new Map(open.map(({ subjectId, ring = null }) => [subjectId, ring])),
        seen: new Set(decided.map(({ subjectId }) => subjectId)),
      }
    },
    /** Of each owner: decisions against what is his since a time, reports of it that wait, and with how many he acts as one. */
    async countStanding(ownerIds: readonly string[], since: Date): Promise<Map<string, Conduct>> {
      const against = {
        $and: [{ $gte: ['$decidedAt', since] }, { $not: [{ $in: ['$decision', [null, 'NONE']] }] }],
      }
      const found = await items
        .aggregate<{ _id: string } & Conduct>([
          { $match: { ownerId: { $in: [...ownerIds] } } },
          {
            $group: {
              _id: '$ownerId',
              violations: { $sum: { $cond: [against, 1, 0] } },
              upheldReports: { $sum: { $cond: [against, '$reportCount', 0] } },
              openReports: { $sum: { $cond: ['$open', '$reportCount', 0] } },
              ringSize: { $max: { $cond: ['$open', { $size: { $ifNull: ['$ring', []] } }, 0] } },
            },
          },
        ])
        .toArray()
      return new Map(found.map(({ _id, ...counts }) => [_id, counts]))
    },
    /**
     * What trust in an owner goes by: the last decisions since a time against what is his, without those that nobody tells him of,
     * and his open review that tells of a ring.
     */
    async findHeldAgainst(
      ownerId: string,
      { since, limit }: { since: Date; limit: number },
      session: ClientSession,
    ): Promise<HeldAgainst> {
      const decisions = await items
        .find(
          { ownerId, decision: { $nin: [null, 'NONE'] }, decidedAt: { $gte: since }, $nor: [shadowBans] },
          { projection: { decidedAt: 1, reportCount: 1 }, hint: 'owner-decided', session },
        )
        .sort({ decidedAt: -1 })
        .limit(limit)
        .toArray()
      const own = await items.findOne(
        { subjectId: ownerId, open: true },
        { projection: { ringAt: 1 }, hint: 'open-subject', session },
      )
      return { decisions, ringAt: own?.ringAt ?? null }
    },
    countOpenReviews: (): Promise<number> => items.countDocuments({ open: true }, { hint: 'waiting' }),
    /** Since when the oldest open review waits. */
    async oldestOpenedAt(): Promise<Date | null> {
      const [oldest] = await items
        .find({ open: true }, { projection: { openedAt: 1 } })
        .sort({ openedAt: 1 })
        .limit(1)
        .toArray()
      return oldest?.openedAt ?? null
    },
    /** The last decisions: when they were opened and decided, and what became of appeals. */
    lastDecided(limit: number): Promise<Pick<ReviewItemRow, 'openedAt' | 'decidedAt' | 'appeal'>[]> {
      return items
        .find(
          { decidedAt: { $gt: new Date(0) }, open: false },
          { projection: { openedAt: 1, decidedAt: 1, appeal: 1 } },
        )
        .sort({ decidedAt: -1 })
        .limit(limit)
        .toArray()
    },
    /** Reports since a time, by reason. */
    async countReports(since: Date): Promise<Map<ReportReason, number>> {
      const found = await reports
        .aggregate<{ _id: ReportReason; count: number }>([
          { $match: { createdAt: { $gte: since } } },
          { $group: { _id: '$reason', count: { $sum: 1 } } },
        ])
        .toArray()
      return new Map(found.map(({ _id, count }) => [_id, count]))
    },
    /** Decisions since a time, by kind and by what became of appeals. */
    countDecisions(
      since: Date,
    ): Promise<{ decision: ReviewDecision | null; appeal: string | null; count: number }[]> {
      return items
        .aggregate<{ decision: ReviewDecision | null; appeal: string | null; count: number }>([
          { $match: { decidedAt: { $gte: since } } },
          { $group: { _id: { decision: '$decision', appeal: '$appeal.status' }, count: { $sum: 1 } } },
          {
            $project: {
              _id: 0,
              decision: '$_id.decision',
              appeal: { $ifNull: ['$_id.appeal', null] },
              count: 1,
            },
          },
        ])
        .toArray()
    },

    /** Moves the end of the audit log on. `next` gets the end as it is, and answers what it then is; its place. */
    async advanceAudit(
      session: ClientSession,
      next: (head: { sequence: number; hash: string }) => Promise<{ sequence: number; hash: string }>,
    ): Promise<number> {
      const head = await heads.findOne({ _id: 'head' }, { session })
      if (!head) throw new Error('the audit log has no beginning')
      const moved = await next(head)
      await heads.updateOne({ _id: 'head' }, { $set: moved }, { session })
      return moved.sequence
    },
    async auditHead(): Promise<{ sequence: number; hash: string }> {
      const head = await heads.findOne({ _id: 'head' })
      return head ?? { sequence: 0, hash: '0'.repeat(64) }
    },
    async insertAudit(row: AuditRow, session: ClientSession): Promise<void> {
      await audit.insertOne(row, { session })
    },
    /** The log, the last first, before an entry. */
    listAudit: (before: number | null, limit: number): Promise<AuditRow[]> =>
      audit
        .find(before === null ? {} : { _id: { $lt: before } })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray(),
    /** The log in its order, between two places. */
    listAuditFrom: (from: number, to: number, limit: number): Promise<AuditRow[]> =>
      audit
        .find({ _id: { $gte: from, $lte: to } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),

    async insertClaim(row: CopyrightClaimRow, session: ClientSession): Promise<void> {
      await claims.insertOne(row, { session })
    },
    /** The claims that reviews are about. */
    findClaims: (itemIds: readonly string[]): Promise<CopyrightClaimRow[]> =>
      claims
        .find({ itemId: { $in: [...itemIds] } })
        .sort({ _id: 1 })
        .toArray(),
    /** Whether somebody claimed a thing of an owner's already. */
    hasClaimed: (
      { claimantId, ownerId, subjectId }: Pick<CopyrightClaimRow, 'claimantId' | 'ownerId' | 'subjectId'>,
      session: ClientSession,
    ): Promise<boolean> =>
      claims
        .countDocuments({ ownerId, subjectId, claimantId }, { limit: 1, hint: 'owner', session })
        .then((count) => count > 0),
    getClaim: (id: string, session?: ClientSession): Promise<CopyrightClaimRow | null> =>
      claims.findOne({ _id: id }, { session }),
    async answerClaim(id: string, answer: string, at: Date, session: ClientSession): Promise<void> {
      await claims.updateOne({ _id: id }, { $set: { answer, answeredAt: at } }, { session })
    },
    /** Claims that somebody made, or that were made about what is his, the last first. */
    listClaims: (userId: string, limit: number): Promise<CopyrightClaimRow[]> =>
      claims
        .find({ $or: [{ claimantId: userId }, { ownerId: userId }] })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray(),

    /** Moves a story from one standing to another; its author, or null when it stands elsewhere. */
    async setStoryStanding(
      id: string,
      from: 'PUBLISHED' | 'REMOVED',
      to: 'PUBLISHED' | 'REMOVED',
      session: ClientSession,
    ): Promise<string | null> {
      const row = await stories.findOneAndUpdate(
        { _id: id, status: from },
        { $set: { status: to }, $inc: { version: 1 } },
        { session, projection: { authorId: 1 } },
      )
      return row?.authorId ?? null
    },
    /** Ids of posts that are not deleted and show an item. */
    findPostsShowing: (mediaId: string): Promise<string[]> =>
      posts
        .find(
          { mediaIds: mediaId, status: { $in: ['PUBLISHED', 'ARCHIVED', 'REMOVED'] } },
          { projection: { _id: 1 } },
        )
        .limit(maxPostsShowing)
        .map(({ _id }) => _id)
        .toArray(),
  }
}
