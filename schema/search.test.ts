import { buildSchema, type GraphQLOutputType, getNamedType, isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { readSchemaFile } from './sdl.ts'

const query = buildSchema(readSchemaFile('api.graphql')).getQueryType()?.getFields()

/** What an answer of this type holds, as far as it is the list and not what is in it. */
function partsOf(type: GraphQLOutputType | undefined, path: string): string[] {
  const named = type && getNamedType(type)
  if (!isObjectType(named)) return [`${path}: ${named}`]
  return Object.values(named.getFields()).flatMap((field) => partsOf(field.type, `${path}.${field.name}`))
}

test('search answers what it found and where the page ends; no count and no facet, which would hold what is hidden (V1, V11)', () => {
  expect(partsOf(query?.search?.type, 'search').sort()).toEqual([
    'search.edges.cursor: String',
    'search.edges.node: SearchResult',
    'search.nodes: SearchResult',
    'search.pageInfo.endCursor: String',
    'search.pageInfo.hasNextPage: Boolean',
    'search.pageInfo.hasPreviousPage: Boolean',
    'search.pageInfo.startCursor: String',
  ])
  expect(partsOf(query?.searchSuggestions?.type, 'searchSuggestions')).toEqual([
    'searchSuggestions: SearchResult',
  ])
})
