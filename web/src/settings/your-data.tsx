import { type FormEvent, useEffect, useState } from 'react'
import { useClient, useQuery } from 'urql'
import { describeError, useAction } from '../graph/use-action.ts'
import { DataExportsDocument, DataExportUrlsDocument, RequestDataExportDocument } from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { showToast } from '../parts/toast.tsx'
import { OwnerProof, proofIn } from './owner-proof.tsx'

/** How often it is looked whether a copy is ready. */
const lookAgainMs = 2_000

/** Copies of all that is kept of the viewer. */
export function YourData() {
  const client = useClient()
  const [open, setOpen] = useState(false)
  const [{ data }, refresh] = useQuery({ query: DataExportsDocument, requestPolicy: 'cache-and-network' })
  const copies = data?.viewer?.dataExports ?? []
  const making = copies.some(({ status }) => status === 'PENDING')
  useEffect(() => {
    if (!making) return
    const timer = setInterval(() => refresh({ requestPolicy: 'network-only' }), lookAgainMs)
    return () => clearInterval(timer)
  }, [making, refresh])

  // An address is good for five minutes, so it is asked for when it is wanted.
  const download = async (id: string) => {
    const result = await client
      .query(DataExportUrlsDocument, {}, { requestPolicy: 'network-only' })
      .toPromise()
    const url = result.data?.viewer?.dataExports.find((copy) => copy.id === id)?.url
    if (url) location.assign(url)
    else showToast(describeError(result.error), 'error')
  }

  return (
    <section className="card settings-card">
      <h2 className="section-title">Your data</h2>
      <p className="muted">
        A copy of all that is kept of you, as one file: posts, pictures, comments, messages, settings. It
        takes some minutes; a mail tells when it is ready, and for seven days you can fetch it here.
      </p>
      <ul className="sessions">
        {copies.map(({ id, status, requestedAt, byteSize }) => (
          <li key={id}>
            <span>{new Date(requestedAt).toLocaleDateString(undefined, { dateStyle: 'long' })}</span>
            {status === 'READY' ? (
              <button type="button" className="text-button" onClick={() => download(id)}>
                Download ({megabytes(byteSize ?? 0)})
              </button>
            ) : (
              <span className="here" role="status">
                Being made…
              </span>
            )}
          </li>
        ))}
      </ul>
      <button type="button" className="button" disabled={making} onClick={() => setOpen(true)}>
        Download your data
      </button>
      {open && <RequestDialog onClose={() => setOpen(false)} />}
    </section>
  )
}

const megabytes = (bytes: number) => `${Math.max(0.1, bytes / 1_000_000).toFixed(1)} MB`

function RequestDialog({ onClose }: { onClose: () => void }) {
  const [request, busy] = useAction(RequestDataExportDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!(await request(proofIn(event.currentTarget)))) return
    showToast('Your copy is being made.')
    onClose()
  }
  return (
    <Dialog title="Download your data" onClose={onClose}>
      <form className="form dialog-form" onSubmit={submit}>
        <p>So that nobody else takes a copy, say who you are once more.</p>
        <OwnerProof />
        <button type="submit" className="button button-primary form-end" disabled={busy}>
          Make a copy
        </button>
      </form>
    </Dialog>
  )
}
