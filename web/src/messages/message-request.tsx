import { useAction } from '../graph/use-action.ts'
import { AcceptMessageRequestDocument, DeclineMessageRequestDocument } from '../operations.gen.ts'
import { navigate } from '../router.tsx'

/** A stranger's conversation waits for an answer before one can write. */
export function MessageRequest({ conversationId, name }: { conversationId: string; name: string }) {
  const [accept, accepting] = useAction(AcceptMessageRequestDocument)
  const [decline, declining] = useAction(DeclineMessageRequestDocument)
  const busy = accepting || declining
  return (
    <div className="message-request">
      <p>
        <strong>{name}</strong> wants to write to you. They see that you read it only when you accept.
      </p>
      <div className="button-row">
        <button
          type="button"
          className="button danger"
          disabled={busy}
          onClick={async () =>
            (await decline({ conversationId })) && navigate('/messages', { replace: true })
          }
        >
          Delete
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={busy}
          onClick={() => accept({ conversationId })}
        >
          Accept
        </button>
      </div>
    </div>
  )
}
