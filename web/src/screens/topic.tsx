import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import {
  FollowHashtagDocument,
  HashtagDocument,
  type HashtagHeadFragment,
  PlaceDocument,
  UnfollowHashtagDocument,
} from '../operations.gen.ts'
import { CameraIcon } from '../parts/icons.tsx'
import { Empty } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Grid } from '../profile/grids.tsx'
import { plural } from '../text/count.ts'

/** The posts that carry a hashtag. */
export function HashtagScreen({ name }: { name: string }) {
  const pages = usePages(HashtagDocument, { name, first: 18 }, (data) => data.hashtag?.posts)
  const hashtag = pages.data?.hashtag
  return (
    <>
      <TopBar title={`#${hashtag?.name ?? name}`}>{hashtag && <FollowHashtag hashtag={hashtag} />}</TopBar>
      {hashtag && <p className="muted topic-count">{plural(hashtag.postCount, 'post')}</p>}
      <Grid pages={pages}>
        <Empty icon={<CameraIcon size={34} />} title="No posts yet" />
      </Grid>
    </>
  )
}

function FollowHashtag({ hashtag: { id, name, viewerFollows } }: { hashtag: HashtagHeadFragment }) {
  const [follow, following] = useAction(FollowHashtagDocument)
  const [unfollow, unfollowing] = useAction(UnfollowHashtagDocument)
  const busy = following || unfollowing
  if (viewerFollows === null) return null
  return (
    <button
      type="button"
      className={`button button-small${viewerFollows ? '' : ' button-primary'}`}
      aria-label={viewerFollows ? `Stop following ${name}` : `Follow ${name}`}
      disabled={busy}
      onClick={() => (viewerFollows ? unfollow({ hashtagId: id }) : follow({ hashtagId: id }))}
    >
      {viewerFollows ? 'Following' : 'Follow'}
    </button>
  )
}

/** The posts that were made at a place. */
export function PlaceScreen({ id }: { id: string }) {
  const pages = usePages(PlaceDocument, { id, first: 18 }, (data) => data.place?.posts)
  const place = pages.data?.place
  return (
    <>
      <TopBar title={place?.name ?? 'Place'} />
      {place && <p className="muted topic-count">{plural(place.postCount, 'post')}</p>}
      <Grid pages={pages}>
        <Empty icon={<CameraIcon size={34} />} title="No posts yet" />
      </Grid>
    </>
  )
}
