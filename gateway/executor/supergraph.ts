import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, type Schema, Supergraph } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import {
  type DirectiveDefinitionNode,
  DirectiveLocation,
  type DirectiveNode,
  type DocumentNode,
  extendSchema,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  parse,
  type TypeNode,
  visit,
} from 'graphql'
import { type ScopeTable, scopeTable } from '#schema/scopes.ts'
import { representedNames } from './aliases.ts'
import { type BoundFields, bindRequiredFields } from './bound-fields.ts'
import { repairPlanner } from './planner-repair.ts'
import type { Hidden } from './shape.ts'

/** `@requiresScopes` among them: what it demands is seen to by scopes.ts. */
const supportedFeatures = ROUTER_SUPPORTED_SUPERGRAPH_FEATURES

/** Everything that is derived once from a supergraph SDL and read by every operation. */
export interface LoadedSupergraph {
  /** What clients see: `@inaccessible` elements are gone, federation's own types too. */
  readonly schema: GraphQLSchema
  /** What is gone from it. */
  readonly hidden: Hidden
  /** Names of the directives of documents that subgraphs composed: they are accepted, and are not passed on. */
  readonly composedDirectives: ReadonlySet<string>
  /** The schema in the planner's own representation, and with the bound fields. */
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
  const whole = supergraph.schema.toGraphQLJSSchema()
  const api = supergraph.apiSchema().toGraphQLJSSchema()
  const composed = composedDirectives(api, document)
  const schema = composed.length > 0 ? extendSchema(api, { kind: Kind.DOCUMENT, definitions: composed }) : api
  return {
    schema,
    composedDirectives: new Set(composed.map(({ name }) => name.value)),
    hidden: hiddenFrom(schema, whole),
    plannerSchema: planned.apiSchema(),
    bound,
    represented: representedNames(document),
    scopes: scopeTable(document),
    hasInterfaceObjects: /\bisInterfaceObject: *true\b/.test(sdl),
    planner: new QueryPlanner(planned, { exposeDocumentNodeInFetchNode: true }),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    isOfType: typeConditions(whole),
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

/** The API schema leaves out all directives of linked specifications, even those that a client may write. */
function composedDirectives(schema: GraphQLSchema, supergraph: DocumentNode): DirectiveDefinitionNode[] {
  return supergraph.definitions.filter(
    (definition) =>
      definition.kind === Kind.DIRECTIVE_DEFINITION &&
      !schema.getDirective(definition.name.value) &&
      definition.locations.some(({ value }) => executable.has(value)) &&
      definition.arguments?.every(({ type }) => schema.getType(namedType(type).name.value)),
  ) as DirectiveDefinitionNode[]
}

const executable = new Set<string>([
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
])

function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type)
}

function hiddenFrom(schema: GraphQLSchema, whole: GraphQLSchema): Hidden {
  const types = new Set<string>()
  const values = new Map<string, ReadonlySet<unknown>>()
  for (const type of Object.values(whole.getTypeMap())) {
    const shown = schema.getType(type.name)
    if (!shown) types.add(type.name)
    if (!isEnumType(type) || !isEnumType(shown)) continue
    const gone = type.getValues().filter(({ name }) => !shown.getValue(name))
    if (gone.length > 0) values.set(type.name, new Set(gone.map(({ name }) => name)))
  }
  return { types, values }
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
