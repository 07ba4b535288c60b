// What the resolvers of every noun share.
import type { Transact } from '#platform/mongo.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import type { Context } from '../context.ts'
import { isReadable, memberOf, ownConversation, ownMessage } from '../domain/participation.ts'
import type { ConversationRow, MessageRow } from '../model.ts'

/** What the rules of mutations work with. */
const writing = (context: Context, transact: Transact<'messaging'>) => ({
  ...context.store,
  transact,
  visibility: context.visibility,
  relations: context.relations,
  media: context.media,
  limits: context.limits,
  limited: context.limited,
  repeats: context.repeats,
  typing: context.typing,
  tell: context.tell,
  inTurn: context.inTurn,
  onSent: context.loaders.keep,
  now: context.now,
})

/** A conversation of the viewer's. */
export const conversationOf = (context: Context, id: string) =>
  ownConversation(context.loaders, context.visibility, id)

/** A message that is there for the viewer. */
export const messageOf = (context: Context, id: string) =>
  ownMessage(context.loaders, context.visibility, id, context.now())

/** Whether the viewer sees what a message says. */
export const readable = (context: Context, message: MessageRow) => isReadable(context.visibility, message)

/** The same after a write that changed what may have been loaded. */
function anew(context: Context): Context {
  context.loaders.conversations.clearAll()
  context.loaders.messages.clearAll()
  return context
}

/** Notes that a message reached a device of the viewer's, when that is news. */
export function noteDelivered(
  { viewer, noteDelivery }: Context,
  conversation: ConversationRow,
  message: MessageRow | undefined,
): void {
  const own = memberOf(conversation, viewer.userId)
  if (!own || !message || message.sequence <= (own.deliveredSequence ?? 0)) return
  const { _id: conversationId } = conversation
  noteDelivery({ conversationId, userId: own.userId, sequence: message.sequence, messageId: message._id })
}

interface Keyed {
  idempotencyKey?: string | null | undefined
}
type Rule<I, R> = (deps: ReturnType<typeof writing>, viewerId: string, input: I) => Promise<R>

/** A mutation that does what one rule says, and shows what became of it. */
export const doing =
  <I extends object, R, P extends object>(
    name: string,
    rule: Rule<I, R>,
    show: (result: R, context: Context) => P | Promise<P>,
  ) =>
  (_: object, { input }: { input: I & Keyed }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      (viewer, transact) => rule(writing(context, transact), viewer.userId, input),
      (result) => show(result, context),
    )

/** A mutation whose rule answers the id of a conversation. */
export const changingConversation = <I extends object>(name: string, rule: Rule<I, string>) =>
  doing(name, rule, async (id, context) => ({
    conversation: await conversationOf(anew(context), id),
  }))

/** A mutation whose rule answers the id of a message. */
export const changingMessage = <I extends object>(name: string, rule: Rule<I, string>) =>
  doing(name, rule, async (id, context) => ({
    message: await messageOf(anew(context), id),
  }))

/** A mutation whose rule sends a message and answers its id. What was sent is known. */
export const sendingMessage = <I extends object>(name: string, rule: Rule<I, string>) =>
  doing(name, rule, async (id, context) => ({ message: await messageOf(context, id) }))
