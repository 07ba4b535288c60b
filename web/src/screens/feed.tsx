import { Fragment, useEffect, useRef } from 'react'
import { useQuery } from 'urql'
import { usePages } from '../graph/use-pages.ts'
import { ConversationRow } from '../messages/conversation-row.tsx'
import { useConversations, useUnreadMessages } from '../messages/use-conversations.ts'
import { type FeedOrder, FollowRequestsDocument, HomeFeedDocument } from '../operations.gen.ts'
import { Wordmark } from '../parts/brand.tsx'
import { CameraIcon, HeartIcon, SendIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { PersonRow } from '../parts/person.tsx'
import { Segments } from '../parts/segments.tsx'
import { Empty, Failure } from '../parts/states.tsx'
import { CaughtUp } from '../post/caught-up.tsx'
import { caughtUpPlace, reasonWords } from '../post/feed-edges.ts'
import { feedOrders, useFeedOrder } from '../post/feed-order.ts'
import { usePending } from '../post/pending.ts'
import { PendingPost } from '../post/pending-post.tsx'
import { PostCard } from '../post/post-card.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { Badge } from '../shell.tsx'
import { StoryTray } from '../stories/tray.tsx'
import { RequestRow } from './requests.tsx'

/** The home feed, in the order that one chose. */
export function FeedScreen() {
  const [order, choose] = useFeedOrder()
  return (
    <div className="feed-layout">
      <FeedHeader />
      <h1 className="visually-hidden">Home</h1>
      <StoryTray />
      <div className="feed">
        <div className="feed-order">
          <Segments
            legend="Order of the feed"
            isPlain
            name="order"
            choices={feedOrders}
            chosen={order}
            onChoose={choose}
          />
        </div>
        <Feed key={order} order={order} />
      </div>
      <Aside />
    </div>
  )
}

function Feed({ order }: { order: FeedOrder }) {
  const pages = usePages(HomeFeedDocument, { first: 20, order }, (data) => data.homeFeed)
  const known = new Set(pages.nodes?.map(({ id }) => id))
  const edges = pages.data?.homeFeed.edges ?? []
  const reasons = new Map(
    edges.map(({ node, reason }) => [node.id, order === 'FAVORITES' ? null : reasonWords(reason)]),
  )
  const caughtUpBefore = edges[caughtUpPlace(edges)]?.node.id
  // Nobody is a favourite of his own.
  const pending = usePending().filter((id) => order !== 'FAVORITES' && !known.has(id))
  useRefreshOnReturn(pages.refresh)
  return (
    <>
      {pending.map((id) => (
        <PendingPost key={id} id={id} />
      ))}
      {pages.nodes?.map((post, index) => (
        <Fragment key={post.id}>
          {post.id === caughtUpBefore && <CaughtUp />}
          <PostCard
            post={post}
            reason={reasons.get(post.id) ?? null}
            eager={index < 2}
            spot={{ surface: 'HOME', position: index }}
          />
        </Fragment>
      ))}
      {!pages.nodes &&
        (pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <FeedSkeleton />)}
      {pages.nodes?.length === 0 &&
        pending.length === 0 &&
        (order === 'FAVORITES' ? <NoFavorites /> : <EmptyFeed />)}
      {pages.nodes &&
        pages.nodes.length > 0 &&
        !pages.hasMore &&
        (order !== 'RANKED' || caughtUpBefore ? (
          <p className="feed-end">You have seen it all.</p>
        ) : (
          <CaughtUp />
        ))}
      <LoadMore pages={pages} />
    </>
  )
}

/** Reads the feed again when one comes back to the page after a while. */
function useRefreshOnReturn(refresh: () => void): void {
  const leftAt = useRef(0)
  useEffect(() => {
    const change = () => {
      if (document.hidden) leftAt.current = Date.now()
      else if (leftAt.current > 0 && Date.now() - leftAt.current > 120_000) refresh()
    }
    document.addEventListener('visibilitychange', change)
    return () => document.removeEventListener('visibilitychange', change)
  }, [refresh])
}

function FeedHeader() {
  const unread = useUnreadMessages()
  return (
    <header className="top-bar phone-only">
      <Wordmark />
      <Link
        href="/messages"
        className="icon-button"
        aria-label={unread ? `Messages, ${unread} unread` : 'Messages'}
      >
        <span className="navigation-icon">
          <SendIcon size={25} />
          {unread > 0 && <Badge count={unread} />}
        </span>
      </Link>
    </header>
  )
}

function EmptyFeed() {
  return (
    <Empty icon={<CameraIcon size={34} />} title="Your feed is waiting">
      <p className="muted">Follow someone, or share a picture of your own: it appears here.</p>
      <div className="button-row">
        <Link href="/people" className="button button-primary">
          Find people
        </Link>
        <Link href="/new" className="button">
          Share a picture
        </Link>
      </div>
    </Empty>
  )
}

function NoFavorites() {
  return (
    <Empty icon={<HeartIcon size={34} />} title="Nothing by your favourites">
      <p className="muted">
        Make somebody whom you follow a favourite, in the menu of their profile: what they share appears here,
        the newest first.
      </p>
    </Empty>
  )
}

function FeedSkeleton() {
  return (
    <div role="status">
      <span className="visually-hidden">Loading</span>
      {[0, 1].map((index) => (
        <div key={index} className="post-card skeleton" aria-hidden="true">
          <div className="skeleton-head">
            <span className="skeleton-face" />
            <span className="skeleton-line" />
          </div>
          <span className="skeleton-picture" />
          <span className="skeleton-line" />
          <span className="skeleton-line short" />
        </div>
      ))}
    </div>
  )
}

/** What stands beside the feed where there is room. */
function Aside() {
  const viewer = useViewer()
  const [{ data }] = useQuery({ query: FollowRequestsDocument, variables: { first: 3 } })
  const conversations = useConversations().slice(0, 3)
  const requests = data?.viewer?.followRequests.nodes ?? []
  if (!viewer) return null
  return (
    <aside className="aside">
      <PersonRow user={viewer.user}>
        <Link href="/settings" className="text-button">
          Edit
        </Link>
      </PersonRow>
      {requests.length > 0 && (
        <section>
          <h2 className="aside-title">Wants to follow you</h2>
          {requests.map((user) => (
            <RequestRow key={user.id} user={user} />
          ))}
        </section>
      )}
      {conversations.length > 0 && (
        <section>
          <h2 className="aside-title">Messages</h2>
          {conversations.map((conversation) => (
            <ConversationRow
              key={conversation.id}
              conversation={conversation}
              current={false}
              faceSize={44}
            />
          ))}
        </section>
      )}
      <footer className="aside-foot">
        <Link href="/people">Find people</Link>
        <Link href="/new">Share</Link>
        <a href="/graphiql">GraphiQL</a>
      </footer>
    </aside>
  )
}
