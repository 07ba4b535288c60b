import type { Cache, Entity, FieldInfo } from '@urql/exchange-graphcache'

// Changes of the lists that the cache holds: each page of a connection is a link of its own.

type Parent = string

/** Pages of `parent.fieldName` whose arguments `matches` accepts. */
function pagesOf(
  cache: Cache,
  parent: Parent,
  fieldName: string,
  matches: (page: FieldInfo) => boolean,
): string[] {
  return cache
    .inspectFields(parent)
    .filter((field) => field.fieldName === fieldName && matches(field))
    .map((field) => cache.resolve(parent, field.fieldKey))
    .filter((page): page is string => typeof page === 'string')
}

function nodesOf(cache: Cache, page: string): string[] {
  const nodes = cache.resolve(page, 'nodes')
  return Array.isArray(nodes) ? nodes.filter((node): node is string => typeof node === 'string') : []
}

const isFirstPage = (page: FieldInfo) => !page.arguments?.after && !page.arguments?.before

/** Puts an entity before the others of a connection, or moves it there. */
export function prepend(
  cache: Cache,
  parent: Parent,
  fieldName: string,
  entity: Entity,
  matches = isFirstPage,
): void {
  const key = cache.keyOfEntity(entity)
  if (!key) return
  for (const page of pagesOf(cache, parent, fieldName, (field) => isFirstPage(field) && matches(field)))
    cache.link(page, 'nodes', [key, ...nodesOf(cache, page).filter((node) => node !== key)])
}

/** Puts an entity after the others of a connection's newest page, unless it is there. */
export function append(cache: Cache, parent: Parent, fieldName: string, entity: Entity): void {
  const key = cache.keyOfEntity(entity)
  if (!key) return
  for (const page of pagesOf(cache, parent, fieldName, isFirstPage)) {
    const nodes = nodesOf(cache, page)
    if (!nodes.includes(key)) cache.link(page, 'nodes', [...nodes, key])
  }
}

/** Takes an entity out of every page of a connection. */
export function remove(
  cache: Cache,
  parent: Parent,
  fieldName: string,
  entity: Entity,
  matches: (page: FieldInfo) => boolean = () => true,
): void {
  const key = cache.keyOfEntity(entity)
  for (const page of pagesOf(cache, parent, fieldName, matches)) {
    const nodes = nodesOf(cache, page)
    if (key && nodes.includes(key))
      cache.link(
        page,
        'nodes',
        nodes.filter((node) => node !== key),
      )
  }
}

/** Forgets every page of a connection, or those whose arguments `matches` accepts: the next look asks the server. */
export function forget(
  cache: Cache,
  parent: Parent,
  fieldName: string,
  matches: (page: FieldInfo) => boolean = () => true,
): void {
  for (const field of cache.inspectFields(parent))
    if (field.fieldName === fieldName && matches(field))
      cache.invalidate(parent, fieldName, field.arguments ?? undefined)
}
