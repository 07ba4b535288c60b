// What every subgraph does when an account ends, and when its owner wants a copy of his data. An event becomes a row of
// `accountTasks`; a chore works it off in small steps. A task that broke off goes on where it stood, and a step that runs twice
// finds nothing the second time.
import type { Collection, Db, Document, Filter } from 'mongodb'
import type { DomainEvent } from '#schema/events.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import type { Chore } from './chores.ts'
import type { Platform } from './service.ts'
import type { Storage } from './storage.ts'

/** Works off a part of what there is of an account, and answers whether there may be more. Safe to repeat. */
export type ErasureStep = (userId: string) => Promise<boolean>

/** Rows of one section of a copy, as the owner reads them. */
export type ExportSection = (userId: string) => AsyncIterable<object>

/** An object of the account's that goes into the copy, under a path of its own. */
export interface ExportFile {
  key: string
  path: string
}

/** A subgraph's part in both. */
export interface AccountPart {
  /** In this order. */
  erase: readonly ErasureStep[]
  /** By the name of the file that they go into. */
  sections: Readonly<Record<string, ExportSection>>
  files?(userId: string): AsyncIterable<ExportFile>
}

/** A row of `accountTasks`. */
export interface AccountTask {
  /** `ERASURE:<userId>`, or `EXPORT:<exportId>`. */
  _id: string
  kind: 'ERASURE' | 'EXPORT'
  userId: string
  exportId: string | null
  /** The erasure's next step. */
  step: number
  /** How often the erasure ran to its end. */
  rounds: number
  dueAt: Date
  /** Until when a process has the task to itself. */
  leaseUntil: Date | null
}

const leaseMs = 60_000
/**
 * When an erasure runs once more, each time after the round before: for what was on its way when it began, such as events of what it
 * removed itself. Events come for at most eight days.
 */
const laterRoundsMs = [60_000, 86_400_000, 9 * 86_400_000]
/** Rows that one step removes. */
const chunk = 500
/** Bytes of one object of an export's part: what is held in memory. */
const partBytes = 4 * 1024 * 1024

/** Where the copies of an account's data lie. */
export const exportsPrefix = (userId: string): string => `private/exports/${userId}/`
/** Where a copy's parts lie until they are one archive. */
export const exportPrefix = (userId: string, exportId: string): string =>
  `${exportsPrefix(userId)}${exportId}/`
const partPrefix = (task: { userId: string; exportId: string }, owner: SubgraphName) =>
  `${exportPrefix(task.userId, task.exportId)}parts/${owner}/`

/** What a subgraph says when its part is complete. */
export interface ExportPart {
  /** Objects of each section, in order. */
  sections: { name: string; keys: string[]; rows: number }[]
  /** Objects that list `ExportFile`s, a JSON text a line. */
  files: string[]
}

/** Key of that. */
export const exportPartKey = (task: { userId: string; exportId: string }, owner: SubgraphName): string =>
  `${partPrefix(task, owner)}done.json`

/** The index by which due tasks are found. */
export async function prepareAccountTasks(db: Db): Promise<void> {
  await db.collection('accountTasks').createIndex({ dueAt: 1 }, { name: 'due' })
}

export interface AccountLifecycle {
  handlers: {
    'account.erased'(batch: DomainEvent<'account.erased'>[]): Promise<void>
    'export.requested'(batch: DomainEvent<'export.requested'>[]): Promise<void>
  }
  chore: Chore
}

/** A subgraph's consumer of both events, and the chore that does the work. */
export function createAccountLifecycle(
  platform: Pick<Platform, 'db' | 'storage' | 'log' | 'now'>,
  owner: SubgraphName,
  part: AccountPart,
): AccountLifecycle {
  const tasks = platform.db(owner).collection<AccountTask>('accountTasks')
  const add = async (task: Pick<AccountTask, '_id' | 'kind' | 'userId' | 'exportId'>) => {
    const { _id, ...row } = task
    const fresh = { ...row, step: 0, rounds: 0, dueAt: new Date(platform.now()), leaseUntil: null }
    await tasks.updateOne({ _id }, { $setOnInsert: fresh }, { upsert: true })
  }
  return {
    handlers: {
      async 'account.erased'(batch) {
        for (const userId of new Set(batch.map(({ payload }) => payload.userId)))
          await add({ _id: `ERASURE:${userId}`, kind: 'ERASURE', userId, exportId: null })
      },
      async 'export.requested'(batch) {
        for (const { userId, exportId } of batch.map(({ payload }) => payload))
          await add({ _id: `EXPORT:${exportId}`, kind: 'EXPORT', userId, exportId })
      },
    },
    chore: {
      name: 'account-tasks',
      everyMs: 1_000,
      run: (signal) => runDueTasks({ ...platform, tasks, owner, part }, signal),
    },
  }
}

interface TaskDeps extends Pick<Platform, 'storage' | 'now'> {
  tasks: Collection<AccountTask>
  owner: SubgraphName
  part: AccountPart
}

/** Works tasks off until none is due. */
async function runDueTasks(deps: TaskDeps, signal: AbortSignal): Promise<void> {
  const { tasks } = deps
  while (!signal.aborted) {
    const now = new Date(deps.now())
    const task = await tasks.findOneAndUpdate(
      { dueAt: { $lte: now }, $or: [{ leaseUntil: null }, { leaseUntil: { $lte: now } }] },
      { $set: { leaseUntil: new Date(now.getTime() + leaseMs) } },
      { sort: { dueAt: 1 }, returnDocument: 'after', comment: 'background' },
    )
    if (!task) return
    const done = await (task.kind === 'ERASURE'
      ? runErasure(deps, task, signal)
      : runExport(deps, task, signal))
    if (!done) await tasks.updateOne({ _id: task._id }, { $set: { leaseUntil: null } })
  }
}

const renew = (deps: TaskDeps, task: AccountTask, change: Partial<AccountTask> = {}) =>
  deps.tasks.updateOne({ _id: task._id }, { $set: { ...change, leaseUntil: new Date(deps.now() + leaseMs) } })

/** Runs the steps from where they stood; false when the signal came first. */
async function runErasure(deps: TaskDeps, task: AccountTask, signal: AbortSignal): Promise<boolean> {
  const { erase } = deps.part
  for (let step = task.step; step < erase.length; step += 1) {
    await renew(deps, task, { step })
    for (let more = true; more; ) {
      if (signal.aborted) return false
      more = (await erase[step]?.(task.userId)) ?? false
      if (more) await renew(deps, task)
    }
  }
  const waitMs = laterRoundsMs[task.rounds]
  if (waitMs === undefined) await deps.tasks.deleteOne({ _id: task._id })
  else {
    const next = { step: 0, rounds: task.rounds + 1, dueAt: new Date(deps.now() + waitMs), leaseUntil: null }
    await deps.tasks.updateOne({ _id: task._id }, { $set: next })
  }
  return true
}

/** Writes the subgraph's part; false when the signal came first. A part that is written again has the same keys. */
async function runExport(deps: TaskDeps, task: AccountTask, signal: AbortSignal): Promise<boolean> {
  const { userId, exportId } = task
  if (exportId === null) throw new Error('an export has an id')
  const { storage, part, owner } = deps
  const prefix = partPrefix({ userId, exportId }, owner)
  const alive = async () => {
    await renew(deps, task)
    return !signal.aborted
  }
  const sections: ExportPart['sections'] = []
  for (const [name, rows] of Object.entries(part.sections)) {
    const written = await writeLines(storage, `${prefix}${name}`, rows(userId), alive)
    if (!written) return false
    sections.push({ name, ...written })
  }
  const files = part.files ? await writeLines(storage, `${prefix}files`, part.files(userId), alive) : null
  if (part.files && !files) return false
  const said: ExportPart = { sections, files: files?.keys ?? [] }
  await writeJson(storage, exportPartKey({ userId, exportId }, owner), JSON.stringify(said))
  await deps.tasks.deleteOne({ _id: task._id })
  return true
}

/** Writes rows as lines of JSON, in objects of a few megabytes; null when `alive` says to stop. */
async function writeLines(
  storage: Storage,
  prefix: string,
  rows: AsyncIterable<object>,
  alive: () => Promise<boolean>,
): Promise<{ keys: string[]; rows: number } | null> {
  const keys: string[] = []
  let lines: string[] = []
  let size = 0
  let count = 0
  const flush = async () => {
    if (lines.length === 0) return true
    const key = `${prefix}.${keys.length}.jsonl`
    await writeJson(storage, key, `${lines.join('\n')}\n`)
    keys.push(key)
    lines = []
    size = 0
    return alive()
  }
  for await (const row of rows) {
    const line = JSON.stringify(row)
    lines.push(line)
    size += line.length
    count += 1
    if (size >= partBytes && !(await flush())) return null
  }
  return (await flush()) ? { keys, rows: count } : null
}

async function writeJson(storage: Storage, key: string, text: string): Promise<void> {
  const body = Buffer.from(text)
  await storage.write(key, body, { contentType: 'application/json', byteSize: body.length })
}

/**
 * Declares indexes by which an account's rows are found; a `partial` one holds those rows alone that have a text in the field.
 */
export function indexing(db: Db) {
  return (collection: string, field: string, name: string, partial = false): Promise<unknown> =>
    db
      .collection(collection)
      .createIndex(
        { [field]: 1 },
        { name, ...(partial ? { partialFilterExpression: { [field]: { $gt: '' } } } : {}) },
      )
}

/** A step that removes the rows that a filter finds, some at a time. */
export function removing(
  db: Db,
  collection: string,
  filterOf: (userId: string) => Filter<Document>,
): ErasureStep {
  const rows = db.collection(collection)
  return async (userId) => {
    const found = await rows
      .find(filterOf(userId), { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    if (found.length > 0) await rows.deleteMany({ _id: { $in: found.map((row) => row._id) } })
    return found.length === chunk
  }
}

/** Those ids that begin with an account's and a colon. */
export const ownKeys = (userId: string): Filter<Document> => ({
  _id: { $gte: `${userId}:`, $lt: `${userId};` } as never,
})

/** A section of rows that a filter finds: their fields but some, `_id` as `id`. */
export function rowsOf(
  db: Db,
  collection: string,
  filterOf: (userId: string) => Filter<Document>,
  without: readonly string[] = [],
): ExportSection {
  return async function* (userId) {
    const projection = Object.fromEntries(without.map((field) => [field, 0]))
    for await (const { _id, ...row } of db.collection(collection).find(filterOf(userId), { projection })) {
      yield without.includes('_id') ? row : { id: _id, ...row }
    }
  }
}
