import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, type Schema, Supergraph } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import {
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  parse,
  visit,
} from 'graphql'
import { type ScopeTable, scopeTable } from '#schema/scopes.ts'
import { representedNames } from './aliases.ts'
import { type BoundFields, bindRequiredFields } from './bound-fields.ts'
import { repairPlanner } from './planner-repair.ts'

/** `@requiresScopes` among them: what it demands is seen to by scopes.ts. */
const supportedFeatures = ROUTER_SUPPORTED_SUPERGRAPH_FEATURES

/** Everything that is derived once from a supergraph SDL and read by every operation. */
export interface LoadedSupergraph {
  /** What clients see: `@inaccessible` elements are gone, federation's own types too. */
  readonly schema: GraphQLSchema
  /** The same, in the planner's own representation, and with the bound fields. */
  readonly plannerSchema: Schema
  readonly bound: BoundFields
  /** Names of the fields that entities' representations may be read from. */
  readonly represented: ReadonlySet<string>
  /** Whether some subgraph knows an interface as one type, with `@interfaceObject`. */
  readonly hasInterfaceObjects: boolean
  /** What its types and fields need of an app. */
  readonly scopes: ScopeTable
  readonly planner: QueryPlanner
  /** In the order of the supergraph's `join__Graph`; `url` may be empty. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[]
  /** Whether an object whose `__typename` is `typename` meets the type condition `condition`, hidden types included. */
  readonly isOfType: (typename: string, condition: string) => boolean
}

/**
 * Builds the API schema and the query planner from a supergraph SDL.
 *
 * @throws GraphQLError when the SDL is no valid supergraph, or needs a feature that the planner does not know.
 */
export function loadSupergraph(sdl: string): LoadedSupergraph {
  repairPlanner()
  const document = parse(sdl)
  const supergraph = Supergraph.build(document, { validateSupergraph: true, supportedFeatures })
  const { document: boundDocument, bound } = bindRequiredFields(preferResolvableKeys(document))
  const planned = Supergraph.build(boundDocument, { validateSupergraph: false, supportedFeatures })
  return {
    schema: supergraph.apiSchema().toGraphQLJSSchema(),
    plannerSchema: planned.apiSchema(),
    bound,
    represented: representedNames(document),
    scopes: scopeTable(document),
    hasInterfaceObjects: /\bisInterfaceObject: *true\b/.test(sdl),
    planner: new QueryPlanner(planned, { exposeDocumentNodeInFetchNode: true }),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    isOfType: typeConditions(supergraph.schema.toGraphQLJSSchema()),
  }
}

/**
 * Puts the keys of a type that can be resolved before those that cannot. To come back to the subgraph where it is, for a
 * field with `@requires`, the planner takes the first key whose fields are at hand, whether it can be resolved or not.
 */
function preferResolvableKeys(supergraph: DocumentNode): DocumentNode {
  return visit(supergraph, {
    enter: (node) => {
      const directives: readonly DirectiveNode[] = 'directives' in node ? (node.directives ?? []) : []
      if (!directives.some(isUnresolvableKey)) return undefined
      const last = directives.filter(isUnresolvableKey)
      return {
        ...node,
        directives: [...directives.filter((directive) => !last.includes(directive)), ...last],
      }
    },
  }) as DocumentNode
}

function isUnresolvableKey({ name, arguments: given }: DirectiveNode): boolean {
  return (
    name.value === 'join__type' &&
    given?.some(
      (one) => one.name.value === 'resolvable' && one.value.kind === 'BooleanValue' && !one.value.value,
    ) === true
  )
}

/** Answers type conditions from a table that fills as the pairs are met: the pairs are bounded by the schema. */
function typeConditions(schema: GraphQLSchema): LoadedSupergraph['isOfType'] {
  const known = new Map<string, Map<string, boolean>>()
  return (typename, condition) => {
    if (typename === condition) return true
    const answers = known.get(condition) ?? new Map<string, boolean>()
    known.set(condition, answers)
    let answer = answers.get(typename)
    if (answer === undefined) {
      const type = schema.getType(typename)
      // A name that a subgraph invented is answered, but not kept: it is not bounded by the schema.
      if (!type) return false
      const target = schema.getType(condition)
      answer =
        isAbstractType(target) &&
        (isObjectType(type) || isInterfaceType(type)) &&
        schema.isSubType(target, type)
      answers.set(typename, answer)
    }
    return answer
  }
}
