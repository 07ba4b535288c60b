// The encrypted conversations of one device: RFC 9420 by ts-mls, over this graph's delivery service. It keeps its keys and what
// it has decrypted in a key store; the server sees ciphertext alone.
import {
  EncryptedGroupDocument,
  GroupInfoDocument,
  ReplyToStoryDocument,
  ReportMessageDocument,
  type ReportReason,
  SendCiphertextDocument,
  TakeWelcomesDocument,
  UnsendMessageDocument,
} from '../../operations.gen.ts'
import { fromBase64, toBase64 } from './bytes.ts'
import { changedBy, isEditable, NotEditable } from './changes.ts'
import { type Content, sealContent } from './content.ts'
import { type Exclusively, NotTakingPart, Refused, type Request } from './delivery.ts'
import { backUp, enter, findDevice, registerDevice, removeDevice, replenish, restore } from './device.ts'
import {
  type Commit,
  commit,
  createGroup,
  createKeyPackage,
  decodeGroup,
  encodeGroup,
  encrypt,
  epochOf,
  type Group,
  isRemoved,
  joinExternally,
  membersOf,
} from './group.ts'
import { takeNews } from './history.ts'
import type { KeyStore } from './key-store.ts'
import { claimPackages, differenceOf, offer } from './membership.ts'
import {
  type DeviceRecord,
  type GroupRecord,
  groupKey,
  type MessageRecord,
  messageKey,
  messagePrefix,
  type SentRecord,
  sentKey,
  verifiedKey,
} from './records.ts'
import { safetyNumber } from './safety-number.ts'

export type Messenger = ReturnType<typeof createMessenger>

/** How often a race for an epoch is run again. */
const maxAttempts = 12
/** After so many messages a device renews its keys, so that whoever had stolen them is out again. */
const renewAfter = 100

const unknownGroup: GroupRecord = {
  state: null,
  since: 0,
  sequence: null,
  lost: false,
  sent: 0,
  next: null,
}

/** The encrypted conversations of this device; `request` asks as `userId`. */
export function createMessenger(deps: {
  userId: string
  store: KeyStore
  request: Request
  exclusively: Exclusively
}) {
  const { userId, store, request, exclusively } = deps
  const inTurn = <R>(conversationId: string, work: () => Promise<R>) =>
    exclusively(groupKey(conversationId), work)

  async function ownDevice(): Promise<DeviceRecord> {
    const device = await findDevice(deps)
    if (!device) throw new NotTakingPart('This device takes no part in encrypted conversations.')
    return device
  }

  const recordOf = async (conversationId: string) =>
    (await store.get<GroupRecord>(groupKey(conversationId))) ?? unknownGroup

  /** Takes welcomes and messages; what the server says of the conversation, and where this device stands then. */
  async function take(conversationId: string) {
    const device = await ownDevice()
    const { deviceId } = device
    const server = await request(EncryptedGroupDocument, { id: conversationId, deviceId })
    const { conversation } = server
    if (!conversation?.isEncrypted) throw new NotTakingPart('This conversation is not encrypted.')
    let record = await recordOf(conversationId)
    const welcomes = server.pendingWelcomes.filter((each) => each.conversationId === conversationId)
    for (const { id, epoch, welcome } of welcomes) {
      const entered = await enter(deps, fromBase64(welcome))
      // One that lets in to where it is already is of no use.
      const isNew = !record.state || record.lost || epoch > epochOf(decodeGroup(record.state))
      if (entered && isNew && epochOf(entered.group) === epoch) {
        record = { ...record, next: { epoch, state: encodeGroup(entered.group), commit: null } }
        const used = entered.isLastResort ? {} : { [entered.key]: undefined }
        await store.write({ [groupKey(conversationId)]: record, ...used })
      }
      await request(TakeWelcomesDocument, { input: { deviceId, welcomeIds: [id] } })
      if (entered) await replenish(deps, entered.isLastResort)
    }
    if (record.state || record.next) record = await takeNews(deps, device, conversationId, record)
    return { device, conversation, record }
  }

  /** A way in for a device that has none: it begins the group, or joins by its public state. */
  async function wayIn(device: DeviceRecord, conversationId: string, epoch: number): Promise<Commit | Group> {
    const own = await createKeyPackage(device, device.signing)
    if (epoch === 0) return createGroup(conversationId, own)
    const { conversation } = await request(GroupInfoDocument, { id: conversationId })
    if (!conversation?.groupInfo) throw new NotTakingPart('Nobody has let this device in yet.')
    return joinExternally(fromBase64(conversation.groupInfo), own)
  }

  /** Offers a commit; false when another one was first. */
  async function tryCommit(
    conversationId: string,
    record: GroupRecord,
    change: Commit,
    welcomeTo: readonly { userId: string; deviceId: string }[] = [],
  ): Promise<boolean> {
    const next = {
      epoch: epochOf(change.group),
      state: encodeGroup(change.group),
      commit: toBase64(change.commit),
    }
    // Kept before it is offered: when the answer is lost, the sequence of messages tells whether it has won.
    await store.write({ [groupKey(conversationId)]: { ...record, next } })
    try {
      await offer(request, conversationId, change, welcomeTo)
      return true
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      await store.write({ [groupKey(conversationId)]: { ...record, next: null } })
      if (error.code === 'CONFLICT') return false
      throw error
    }
  }

  /** Changes the group until it holds the devices that the conversation has now, or until `isDone`. */
  async function ready(
    conversationId: string,
    options: { isReading?: boolean; renew?: boolean } = {},
  ): Promise<{ group: Group; record: GroupRecord }> {
    let { renew = false } = options
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const { device, conversation, record } = await take(conversationId)
      const { members } = conversation
      const own = members.find(({ user }) => user?.id === userId)
      if (!own?.deviceIds.includes(device.deviceId))
        throw new NotTakingPart('This device was removed from the account.')
      let group = record.state && !record.lost ? decodeGroup(record.state) : null
      if (!group || isRemoved(group)) {
        const entry = await wayIn(device, conversationId, conversation.epoch ?? 0)
        if ('commit' in entry) {
          await tryCommit(conversationId, record, entry)
          continue
        }
        group = entry
      } else if (options.isReading) {
        return { group, record }
      }
      const { missing, strangers } = differenceOf(group, members)
      // Whom the server gives no package for waits for another time: the others can write meanwhile.
      const added = await claimPackages(request, missing).catch((error: unknown) => {
        if (error instanceof Refused) return []
        throw error
      })
      const isFirst = epochOf(group) === 0
      const isDue = renew || isFirst || record.sent >= renewAfter
      if (added.length === 0 && strangers.length === 0 && !isDue) return { group, record }
      const change = await commit(group, {
        add: added.map(({ keyPackage }) => keyPackage),
        remove: strangers,
      })
      const devices = added.map((each) => each.device)
      if (await tryCommit(conversationId, record, change, devices)) renew = false
    }
    throw new Error('Others change this group all the time. Try again.')
  }

  /** Encrypts a content for the group as it is, and keeps it for when it comes back. */
  async function prepare(
    conversationId: string,
    clientMessageId: string,
    content: Content,
    { group, record }: { group: Group; record: GroupRecord },
  ): Promise<SentRecord> {
    const key = sentKey(conversationId, clientMessageId)
    const epoch = epochOf(group)
    const before = await store.get<SentRecord>(key)
    // The same bytes again, as long as they can be sent: it may have arrived.
    if (before?.epoch === epoch) return before
    const sealed = await sealContent(content)
    const encrypted = await encrypt(group, sealed.plaintext)
    const { body, key: opening, commitment } = sealed
    const ciphertext = toBase64(encrypted.message)
    const sent: SentRecord = { content, body, key: opening, commitment, ciphertext, epoch }
    const state = encodeGroup(encrypted.group)
    // The key of this message is used up before anybody sees it.
    await store.write({
      [groupKey(conversationId)]: { ...record, state, sent: record.sent + 1 },
      [key]: sent,
    })
    return sent
  }

  /** Hands over what was encrypted: a message, or an answer to a story. Its id. */
  async function deliver(
    conversationId: string,
    clientMessageId: string,
    { content, ciphertext, commitment, epoch }: SentRecord,
    storyId: string | null,
  ): Promise<string | null> {
    const sealed = { clientMessageId, ciphertext, commitment, epoch }
    if (storyId !== null) {
      const { replyToStory } = await request(ReplyToStoryDocument, { input: { storyId, ...sealed } })
      return replyToStory.message?.id ?? null
    }
    const mediaId = content.attachment?.mediaId ?? null
    const input = { conversationId, ...sealed, mediaId, isChange: changedBy(content) !== null }
    const { sendMessage } = await request(SendCiphertextDocument, { input })
    return sendMessage.message?.id ?? null
  }

  /**
   * Sends a content, once for each `clientMessageId`; as an answer to a story of the other's, where one is named. The message's id.
   * Throws Refused and NotTakingPart.
   */
  const send = (
    conversationId: string,
    content: Content,
    clientMessageId: string = crypto.randomUUID(),
    storyId: string | null = null,
  ): Promise<string | null> =>
    inTurn(conversationId, async () => {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const at = await ready(conversationId)
        const sealed = await prepare(conversationId, clientMessageId, content, at)
        try {
          const messageId = await deliver(conversationId, clientMessageId, sealed, storyId)
          await take(conversationId)
          return messageId
        } catch (error) {
          // A commit came first: it is encrypted again for those who are in now.
          if (!(error instanceof Refused) || error.code !== 'CONFLICT') throw error
        }
      }
      throw new Error('Others change this group all the time. Try again.')
    })
  const readOf = async (messageId: string) => {
    const record = await store.get<MessageRecord>(messageKey(messageId))
    return record && 'content' in record ? record : null
  }

  return {
    /** This device; null while it takes no part. */
    device: () => findDevice(deps),
    register: (deviceName: string) => registerDevice(deps, userId, deviceName),
    remove: () => removeDevice(deps),
    /** Sees to it that others can bring this device in. */
    replenish: () => replenish(deps),
    backUp: (passphrase: string) => backUp(deps, passphrase),
    restore: (passphrase: string) => restore(deps, userId, passphrase),

    /** Takes what is new, and joins when this device is not in yet. Throws NotTakingPart. */
    sync: (conversationId: string) =>
      inTurn(conversationId, async () => {
        const { conversation, device } = await take(conversationId)
        const own = conversation.members.find(({ user }) => user?.id === userId)
        // Nobody has begun it, or this device has no place in it: then there is nothing to join.
        if (conversation.epoch === 0 || !own?.deviceIds.includes(device.deviceId)) return
        await ready(conversationId, { isReading: true })
        await take(conversationId)
      }),

    /** Brings the group into line with the conversation's members; `renew` gives this device new keys in any case. */
    reconcile: (conversationId: string, { renew = false } = {}) =>
      inTurn(conversationId, async () => void (await ready(conversationId, { renew }))),

    send,

    /** Says what its owner thinks of a message, by one emoji; null takes it back. Throws Refused and NotTakingPart. */
    react: (conversationId: string, messageId: string, emoji: string | null) =>
      send(conversationId, { reaction: { messageId, emoji } }),

    /**
     * Gives a message of its owner's another text; the others take it within 15 minutes. Throws NotEditable when they would not, Refused
     * and NotTakingPart.
     */
    async edit(conversationId: string, messageId: string, text: string): Promise<string | null> {
      const target = await readOf(messageId)
      if (!isEditable(target ?? undefined, { conversationId, senderId: userId, at: Date.now() }))
        throw new NotEditable('It cannot be changed any more.')
      return send(conversationId, { text, edits: messageId })
    },

    /** Takes a message of its owner's back for everyone, with all texts that it had. Throws Refused. */
    async unsend(messageId: string): Promise<void> {
      const edits = (await readOf(messageId))?.edits?.messageIds ?? []
      for (const id of [...edits, messageId])
        await request(UnsendMessageDocument, { input: { messageId: id } })
    },

    /** What messages say, of those that were taken. */
    async read(messageIds: readonly string[]): Promise<Map<string, MessageRecord>> {
      const read = new Map<string, MessageRecord>()
      for (const id of messageIds) {
        const record = await store.get<MessageRecord>(messageKey(id))
        if (record) read.set(id, record)
      }
      return read
    },

    /** Forgets messages that were taken back. */
    forget: (messageIds: readonly string[]) =>
      store.write(Object.fromEntries(messageIds.map((id) => [messageKey(id), undefined]))),

    /** Forgets messages whose time is over. */
    async forgetExpired(): Promise<void> {
      const records = await store.list<MessageRecord>(messagePrefix)
      const now = Date.now()
      const over = records.filter(
        ([, record]) => 'content' in record && record.expiresAt && Date.parse(record.expiresAt) <= now,
      )
      await store.write(Object.fromEntries(over.map(([key]) => [key, undefined])))
    },

    /** Reports a message, and opens it, what it was changed to, and others for whoever judges. */
    async report(
      messageId: string,
      said: { details?: string; reason?: ReportReason } = {},
      alongside: readonly string[] = [],
    ) {
      const openings: { messageId: string; content: string; key: string }[] = []
      // What it was changed to is in messages of its own.
      const edits = (await readOf(messageId))?.edits?.messageIds ?? []
      for (const id of new Set([messageId, ...edits, ...alongside])) {
        const record = await readOf(id)
        if (record)
          openings.push({ messageId: id, content: toBase64(record.body), key: toBase64(record.key) })
      }
      return request(ReportMessageDocument, { input: { messageId, ...said, openings } })
    },

    /** The devices in the group of a conversation, as far as this one knows; empty when it is not in. */
    async members(conversationId: string) {
      const { state } = await recordOf(conversationId)
      return state ? membersOf(decodeGroup(state)) : []
    },

    /** The number to compare with somebody, and whether it is the one that was compared before; null when he is not in. */
    async safety(conversationId: string, otherId: string) {
      const members = await this.members(conversationId)
      if (!members.some((member) => member.userId === otherId)) return null
      const number = safetyNumber(members, [userId, otherId])
      const verified = await store.get<string>(verifiedKey(conversationId, otherId))
      const state = verified === undefined ? 'UNVERIFIED' : verified === number ? 'VERIFIED' : 'CHANGED'
      return { number, state: state as 'UNVERIFIED' | 'VERIFIED' | 'CHANGED' }
    },

    /** Says that a number was compared and was the same. */
    verify: (conversationId: string, otherId: string, number: string) =>
      store.write({ [verifiedKey(conversationId, otherId)]: number }),
  }
}
