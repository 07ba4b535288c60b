import { useEffect, useMemo, useState } from 'react'
import type { MessageFieldsFragment } from '../operations.gen.ts'
import type { Messenger } from './encryption/messenger.ts'
import type { Failure, MessageRecord, ReadRecord } from './encryption/records.ts'
import { isOver } from './message-text.ts'
import type { ShownMessage } from './thread-layout.ts'

const reasons: Readonly<Record<Failure, string>> = {
  TAMPERED: 'This message was changed on its way, and is not shown.',
  BEFORE_JOINING: 'Sent before this device took part.',
  MISSED: 'This device missed the keys of this message.',
}

/**
 * Messages as they read: those of an encrypted conversation decrypted and as later ones changed them, which are left out like its
 * commits.
 *
 * @param messenger undefined where nothing is encrypted, or nothing can be decrypted
 */
export function useDecrypted(
  conversationId: string,
  messages: readonly MessageFieldsFragment[],
  messenger: Messenger | undefined,
): readonly ShownMessage[] {
  const [records, setRecords] = useState<ReadonlyMap<string, MessageRecord>>(new Map())
  const encrypted = messages.filter(({ kind }) => kind === 'ENCRYPTED' || kind === 'COMMIT')
  const identity = encrypted.map(({ id }) => id).join()
  const gone = messages.filter((message) => message.kind === 'UNSENT' || isOver(message, Date.now()))
  const goneIdentity = gone.map(({ id }) => id).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: which messages there are is in their identity
  useEffect(() => {
    if (!messenger || encrypted.length === 0) return
    let current = true
    const read = async () => {
      const known = await messenger.read(encrypted.map(({ id }) => id))
      if (current) setRecords(known)
    }
    // What was read before shows at once, whatever becomes of the rest.
    void read()
      .then(() => messenger.sync(conversationId))
      // Each message says for itself that it could not be read; the next one tries again.
      .catch(() => {})
      .then(read)
    return () => {
      current = false
    }
  }, [messenger, conversationId, identity])
  // biome-ignore lint/correctness/useExhaustiveDependencies: which messages there are is in their identity
  useEffect(() => {
    if (messenger && gone.length > 0) void messenger.forget(gone.map(({ id }) => id))
  }, [messenger, goneIdentity])

  return useMemo(
    () =>
      messages
        .filter(({ kind, isChange }) => kind !== 'COMMIT' && !isChange)
        .map((message) => (message.kind === 'ENCRYPTED' ? decrypted(message, messages, records) : message)),
    [messages, records],
  )
}

function decrypted(
  message: MessageFieldsFragment,
  messages: readonly MessageFieldsFragment[],
  records: ReadonlyMap<string, MessageRecord>,
): ShownMessage {
  const record = records.get(message.id)
  if (!record) return { ...message, note: 'Encrypted' }
  if ('failure' in record) return { ...message, note: reasons[record.failure] }
  const { replyToId, attachment, sharedPostId } = record.content
  const original = messages.find(({ id }) => id === replyToId)
  const quoted = replyToId === undefined ? undefined : records.get(replyToId)
  const quotedText = quoted && 'content' in quoted ? textOf(quoted) : null
  return {
    ...message,
    text: textOf(record),
    editedAt: record.edits?.at ?? null,
    reactions: (record.reactions ?? []).map(({ userId, emoji }) => ({ emoji, user: { id: userId } })),
    replyTo: original ? { id: original.id, text: quotedText, sender: original.sender } : null,
    ...(attachment ? { attachment } : {}),
    ...(sharedPostId ? { sharedPostId } : {}),
  } as ShownMessage
}

const textOf = ({ content, edits }: ReadRecord) => edits?.text ?? content.text ?? null
