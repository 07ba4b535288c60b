// Commits to the group of an encrypted conversation: one of those who race for an epoch wins, the others come again (E4).
// A commit stands among the messages, so that everyone meets both in one order.
import { boundedList } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { Store } from '../store.ts'
import { type GroupDeps, inConversation } from './groups.ts'
import { bytesOf, readDeviceId } from './keys.ts'
import { hearersOf, memberOf } from './participation.ts'

const maxCommitChars = 1_400_000
const maxWelcomes = 2_500

/**
 * Commits a change of the group after an epoch, and keeps the welcome for the devices that it brings in. Answers the
 * conversation's id. Throws NOT_FOUND, INVALID, TOO_LONG, TOO_MANY, and CONFLICT when another commit came first.
 */
export async function sendGroupCommit(
  deps: GroupDeps & Pick<Store, 'advanceEpoch' | 'saveGroupInfo' | 'insertWelcome'>,
  viewerId: string,
  input: {
    conversationId: string
    epoch?: number | null | undefined
    commit?: string | null | undefined
    welcome?: string | null | undefined
    welcomeTo?: readonly { userId: string; deviceId: string }[] | null | undefined
    groupInfo?: string | null | undefined
  },
): Promise<string> {
  const { conversationId } = input
  const epoch = input.epoch ?? 0
  const commit = bytesOf(input.commit ?? '', 'commit', maxCommitChars)
  const welcome = input.welcome ? bytesOf(input.welcome, 'welcome', maxCommitChars) : null
  const groupInfo = input.groupInfo ? bytesOf(input.groupInfo, 'groupInfo', maxCommitChars) : null
  const welcomeTo = boundedList(input.welcomeTo ?? [], { field: 'welcomeTo', max: maxWelcomes })
  for (const { deviceId } of welcomeTo) readDeviceId(deviceId)
  if ((welcome === null) !== (welcomeTo.length === 0)) {
    throw new AppError('INVALID', 'A welcome says which devices it is for.', {
      field: ['input', 'welcomeTo'],
    })
  }
  return inConversation(deps, conversationId, async (conversation, _own, tx) => {
    if (conversation.epoch === undefined) {
      throw new AppError('CONFLICT', 'This conversation is not encrypted.', {
        field: ['input', 'conversationId'],
      })
    }
    if (!welcomeTo.every(({ userId }) => memberOf(conversation, userId))) {
      throw notFound(['input', 'welcomeTo'])
    }
    if (!(await deps.advanceEpoch(conversationId, epoch, tx.session))) {
      throw new AppError('CONFLICT', 'Another commit came first: take it, and commit again.', {
        field: ['input', 'epoch'],
      })
    }
    await deps.saveGroupInfo({ _id: conversationId, data: groupInfo }, tx.session)
    const _id = newId('message')
    const sentAt = deps.now()
    const row = await deps.advanceQuietly(conversationId, { id: _id, sentAt }, tx.session)
    if (!row) throw notFound(['input', 'conversationId'])
    const { lastSequence: sequence } = row
    await deps.insertMessage(
      {
        _id,
        conversationId,
        sequence,
        senderId: viewerId,
        clientMessageId: _id,
        text: null,
        sharedPostId: null,
        ciphertext: commit,
        epoch: epoch + 1,
        quiet: true,
        sentAt,
      },
      tx.session,
    )
    if (welcome !== null) {
      const to = welcomeTo.map(({ userId, deviceId }) => `${userId}:${deviceId}`)
      const row = {
        _id: newId('key'),
        conversationId,
        to,
        epoch: epoch + 1,
        data: welcome,
        createdAt: sentAt,
      }
      await deps.insertWelcome(row, tx.session)
    }
    // Whoever is brought in must hear of it though no message has reached him yet.
    const memberIds = [...new Set([...hearersOf(row), ...welcomeTo.map(({ userId }) => userId)])]
    tx.emit('message.sent', {
      ...{ messageId: _id, conversationId, senderId: viewerId, sequence, memberIds },
      quiet: true,
    })
    tx.emit('conversation.changed', {
      conversationId,
      change: 'EPOCH',
      actorId: viewerId,
      messageId: _id,
      memberIds,
    })
    return conversationId
  })
}
