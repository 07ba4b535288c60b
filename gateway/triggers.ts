import {
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { Viewer } from '#platform/viewer.ts'
import type { LiveRoot } from '#schema/streams.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'

/** Who wants an answer. Thousands want the same one: a promise for each costs more than the answer. */
export interface Asker {
  /** What the document is executed with, should it be this one's turn to have it executed. */
  root(): LiveRoot
  answered(answer: GraphQLAnswer): void
  failed(error: unknown): void
}

/** A subscription's document through one viewer's eyes, executed once an event for all who share it. */
export interface Trigger {
  /**
   * Executes the document.
   *
   * @param occasion the same object for all who ask because of the same thing: they get one answer.
   * @returns the answer when it is there already; otherwise the asker is told.
   */
  ask(occasion: object, asker: Asker): GraphQLAnswer | undefined
  /** Once for each `join`. */
  leave(): void
}

/** Who shares a trigger. */
export type Sharing =
  /** Nobody: its answers are this subscriber's alone. */
  | 'none'
  /** Equal subscriptions of one session, and all who are signed out. */
  | 'session'
  /** All whose answers are alike, whoever they are. They may listen: that is asked of each apart. */
  | 'alike'

export interface Triggers<C extends object> {
  /** The trigger of a subscription: equal documents and variables, `after` apart, share it. */
  join(prepared: PreparedOperation<C>, variables: Json, viewer: Viewer, sharing?: Sharing): Trigger
}

/** An answer is handed to late readers for this long; then access is asked again for them. */
const freshMs = 250
/** So many are told an answer at once; then whatever else the process has to do has its turn. */
const atOnce = 500

const lost = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'])

/** Whether an error, at a subscription's only root field, means that this viewer may not listen any more. */
export function isLost({ path, extensions }: GraphQLFormattedError): boolean {
  return path?.length === 1 && lost.has(String(extensions?.code))
}

/**
 * What an answer depends on: the document, the variables, and, unless told that it is alike for others, the viewer: a block
 * between him and whoever liked a post, however public, makes his answer differ. All who are signed out are one viewer.
 */
export function createTriggers<C extends object>(
  executor: Pick<Executor<C>, 'onEvent'>,
  scope: (viewer: Viewer) => C,
): Triggers<C> {
  const shared = new WeakMap<PreparedOperation<C>, Map<string, Shared>>()
  let alone = 0

  const keyOf = (
    prepared: PreparedOperation<C>,
    variables: Json,
    viewer: Viewer,
    sharing: Sharing,
  ): string => {
    if (sharing === 'none') return `${++alone}`
    const who = sharing === 'alike' ? [] : [viewer.userId, viewer.sessionId]
    return JSON.stringify([...who, withoutAfter(prepared, variables)])
  }

  return {
    join(prepared, variables, viewer, sharing = 'session') {
      const all = shared.get(prepared) ?? new Map<string, Shared>()
      shared.set(prepared, all)
      const key = keyOf(prepared, variables, viewer, sharing)
      let one = all.get(key)
      if (!one) {
        one = {
          isAlike: sharing === 'alike',
          members: new Set(),
          occasions: new WeakMap(),
          execute: (root, who) => executor.onEvent(prepared, root, variables, scope(who)),
          forget: () => void all.delete(key),
        }
        all.set(key, one)
      }
      return new Member(one, viewer)
    },
  }
}

/** What equal subscriptions have in common. */
interface Shared {
  readonly isAlike: boolean
  /** The first one's eyes are those that an event is seen with. */
  readonly members: Set<Member>
  readonly occasions: WeakMap<object, Occasion>
  execute(root: LiveRoot, who: Viewer): Promise<GraphQLAnswer>
  /** When nobody is left. */
  forget(): void
}

interface Occasion {
  readonly at: number
  /** Through whose eyes it is seen. */
  readonly eyes: Member
  answer: GraphQLAnswer | undefined
  /** Who waits for the answer: members, each followed by who asked. */
  waiting: (Member | Asker)[]
}

class Member implements Trigger {
  readonly #shared: Shared
  readonly #viewer: Viewer

  constructor(shared: Shared, viewer: Viewer) {
    this.#shared = shared
    this.#viewer = viewer
    shared.members.add(this)
  }

  ask(cause: object, asker: Asker): GraphQLAnswer | undefined {
    const { occasions } = this.#shared
    let occasion = occasions.get(cause)
    if (!occasion || Date.now() - occasion.at >= freshMs) {
      occasion = this.#begin(cause, asker)
    }
    const { answer } = occasion
    if (answer && this.#takes(answer, occasion)) return answer
    if (answer) this.#askAlone(asker)
    else occasion.waiting.push(this, asker)
    return undefined
  }

  leave(): void {
    const { members, forget } = this.#shared
    if (members.delete(this) && members.size === 0) forget()
  }

  #begin(cause: object, asker: Asker): Occasion {
    const { isAlike, members, occasions, execute } = this.#shared
    const [first = this] = isAlike ? members : []
    const occasion: Occasion = { at: Date.now(), eyes: first, answer: undefined, waiting: [] }
    occasions.set(cause, occasion)
    execute(asker.root(), first.#viewer).then(
      (answer) => {
        occasion.answer = answer
        // Nobody else will ask: the answer would be kept for as long as the event is.
        if (members.size === 1 && occasions.get(cause) === occasion) occasions.delete(cause)
        Member.#tell(occasion, answer, 0)
      },
      (error: unknown) => {
        occasions.delete(cause)
        for (const one of occasion.waiting) if (!(one instanceof Member)) one.failed(error)
      },
    )
    return occasion
  }

  static #tell(occasion: Occasion, answer: GraphQLAnswer, from: number): void {
    const { waiting } = occasion
    const to = Math.min(waiting.length, from + 2 * atOnce)
    for (let i = from; i < to; i += 2) {
      const [member, asker] = [waiting[i] as Member, waiting[i + 1] as Asker]
      try {
        if (member.#takes(answer, occasion)) asker.answered(answer)
        else member.#askAlone(asker)
      } catch (error) {
        asker.failed(error)
      }
    }
    if (to < waiting.length) setImmediate(Member.#tell, occasion, answer, to)
    else occasion.waiting = []
  }

  /** He whose eyes it was seen with may have lost what the others have not; what else goes wrong does so for all. */
  #takes(answer: GraphQLAnswer, { eyes }: Occasion): boolean {
    return eyes === this || !this.#shared.isAlike || !answer.errors?.some(isLost)
  }

  #askAlone(asker: Asker): void {
    this.#shared.execute(asker.root(), this.#viewer).then(
      (answer) => asker.answered(answer),
      (error: unknown) => asker.failed(error),
    )
  }
}

/** Whether a subscription selects none but these fields, each named `Type.field`. */
export function selectsOnly(
  schema: GraphQLSchema,
  prepared: { readonly document: DocumentNode },
  fields: readonly string[],
): boolean {
  const types = new TypeInfo(schema)
  let only = true
  visit(
    prepared.document,
    visitWithTypeInfo(types, {
      Field: ({ name }) => {
        const parent = types.getParentType()?.name ?? ''
        const isRoot = parent === schema.getSubscriptionType()?.name
        if (!isRoot && name.value !== '__typename' && !fields.includes(`${parent}.${name.value}`))
          only = false
      },
    }),
  )
  return only
}

interface Operation {
  readonly document: DocumentNode
  readonly subscription: { readonly field: string } | undefined
}

/** The variables that an event's answer depends on: where the replay began is not among them. */
function withoutAfter(prepared: Operation, variables: Json): Json {
  const name = afterVariable(prepared)
  if (name === null) return variables
  const { [name]: _after, ...others } = variables
  return others
}

const afterVariables = new WeakMap<Operation, { name: string | null }>()

/** The variable that stands for the root field's `after` and for nothing else in the document. */
function afterVariable(prepared: Operation): string | null {
  let known = afterVariables.get(prepared)
  if (!known) {
    known = { name: findAfterVariable(prepared) }
    afterVariables.set(prepared, known)
  }
  return known.name
}

function findAfterVariable({ document, subscription }: Operation): string | null {
  let name: string | null = null
  const uses = new Map<string, number>()
  visit(document, {
    VariableDefinition: () => false,
    Variable: (variable) => {
      uses.set(variable.name.value, (uses.get(variable.name.value) ?? 0) + 1)
    },
    Field: (field) => {
      if (field.name.value !== subscription?.field) return
      const after = field.arguments?.find((argument) => argument.name.value === 'after')
      if (after?.value.kind === 'Variable') name = after.value.name.value
    },
  })
  return name !== null && uses.get(name) === 1 ? name : null
}
