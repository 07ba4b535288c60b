// Pages of the lists of accounts that belong to one person.
import type { FactModel } from '#platform/facts.ts'
import { type Cursors, fillPage, type PageArguments, pageOf, pageSize, type SortKey } from '#platform/page.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { FollowPage, ListedUser, UserPage } from '../model.ts'

/** The lists that only the viewer himself sees. */
type OwnListName =
  | 'followRequests'
  | 'blockedUsers'
  | 'mutedUsers'
  | 'mutedStoryUsers'
  | 'storiesHiddenFrom'
  | 'restrictedUsers'
  | 'closeFriends'
  | 'favorites'
type ListName = 'followers' | 'following' | OwnListName

interface Deps {
  store: {
    listUsers(
      list: ListName,
      userId: string,
      after: ListedUser | null,
      limit: number,
      now: Date,
    ): Promise<ListedUser[]>
    listFollowersAmong(
      userId: string,
      ids: readonly string[],
      after: ListedUser | null,
      limit: number,
    ): Promise<ListedUser[]>
  }
  loaders: { viewerFollowing(): Promise<string[]> }
  visibility: Visibility
  accounts: FactModel<AccountFacts>
  cursors: Cursors
  now: Date
}

/** A page of an account's followers or followings; null unless the viewer may see the account's content. */
export async function listFollows(
  deps: Deps,
  list: 'followers' | 'following',
  userId: string,
  page: PageArguments,
): Promise<FollowPage | null> {
  if (!(await deps.visibility.content(userId))) return null
  const found = await pageOfUsers(deps, list, userId, page, visibleToViewer(deps))
  return { ...found, list, userId }
}

/** A page of an account's followers whom the viewer follows; null when signed out and unless he may see its content. */
export async function listMutualFollowers(
  deps: Deps,
  userId: string,
  page: PageArguments,
): Promise<UserPage | null> {
  if (deps.visibility.viewerId === null || !(await deps.visibility.content(userId))) return null
  return pageOfUsers(deps, 'mutualFollowers', userId, page, visibleToViewer(deps))
}

/** A page of one of the viewer's own lists. */
export function listOwn(
  deps: Deps,
  list: OwnListName,
  viewerId: string,
  page: PageArguments,
): Promise<UserPage> {
  // Who is blocked is hidden everywhere else; here only accounts that are no longer in use are.
  const visible = list === 'blockedUsers' ? inUse(deps) : visibleToViewer(deps)
  return pageOfUsers(deps, list, viewerId, page, visible)
}

type Filter = (items: ListedUser[]) => Promise<ListedUser[]>

const visibleToViewer =
  (deps: Deps): Filter =>
  (items) =>
    deps.visibility.filterByAccount(items, (item) => item.otherId)

const inUse =
  (deps: Deps): Filter =>
  async (items) => {
    const accounts = await deps.accounts.get(items.map((item) => item.otherId))
    return items.filter((item) => accounts.get(item.otherId)?.status === 'ACTIVE')
  }

async function pageOfUsers(
  deps: Deps,
  list: ListName | 'mutualFollowers',
  userId: string,
  { first, after }: PageArguments,
  visible: Filter,
): Promise<UserPage> {
  const size = pageSize(first)
  const scope = { list: `${list}:${userId}`, viewerId: deps.visibility.viewerId }
  const key = deps.cursors.decode(scope, after)
  const start = key && { at: new Date(Number(key[0])), otherId: String(key[1]) }
  const { items, hasNextPage, last } = await fillPage<ListedUser>({
    size,
    read: async (previous, limit) =>
      list === 'mutualFollowers'
        ? deps.store.listFollowersAmong(
            userId,
            await deps.loaders.viewerFollowing(),
            previous ?? start,
            limit,
          )
        : deps.store.listUsers(list, userId, previous ?? start, limit, deps.now),
    visible,
  })
  const keyOf = ({ at, otherId }: ListedUser): SortKey => [at.getTime(), otherId]
  const edges = items.map(({ at, otherId }) => ({ at, otherId, node: { id: otherId } }))
  return pageOf(deps.cursors, scope, edges, {
    keyOf,
    hasNextPage,
    end: last && keyOf(last),
    hasPreviousPage: start !== null,
  })
}
