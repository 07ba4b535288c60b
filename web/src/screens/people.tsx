import { usePages } from '../graph/use-pages.ts'
import { FollowingDocument, FollowRequestsDocument } from '../operations.gen.ts'
import { FollowButton } from '../parts/follow-button.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { PersonRow } from '../parts/person.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { FindPerson } from '../profile/find-person.tsx'
import { useViewer } from '../session/viewer.tsx'
import { RequestRow } from './requests.tsx'

/** Finds people, answers those who ask, and lists those whom one follows. */
export function PeopleScreen() {
  const viewer = useViewer()
  const requests = usePages(FollowRequestsDocument, { first: 20 }, (data) => data.viewer?.followRequests)
  const following = usePages(
    FollowingDocument,
    { username: viewer?.username ?? '', first: 30 },
    (data) => data.user?.following,
    !viewer,
  )
  return (
    <div className="page">
      <TopBar title="People" back={null} />
      <section className="card">
        <h2 className="section-title">Find someone</h2>
        <FindPerson>
          {(user) => (
            <PersonRow user={user}>
              <FollowButton user={user} />
            </PersonRow>
          )}
        </FindPerson>
      </section>
      {requests.nodes && requests.nodes.length > 0 && (
        <section className="card">
          <h2 className="section-title">Wants to follow you</h2>
          {requests.nodes.map((user) => (
            <RequestRow key={user.id} user={user} />
          ))}
          <LoadMore pages={requests} />
        </section>
      )}
      {following.nodes && following.nodes.length > 0 && (
        <section className="card">
          <h2 className="section-title">You follow</h2>
          {following.nodes.map((user) => (
            <PersonRow key={user.id} user={user}>
              <FollowButton user={user} />
            </PersonRow>
          ))}
          <LoadMore pages={following} />
        </section>
      )}
    </div>
  )
}
