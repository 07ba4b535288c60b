import type { MessageFieldsFragment } from '../operations.gen.ts'
import type { Attachment } from './encryption/content.ts'

/** A message as it is shown. */
export type ShownMessage = MessageFieldsFragment & {
  /** The file of an encrypted one. */
  readonly attachment?: Attachment
  /** The post that an encrypted one shares. */
  readonly sharedPostId?: string
  /** Why an encrypted one says nothing. */
  readonly note?: string
}

/** A message with what its neighbours say of how it is shown. */
export interface PlacedMessage {
  readonly message: ShownMessage
  /** A new day or a long silence before it: the time is shown above. */
  readonly startsTime: boolean
  /** The first of a run by one sender. */
  readonly startsRun: boolean
  /** The last of a run by one sender. */
  readonly endsRun: boolean
}

const silence = 60 * 60_000

/** Messages in the order of their sequence, each `clientMessageId` once: the numbered one wins over its copy that is on its way. */
export function placeMessages(messages: readonly ShownMessage[]): PlacedMessage[] {
  const byClientId = new Map<string, ShownMessage>()
  for (const message of messages.toSorted((a, b) => b.sequence - a.sequence))
    byClientId.set(`${message.sender?.id} ${message.clientMessageId}`, message)
  const sorted = [...byClientId.values()].sort((a, b) => a.sequence - b.sequence)
  return sorted.map((message, index) => {
    const before = sorted[index - 1]
    const after = sorted[index + 1]
    const startsTime = !before || Date.parse(message.sentAt) - Date.parse(before.sentAt) > silence
    const endsTime = after && Date.parse(after.sentAt) - Date.parse(message.sentAt) > silence
    return {
      message,
      startsTime,
      startsRun: startsTime || before?.sender?.id !== message.sender?.id,
      endsRun: !after || endsTime === true || after.sender?.id !== message.sender?.id,
    }
  })
}
