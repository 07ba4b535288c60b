import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import type { Viewer } from '#platform/viewer.ts'
import type { LiveRoot } from '#schema/streams.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'

/** A subscription's document through one viewer's eyes, executed once an event for all who share it. */
export interface Trigger {
  /**
   * Executes the document with this root.
   *
   * @param occasion the same object for all who ask because of the same thing: they get one answer.
   */
  answer(occasion: object, root: () => LiveRoot): Promise<GraphQLAnswer>
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

interface Entry {
  readonly answers: WeakMap<object, { at: number; answer: Promise<GraphQLAnswer> }>
  /** One for each join. The first one's eyes are those that the event is seen with. */
  readonly viewers: Set<{ readonly viewer: Viewer }>
}

/**
 * What an answer depends on: the document, the variables, and, unless told that it is alike for others, the viewer: a block
 * between him and whoever liked a post, however public, makes his answer differ. All who are signed out are one viewer.
 */
export function createTriggers<C extends object>(
  executor: Pick<Executor<C>, 'onEvent'>,
  scope: (viewer: Viewer) => C,
): Triggers<C> {
  const shared = new WeakMap<PreparedOperation<C>, Map<string, Entry>>()
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
      const entries = shared.get(prepared) ?? new Map<string, Entry>()
      shared.set(prepared, entries)
      const key = keyOf(prepared, variables, viewer, sharing)
      const entry: Entry = entries.get(key) ?? { answers: new WeakMap(), viewers: new Set() }
      entries.set(key, entry)
      const me = { viewer }
      entry.viewers.add(me)

      const execute = (root: LiveRoot, who: Viewer) => executor.onEvent(prepared, root, variables, scope(who))
      const together = (occasion: object, root: () => LiveRoot, who: Viewer): Promise<GraphQLAnswer> => {
        const earlier = entry.answers.get(occasion)
        if (earlier && Date.now() - earlier.at < freshMs) return earlier.answer
        const answer = execute(root(), who)
        entry.answers.set(occasion, { at: Date.now(), answer })
        return answer
      }
      return {
        answer(occasion, root) {
          if (sharing !== 'alike') return together(occasion, root, viewer)
          const [first = me] = entry.viewers
          return together(occasion, root, first.viewer).then((answer) =>
            // He whose eyes it was seen with may have lost what the others have not.
            answer.errors && first !== me ? execute(root(), viewer) : answer,
          )
        },
        leave() {
          entry.viewers.delete(me)
          if (entry.viewers.size === 0 && entries.get(key) === entry) entries.delete(key)
        },
      }
    },
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
