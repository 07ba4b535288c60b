import { type Schema, Supergraph } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql'

/** Everything that is derived once from a supergraph SDL and read by every operation. */
export interface LoadedSupergraph {
  /** What clients see: `@inaccessible` elements are gone, federation's own types too. */
  readonly schema: GraphQLSchema
  /** The same, in the planner's own representation. */
  readonly plannerSchema: Schema
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
  const supergraph = Supergraph.build(sdl, { validateSupergraph: true })
  const plannerSchema = supergraph.apiSchema()
  return {
    schema: plannerSchema.toGraphQLJSSchema(),
    plannerSchema,
    planner: new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true }),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    isOfType: typeConditions(supergraph.schema.toGraphQLJSSchema()),
  }
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
