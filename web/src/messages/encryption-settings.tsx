import { type FormEvent, useEffect, useState } from 'react'
import { MessagingDevicesDocument, type MessagingDevicesQuery } from '../operations.gen.ts'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'
import { describeDevice } from '../settings/sessions.tsx'
import { request } from './encryption/browser.ts'
import type { Messenger } from './encryption/messenger.ts'
import { useMessenger } from './use-messenger.ts'

const problem = (error: unknown) => showToast(error instanceof Error ? error.message : 'It failed.', 'error')

/** Whether this browser takes part in encrypted conversations, with which other devices, and the backup of its keys. */
export function EncryptionSettings() {
  const { messenger, deviceId, refresh } = useMessenger()
  const [busy, setBusy] = useState(false)
  if (!messenger) return null
  const run = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true)
    await work().then(() => showToast(done), problem)
    setBusy(false)
    refresh()
  }
  const name = describeDevice(navigator.userAgent)
  return (
    <section className="card settings-card" aria-label="Encrypted messages">
      <h2 className="section-title">Encrypted messages</h2>
      <p className="muted">
        When everyone in a new conversation has this on, nobody but them can read it: not even we. The keys
        are in this browser alone.
      </p>
      {deviceId ? (
        <>
          <Devices deviceId={deviceId} />
          <Backup
            label="Back up keys and messages"
            action="Back up"
            busy={busy}
            onSubmit={(passphrase) => run(() => messenger.backUp(passphrase), 'Backed up.')}
          />
          <button
            type="button"
            className="button danger"
            disabled={busy}
            onClick={() => run(() => messenger.remove(), 'This browser takes no part any more.')}
          >
            Turn off, and forget all keys
          </button>
        </>
      ) : (
        <>
          <button
            type="button"
            className="button button-primary"
            disabled={busy}
            onClick={() => run(() => messenger.register(name), 'This browser takes part now.')}
          >
            Turn on in this browser
          </button>
          <Backup
            label="Or go on from a backup"
            action="Restore"
            busy={busy}
            onSubmit={(passphrase) => run(() => restore(messenger, passphrase), 'Restored.')}
          />
        </>
      )}
    </section>
  )
}

async function restore(messenger: Messenger, passphrase: string): Promise<void> {
  if (!(await messenger.restore(passphrase))) throw new Error('There is no backup.')
}

function Devices({ deviceId }: { deviceId: string }) {
  const [devices, setDevices] = useState<MessagingDevicesQuery['messagingDevices']>([])
  useEffect(() => {
    request(MessagingDevicesDocument, {}).then((data) => setDevices(data.messagingDevices), problem)
  }, [])
  return (
    <ul className="sessions">
      {devices.map(({ id, name, createdAt }) => (
        <li key={id}>
          <span className="ellipsis">{name ?? 'A device'}</span>
          {id === deviceId ? <span className="here">This device</span> : <Time at={createdAt} />}
        </li>
      ))}
    </ul>
  )
}

function Backup({
  label,
  action,
  busy,
  onSubmit,
}: {
  label: string
  action: string
  busy: boolean
  onSubmit: (passphrase: string) => void
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    onSubmit(String(new FormData(form).get('passphrase') ?? ''))
    form.reset()
  }
  return (
    <form className="form" onSubmit={submit}>
      <label className="field">
        <span>{label}: passphrase</span>
        <input name="passphrase" type="password" minLength={12} required autoComplete="off" />
      </label>
      <button type="submit" className="button form-end" disabled={busy}>
        {busy ? 'One moment…' : action}
      </button>
    </form>
  )
}
