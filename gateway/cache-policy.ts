import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  Kind,
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
      if (
        definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
        definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
      )
        continue
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

/**
 * For how many seconds a shared cache may keep the answer to a query; 0 when it may not. The shortest time of all that is
 * selected counts: a field's own hint, or that of its type; a root field or an object without one may not be kept, anything
 * else is as good as what it is in. One private part makes all of it private.
 */
export function sharedMaxAge(schema: GraphQLSchema, document: DocumentNode, hints: CacheHints): number {
  const types = new TypeInfo(schema)
  let least = Number.POSITIVE_INFINITY
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition: ({ operation }) => {
        if (operation !== 'query') least = 0
      },
      Field: ({ name }) => {
        if (name.value === '__typename') return
        const parent = types.getParentType()?.name ?? ''
        const output = getNamedType(types.getType())
        const hint = hints.get(`${parent}.${name.value}`) ?? hints.get(output?.name ?? '')
        if (hint) least = Math.min(least, hint.isPublic ? hint.maxAge : 0)
        else if (isCompositeType(output) || parent === schema.getQueryType()?.name) least = 0
      },
    }),
  )
  return Number.isFinite(least) ? least : 0
}
