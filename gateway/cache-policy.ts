import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  type InterfaceTypeDefinitionNode,
  type InterfaceTypeExtensionNode,
  isCompositeType,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/** What the SDL says with `@cacheControl`: of a field as `Type.field`, of a type as `Type`. */
export type CacheHints = ReadonlyMap<string, { readonly maxAge: number; readonly isPublic: boolean }>

/** Reads the hints of the subgraphs' SDL: composition leaves them out. */
export function cacheHints(sdls: readonly DocumentNode[]): CacheHints {
  const hints = new Map<string, { maxAge: number; isPublic: boolean }>()
  for (const sdl of sdls) {
    for (const definition of sdl.definitions) {
      if (!hasFields(definition)) continue
      const type = definition.name.value
      read(type, definition.directives)
      for (const field of definition.fields ?? []) read(`${type}.${field.name.value}`, field.directives)
    }
  }
  return hints

  function read(name: string, directives: readonly ConstDirectiveNode[] | undefined) {
    const hint = directives?.find((directive) => directive.name.value === 'cacheControl')
    if (!hint) return
    const value = (argument: string) => {
      const given = hint.arguments?.find((one) => one.name.value === argument)?.value
      return given && 'value' in given ? given.value : undefined
    }
    hints.set(name, { maxAge: Number(value('maxAge')), isPublic: value('scope') === 'PUBLIC' })
  }
}

function hasFields(node: DefinitionNode): node is FieldsNode {
  return fieldsKinds.has(node.kind)
}

type FieldsNode =
  | ObjectTypeDefinitionNode
  | ObjectTypeExtensionNode
  | InterfaceTypeDefinitionNode
  | InterfaceTypeExtensionNode

const fieldsKinds = new Set<Kind>([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_EXTENSION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_EXTENSION,
])

/**
 * For how many seconds a shared cache may keep the answer to a query that somebody sends who is signed out; 0 when it must ask
 * anew each time whether the answer is still the same; null when it may not keep it at all. The shortest time of all that is
 * selected counts: a field's own hint, or that of its type. A root field without one may not be kept; an object without one is
 * to be asked for anew, since somebody may hide or delete it; anything else is as good as what it is in. One private part makes all
 * of it private.
 */
export function sharedMaxAge(
  schema: GraphQLSchema,
  document: DocumentNode,
  hints: CacheHints,
): number | null {
  const types = new TypeInfo(schema)
  let least = Number.POSITIVE_INFINITY
  let mayKeep = true
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition: ({ operation }) => {
        if (operation !== 'query') mayKeep = false
      },
      Field: ({ name }) => {
        if (name.value === '__typename') return
        const parent = types.getParentType()?.name ?? ''
        const output = getNamedType(types.getType())
        const hint = hints.get(`${parent}.${name.value}`) ?? hints.get(output?.name ?? '')
        if (hint ? !hint.isPublic : parent === schema.getQueryType()?.name) mayKeep = false
        if (hint) least = Math.min(least, hint.maxAge)
        else if (isCompositeType(output)) least = 0
      },
    }),
  )
  return mayKeep && Number.isFinite(least) ? least : null
}
