import { useSubscription } from 'urql'
import { previewOf } from './messages/message-text.ts'
import {
  ConversationChangedDocument,
  MessageReceivedDocument,
  type MessageReceivedSubscription,
  NotificationReceivedDocument,
  type NotificationReceivedSubscription,
} from './operations.gen.ts'
import { showToast } from './parts/toast.tsx'
import { describeNotification, notificationHref } from './screens/notification-text.ts'
import { useViewer } from './session/viewer.tsx'

/** Listens to what concerns the viewer wherever he is. The cache takes the events in; what he does not see happen is said by a toast. */
export function LiveEvents({ path }: { path: string }) {
  const viewer = useViewer()

  useSubscription(
    { query: NotificationReceivedDocument },
    (_previous: NotificationReceivedSubscription | undefined, data) => {
      const notification = data.notificationReceived?.notification
      if (notification && !notification.readAt && path !== '/activity') {
        const { names, verb } = describeNotification(notification)
        showToast(`${names.join(' and ')} ${verb}`, 'info', notificationHref(notification))
      }
      return data
    },
  )

  useSubscription(
    { query: MessageReceivedDocument, variables: {} },
    (_previous: MessageReceivedSubscription | undefined, data) => {
      const { message, conversation } = data.messageReceived ?? {}
      const fromOther = message?.sender && message.sender.id !== viewer?.id
      if (fromOther && conversation && !path.startsWith('/messages'))
        showToast(
          `${message.sender?.username}: ${previewOf(message)}`,
          'info',
          `/messages/${conversation.id}`,
        )
      return data
    },
  )
  // The cache takes in what it brings.
  useSubscription({ query: ConversationChangedDocument, variables: {} })
  return null
}
