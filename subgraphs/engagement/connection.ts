// The one shape of Engagement's lists: rows in keyset order, hidden ones dropped before the page is cut.
import { fillPage, type Page, type PageArguments, pageOf, pageSize, type SortKey } from '#platform/page.ts'
import type { Context } from './context.ts'

export interface List<T, E extends { node: unknown }> {
  /** Names the list in its cursors: the field, what it belongs to, its arguments. */
  name: string
  args: PageArguments
  /** Rows after a sort key, in order. */
  read(after: SortKey | null, limit: number): Promise<T[]>
  /** Those that the viewer may see, in order. */
  visible(rows: T[]): Promise<T[]>
  keyOf(row: T): SortKey
  edge(row: T): E
}

/** One page of a list. Throws BAD_USER_INPUT for a wrong size and BAD_CURSOR for a cursor from elsewhere. */
export async function connection<T, E extends { node: unknown }>(
  { cursors, viewer }: Pick<Context, 'cursors' | 'viewer'>,
  list: List<T, E>,
): Promise<Page<E['node'], Omit<E, 'node'>>> {
  const scope = { list: list.name, viewerId: viewer.userId }
  const size = pageSize(list.args.first)
  const start = cursors.decode(scope, list.args.after)
  const { items, hasNextPage, last } = await fillPage<T>({
    size,
    read: (previous, limit) => list.read(previous === null ? start : list.keyOf(previous), limit),
    visible: list.visible,
  })
  const edges = items.map((row) => ({ row, ...list.edge(row) }))
  const page = pageOf<E['node'], E & { row: T }>(cursors, scope, edges, {
    keyOf: (edge) => list.keyOf(edge.row),
    hasNextPage,
    end: last && list.keyOf(last),
    hasPreviousPage: start !== null,
  })
  return page as unknown as Page<E['node'], Omit<E, 'node'>>
}
