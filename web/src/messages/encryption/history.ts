// Taking what the server has delivered: commits move the group on, messages are decrypted, in the order of the sequence, each once.
import { EncryptedMessagesDocument, type EncryptedMessagesQuery } from '../../operations.gen.ts'
import { fromBase64 } from './bytes.ts'
import { changedBy, withChange } from './changes.ts'
import { openContent, Tampered } from './content.ts'
import type { Request } from './delivery.ts'
import { decodeGroup, encodeGroup, epochOf, epochOfMessage, type Group, open } from './group.ts'
import type { KeyStore } from './key-store.ts'
import {
  type DeviceRecord,
  type GroupRecord,
  groupKey,
  type MessageRecord,
  messageKey,
  type ReadRecord,
  type SentRecord,
  sentKey,
} from './records.ts'

type Delivered = NonNullable<EncryptedMessagesQuery['conversation']>['messages']['nodes'][number]

const pageSize = 100

/** What came after the last message that was taken, or from the commit on that lets this device in. */
async function fetchNews(
  request: Request,
  conversationId: string,
  { sequence, next }: GroupRecord,
): Promise<Delivered[]> {
  const news: Delivered[] = []
  let before: string | null = null
  for (;;) {
    const variables: { id: string; last: number; before: string | null } = {
      id: conversationId,
      last: pageSize,
      before,
    }
    const { conversation } = await request(EncryptedMessagesDocument, variables)
    const { nodes = [], pageInfo } = conversation?.messages ?? {}
    const isEntry = (node: Delivered) => node.kind === 'COMMIT' && node.epoch === next?.epoch
    const from =
      sequence === null ? nodes.findLastIndex(isEntry) : nodes.findIndex((node) => node.sequence > sequence)
    news.unshift(...(from === -1 ? (sequence === null ? nodes : []) : nodes.slice(from)))
    const reached = sequence === null ? from !== -1 : (nodes[0]?.sequence ?? 0) <= sequence + 1
    if (reached || !pageInfo?.hasPreviousPage) return sequence === null && from === -1 ? [] : news
    before = pageInfo.startCursor
  }
}

/** A group on its way through what was delivered. */
interface Walk {
  record: GroupRecord
  group: Group | null
}

function takeCommit({ record, group }: Walk, message: Delivered, opened: Group | null): Walk {
  const { next } = record
  const epoch = message.epoch ?? 0
  if (next?.epoch === epoch) {
    const isOurs = next.commit === null || next.commit === message.ciphertext
    if (isOurs) {
      const since = group && !record.lost ? record.since : epoch
      const fresh = { ...record, state: next.state, since, lost: false, next: null }
      return { record: next.commit === null ? fresh : { ...fresh, sent: 0 }, group: decodeGroup(next.state) }
    }
    record = { ...record, next: null }
  }
  if (!group || epoch <= epochOf(group)) return { record, group }
  return opened ? { record, group: opened } : { record: { ...record, lost: true }, group }
}

/** Takes what has been delivered for a conversation, and keeps it. The record as it is then. */
export async function takeNews(
  deps: { store: KeyStore; request: Request },
  device: DeviceRecord,
  conversationId: string,
  known: GroupRecord,
): Promise<GroupRecord> {
  const news = await fetchNews(deps.request, conversationId, known)
  let walk: Walk = { record: known, group: known.state && decodeGroup(known.state) }
  for (let i = 0; i < news.length; i += pageSize) {
    const changes: Record<string, unknown> = {}
    for (const message of news.slice(i, i + pageSize)) {
      if (message.kind === 'COMMIT') {
        const opened = await openCommit(walk, message)
        walk = takeCommit(walk, message, opened)
      } else if (message.kind === 'ENCRYPTED') {
        const taken = await takeMessage(deps.store, device, conversationId, walk, message)
        walk = { ...walk, group: taken.group }
        Object.assign(changes, taken.changes)
        Object.assign(changes, await changesBy(deps.store, message.id, changes))
      }
      walk = { ...walk, record: { ...walk.record, sequence: message.sequence } }
    }
    walk.record.state = walk.group && encodeGroup(walk.group)
    // The keys that were used go in the same step in which what they opened is kept.
    await deps.store.write({ ...changes, [groupKey(conversationId)]: walk.record })
  }
  return walk.record
}

/** What a message that was taken makes of an earlier one, which may be among those that are not kept yet. */
async function changesBy(
  store: KeyStore,
  messageId: string,
  taken: Readonly<Record<string, unknown>>,
): Promise<Record<string, ReadRecord>> {
  const record = taken[messageKey(messageId)] as MessageRecord | undefined
  const targetId = record && 'content' in record ? changedBy(record.content) : null
  if (!record || !('content' in record) || targetId === null) return {}
  const key = messageKey(targetId)
  const target = (taken[key] as MessageRecord | undefined) ?? (await store.get<MessageRecord>(key))
  const changed = withChange(target, messageId, record)
  return changed ? { [key]: changed } : {}
}

/** The group after somebody else's commit; null when it cannot be taken. */
async function openCommit({ record, group }: Walk, { epoch, ciphertext }: Delivered): Promise<Group | null> {
  const isNext = group && epoch === epochOf(group) + 1
  const isOwn = record.next !== null && record.next.commit === ciphertext
  if (!isNext || !ciphertext || isOwn) return null
  try {
    const opened = await open(group, fromBase64(ciphertext))
    return opened.kind === 'commit' && epochOf(opened.group) === epoch ? opened.group : null
  } catch {
    return null
  }
}

async function takeMessage(
  store: KeyStore,
  device: DeviceRecord,
  conversationId: string,
  { record, group }: Walk,
  message: Delivered,
): Promise<{ group: Group | null; changes: Record<string, unknown> }> {
  const kept = (taken: MessageRecord) => ({ [messageKey(message.id)]: taken })
  const times = { sentAt: message.sentAt, expiresAt: message.expiresAt }
  const senderId = message.sender?.id
  if (senderId === device.userId) {
    const key = sentKey(conversationId, message.clientMessageId)
    const sent = await store.get<SentRecord>(key)
    if (sent?.ciphertext === message.ciphertext) {
      const { content, body, key: opening } = sent
      const said = { content, body, key: opening, senderId, deviceId: device.deviceId }
      return { group, changes: { ...kept({ conversationId, ...said, ...times }), [key]: undefined } }
    }
  }
  const bytes = message.ciphertext ? fromBase64(message.ciphertext) : null
  const epoch = bytes && epochOfMessage(bytes)
  const failed = (failure: 'TAMPERED' | 'BEFORE_JOINING' | 'MISSED') => ({
    group,
    changes: kept({ conversationId, failure }),
  })
  if (!group || (epoch !== null && epoch < record.since)) return failed('BEFORE_JOINING')
  if (epoch !== null && epoch > epochOf(group) && record.lost) return failed('MISSED')
  if (!bytes) return failed('TAMPERED')
  try {
    const opened = await open(group, bytes)
    // What the server says of the sender must be what he signed.
    if (opened.kind !== 'message' || opened.sender.userId !== senderId) throw new Tampered('By another one.')
    const { content, body, key } = await openContent(opened.plaintext, message.commitment ?? null)
    const { deviceId } = opened.sender
    const said = { content, body, key, senderId, deviceId }
    return { group: opened.group, changes: kept({ conversationId, ...said, ...times }) }
  } catch {
    return failed(record.lost ? 'MISSED' : 'TAMPERED')
  }
}
