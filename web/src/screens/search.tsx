import { type FormEvent, useDeferredValue, useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import {
  ClearRecentSearchesDocument,
  RecentSearchesDocument,
  RemoveRecentSearchDocument,
  SearchDocument,
  type SearchFilter,
  type SearchQuery,
  SearchSuggestionsDocument,
  type SearchType,
} from '../operations.gen.ts'
import { CloseIcon, PlaceIcon, SearchIcon, TagIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { PersonRow, UserName } from '../parts/person.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Grid } from '../profile/grids.tsx'
import { Link, navigate } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { plural } from '../text/count.ts'
import { Explore } from './explore.tsx'
import { filterOf, mediaTypes, noFilters, times } from './search-filters.ts'

const tabs: readonly { type: SearchType | null; label: string }[] = [
  { type: null, label: 'All' },
  { type: 'USER', label: 'People' },
  { type: 'POST', label: 'Posts' },
  { type: 'HASHTAG', label: 'Hashtags' },
  { type: 'PLACE', label: 'Places' },
  { type: 'COMMENT', label: 'Comments' },
]

const hrefOf = (query: string) => `/search/${encodeURIComponent(query)}`

/** Looks for something: completes while one types, remembers what was looked for, and shows what was found. */
export function SearchScreen({ query = '' }: { query?: string }) {
  const viewer = useViewer()
  const [text, setText] = useState(query)
  const typed = useDeferredValue(text.trim())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim()) navigate(hrefOf(text.trim()))
  }
  return (
    <div className="page">
      <TopBar title="Search" back={null} />
      {/* biome-ignore lint/a11y/useSemanticElements: React does not know the element `search` in every version */}
      <form role="search" className="search-form" onSubmit={submit}>
        <label className="find-field">
          <SearchIcon size={20} />
          <input
            type="search"
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder="People, posts, places …"
            aria-label="Search"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
          />
        </label>
      </form>
      {typed === '' ? (
        <>
          <Recents />
          {viewer && <Explore />}
        </>
      ) : typed === query ? (
        <Results key={query} query={query} />
      ) : (
        <Suggestions prefix={typed} />
      )}
    </div>
  )
}

function Recents() {
  const [{ data }, read] = useQuery({ query: RecentSearchesDocument, requestPolicy: 'cache-and-network' })
  const [clear, clearing] = useAction(ClearRecentSearchesDocument)
  const [remove, removing] = useAction(RemoveRecentSearchDocument)
  const searches = data?.viewer?.recentSearches ?? []
  const again = () => read({ requestPolicy: 'network-only' })
  if (searches.length === 0) return null
  return (
    <section className="card" aria-labelledby="recents">
      <div className="search-head">
        <h2 id="recents" className="section-title">
          Recent
        </h2>
        <button
          type="button"
          className="text-button"
          disabled={clearing}
          onClick={() => clear({}).then(again)}
        >
          Clear all
        </button>
      </div>
      <ul className="search-list">
        {searches.map(({ query }) => (
          <li key={query} className="search-row">
            <Link href={hrefOf(query)} className="search-link ellipsis">
              {query}
            </Link>
            <button
              type="button"
              className="icon-button"
              aria-label={`Forget ${query}`}
              disabled={removing}
              onClick={() => remove({ query }).then(again)}
            >
              <CloseIcon size={18} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Suggestions({ prefix }: { prefix: string }) {
  const [{ data, stale }] = useQuery({
    query: SearchSuggestionsDocument,
    variables: { prefix, first: 8 },
  })
  const [shown, setShown] = useState(data?.searchSuggestions)
  // What was there stays until what comes next is there, so that nothing jumps while one types.
  useEffect(() => {
    if (data && !stale) setShown(data.searchSuggestions)
  }, [data, stale])
  return (
    <section className="card" aria-label="Suggestions">
      <p className="visually-hidden" role="status">
        {plural(shown?.length ?? 0, 'suggestion')}
      </p>
      <Link href={hrefOf(prefix)} className="search-link search-row">
        <SearchIcon size={20} /> <span className="ellipsis">Search for “{prefix}”</span>
      </Link>
      {shown?.map((found) => (
        <Found key={'id' in found ? found.id : found.__typename} found={found} />
      ))}
    </section>
  )
}

type FoundNode = SearchQuery['search']['nodes'][number]

function Results({ query }: { query: string }) {
  const [type, setType] = useState<SearchType | null>(null)
  const [filters, setFilters] = useState(noFilters)
  const filter = filterOf(type === null || type === 'POST' || type === 'COMMENT' ? filters : noFilters)
  return (
    <>
      <div className="tabs search-tabs" role="tablist" aria-label="What to show">
        {tabs.map((tab) => (
          <button
            key={tab.label}
            type="button"
            role="tab"
            className="tab"
            aria-selected={tab.type === type}
            onClick={() => setType(tab.type)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      {(type === null || type === 'POST' || type === 'COMMENT') && (
        <div className="search-filters">
          {type !== 'COMMENT' && (
            <Filter
              label="Kind"
              options={mediaTypes}
              value={filters.mediaType}
              onChange={(mediaType) => setFilters({ ...filters, mediaType })}
            />
          )}
          <Filter
            label="Time"
            options={times}
            value={filters.time}
            onChange={(time) => setFilters({ ...filters, time })}
          />
        </div>
      )}
      <ResultList key={`${type} ${JSON.stringify(filter)}`} query={query} type={type} filter={filter} />
    </>
  )
}

/** One thing to narrow by; marked while it does. */
function Filter<Value extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string
  options: Readonly<Record<Value, string>>
  value: Value
  onChange: (value: Value) => void
}) {
  return (
    <select
      className="search-filter"
      aria-label={label}
      data-chosen={value !== 'any'}
      value={value}
      onChange={(event) => onChange(event.target.value as Value)}
    >
      {Object.entries<string>(options).map(([name, text]) => (
        <option key={name} value={name}>
          {text}
        </option>
      ))}
    </select>
  )
}

function ResultList({
  query,
  type,
  filter,
}: {
  query: string
  type: SearchType | null
  filter: SearchFilter | null
}) {
  const pages = usePages(SearchDocument, { query, type, filter, first: 24 }, (data) => data.search)
  const { nodes } = pages
  if (!nodes) return pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />
  if (nodes.length === 0) {
    return (
      <Empty icon={<SearchIcon size={34} />} title="Nothing found">
        <p className="muted">Try other words, or fewer.</p>
      </Empty>
    )
  }
  const posts = nodes.filter((node) => node.__typename === 'Post')
  const others = nodes.filter((node) => node.__typename !== 'Post')
  return (
    <>
      {others.length > 0 && (
        <section className="card" aria-label="Results">
          {others.map((found) => (
            <Found key={found.id} found={found} />
          ))}
        </section>
      )}
      {posts.length > 0 && (
        <Grid pages={{ ...pages, nodes: posts, hasMore: false }}>
          <Empty title="No posts" />
        </Grid>
      )}
      <LoadMore pages={pages} />
    </>
  )
}

type Suggested =
  | Extract<FoundNode, { __typename: 'Hashtag' | 'Place' }>
  | { readonly __typename: 'Comment' | 'Post' }

/** One thing that was found, as a row that leads to it. */
function Found({
  found,
}: {
  found:
    | FoundNode
    | Suggested
    | { readonly __typename: 'User'; id: string; username: string; displayName: string | null }
}) {
  switch (found.__typename) {
    case 'User':
      return <PersonRow user={found as never} />
    case 'Hashtag':
      return (
        <Row
          href={`/tags/${encodeURIComponent(found.name)}`}
          icon={<TagIcon size={22} />}
          name={`#${found.name}`}
        >
          {plural(found.postCount, 'post')}
        </Row>
      )
    case 'Place':
      return (
        <Row href={`/places/${found.id}`} icon={<PlaceIcon size={22} />} name={found.name}>
          {plural(found.postCount, 'post')}
        </Row>
      )
    case 'Comment':
      return 'author' in found ? (
        <div className="person-row">
          <div className="person-text">
            <span>
              <UserName user={found.author} /> <Time at={found.createdAt} brief />
            </span>
            {found.post ? (
              <Link href={`/p/${found.post.id}`} className="search-comment">
                {found.text}
              </Link>
            ) : (
              <span>{found.text}</span>
            )}
          </div>
        </div>
      ) : null
    default:
      return null
  }
}

function Row({
  href,
  icon,
  name,
  children,
}: {
  href: string
  icon: React.ReactNode
  name: string
  children: React.ReactNode
}) {
  return (
    <Link href={href} className="person-row search-link">
      <span className="search-icon">{icon}</span>
      <span className="person-text">
        <span className="ellipsis">{name}</span>
        <span className="muted">{children}</span>
      </span>
    </Link>
  )
}
