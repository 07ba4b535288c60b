import { useQuery } from 'urql'
import { usePages } from '../graph/use-pages.ts'
import { ExploreDocument, type ExploreQuery, TrendsDocument } from '../operations.gen.ts'
import { CompassIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Tile } from '../profile/grids.tsx'
import { Link } from '../router.tsx'

/** What one may like by people whom one does not follow: hashtags of the day, and posts as a grid with some of them larger. */
export function Explore() {
  const pages = usePages(ExploreDocument, { first: 30, topic: null }, (data) => data.explore)
  if (!pages.nodes) return pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />
  return (
    <section aria-label="Explore">
      <Trends />
      {pages.nodes.length === 0 ? (
        <Empty icon={<CompassIcon size={34} />} title="Nothing to explore yet">
          <p className="muted">What others share and you may like appears here.</p>
        </Empty>
      ) : (
        <div className="grid explore">
          {pages.nodes.map((post, index) => (
            <ExploreTile key={post.id} post={post} index={index} />
          ))}
        </div>
      )}
      <LoadMore pages={pages} />
    </section>
  )
}

/** One of ten is larger, on the right and on the left in turn. */
function ExploreTile({ post, index }: { post: ExploreQuery['explore']['nodes'][number]; index: number }) {
  const place = index % 10
  return (
    <Tile
      post={post}
      large={place === 2 || place === 5 ? (place === 2 ? 'right' : 'left') : null}
      spot={{ surface: 'EXPLORE', position: index }}
    />
  )
}

function Trends() {
  const [{ data }] = useQuery({ query: TrendsDocument, variables: { first: 8 } })
  const known = new Map(
    [...(data?.trendingHashtags ?? []), ...(data?.suggestedHashtags ?? [])].map((tag) => [tag.id, tag]),
  )
  if (known.size === 0) return null
  return (
    <nav className="trends" aria-label="Hashtags">
      {[...known.values()].map(({ id, name }) => (
        <Link key={id} href={`/tags/${encodeURIComponent(name)}`} className="trend">
          #{name}
        </Link>
      ))}
    </nav>
  )
}
