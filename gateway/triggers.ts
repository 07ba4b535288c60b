import { type DocumentNode, visit } from 'graphql'
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

export interface Triggers<C extends object> {
  /** The trigger of a subscription: equal documents and variables, `after` apart, of one session share it. */
  join(prepared: PreparedOperation<C>, variables: Json, viewer: Viewer): Trigger
}

/** An answer is handed to late readers for this long; then access is asked again for them. */
const freshMs = 250

/**
 * What an answer depends on: the document, the variables, the viewer. Two viewers never share one, however public the post:
 * a block between one of them and whoever liked it makes their answers differ. All who are signed out are one viewer.
 */
export function createTriggers<C extends object>(
  executor: Pick<Executor<C>, 'onEvent'>,
  scope: (viewer: Viewer) => C,
): Triggers<C> {
  const shared = new WeakMap<PreparedOperation<C>, Map<string, { trigger: Trigger; users: number }>>()

  return {
    join(prepared, variables, viewer) {
      const triggers = shared.get(prepared) ?? new Map<string, { trigger: Trigger; users: number }>()
      shared.set(prepared, triggers)
      const key = JSON.stringify([viewer.userId, viewer.sessionId, withoutAfter(prepared, variables)])
      const known = triggers.get(key)
      if (known) {
        known.users += 1
        return known.trigger
      }
      const answers = new WeakMap<object, { at: number; answer: Promise<GraphQLAnswer> }>()
      const trigger: Trigger = {
        answer(occasion, root) {
          const earlier = answers.get(occasion)
          if (earlier && Date.now() - earlier.at < freshMs) return earlier.answer
          const answer = executor.onEvent(prepared, root(), variables, scope(viewer))
          answers.set(occasion, { at: Date.now(), answer })
          return answer
        },
        leave() {
          entry.users -= 1
          if (entry.users === 0) triggers.delete(key)
        },
      }
      const entry = { trigger, users: 1 }
      triggers.set(key, entry)
      return trigger
    },
  }
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
