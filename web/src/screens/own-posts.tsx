import { usePages } from '../graph/use-pages.ts'
import { ArchivedPostsDocument, DraftsDocument } from '../operations.gen.ts'
import { CameraIcon } from '../parts/icons.tsx'
import { Empty } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Grid } from '../profile/grids.tsx'
import { Link } from '../router.tsx'

/** What is not published yet. */
export function DraftsScreen() {
  const pages = usePages(DraftsDocument, { first: 18 }, (data) => data.viewer?.drafts)
  return (
    <>
      <TopBar title="Drafts">
        <Link href="/archive" className="text-button">
          Archive
        </Link>
      </TopBar>
      <Grid pages={pages}>
        <Empty icon={<CameraIcon size={34} />} title="No drafts">
          <p className="muted">What you keep for later or schedule is here. Nobody else sees it.</p>
        </Empty>
      </Grid>
    </>
  )
}

/** What was published and put away. */
export function ArchiveScreen() {
  const pages = usePages(ArchivedPostsDocument, { first: 18 }, (data) => data.viewer?.archive)
  return (
    <>
      <TopBar title="Archive" back="/drafts" />
      <Grid pages={pages}>
        <Empty icon={<CameraIcon size={34} />} title="Nothing archived">
          <p className="muted">
            Put a post away without deleting it: nobody else sees it, and it can come back.
          </p>
        </Empty>
      </Grid>
    </>
  )
}
