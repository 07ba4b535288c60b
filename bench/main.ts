// `npm run bench [figure…]`: measures the figures, prints them, and writes RESULTS.md when all were measured.
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compare, type Figure, type Outcome } from './figure.ts'
import { markdown, textTable } from './report.ts'

/** Each opens a figure on a stack that closes what it opened. */
const figures: Record<string, (stack: AsyncDisposableStack) => Promise<Figure>> = {
  'home-feed': async (stack) => (await import('./home-feed.ts')).homeFeed(stack),
  'fan-out': async (stack) => (await import('./fan-out.ts')).fanOut(stack),
  'like-to-socket': async (stack) => (await import('./like-to-socket.ts')).likeToSocket(stack),
  'gateway-hive': async (stack) => (await import('./gateway-remote.ts')).gatewayRemote(stack, 'hive'),
  'gateway-apollo': async (stack) => (await import('./gateway-remote.ts')).gatewayRemote(stack, 'apollo'),
  'live-delivery': async (stack) => (await import('./live-delivery.ts')).liveDelivery(stack),
  'live-scopes': async (stack) => (await import('./live-delivery.ts')).liveScopes(stack),
  'gateway-local': async (stack) => (await import('./gateway-local.ts')).gatewayLocal(stack),
  'messages-durable': async (stack) => (await import('./messages.ts')).messagesDurable(stack),
  'message-history': async (stack) => (await import('./messages.ts')).messageHistory(stack),
  'likes-durable': async (stack) => (await import('./likes.ts')).likesDurable(stack),
  'likes-hot': async (stack) => (await import('./likes.ts')).likesHot(stack),
  'likes-viral': async (stack) => (await import('./likes.ts')).likesViral(stack),
  'warehouse-rollup': async (stack) => (await import('./warehouse.ts')).warehouseRollup(stack),
  'encryption-send': async () => (await import('./encryption.ts')).encryptionSend(),
  'encryption-add': async () => (await import('./encryption.ts')).encryptionAdd(),
  'relations-warm': async (stack) => (await import('./relations.ts')).relations(stack, 'warm'),
  'relations-cold': async (stack) => (await import('./relations.ts')).relations(stack, 'cold'),
  'followers-100k': async (stack) => (await import('./followers.ts')).followers(stack, 100_000),
  'followers-1m': async (stack) => (await import('./followers.ts')).followers(stack, 1_000_000),
  'search-embedded': async () => (await import('./search.ts')).embeddedSearch(),
  'media-images': async (stack) => (await import('./media.ts')).mediaImages(stack),
  'media-first': async (stack) => (await import('./media.ts')).mediaFirst(stack),
  'media-ladder': async (stack) => (await import('./media.ts')).mediaLadder(stack),
  'media-passthrough': async (stack) => (await import('./media.ts')).mediaPassthrough(stack),
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(figures, name))
if (unknown.length > 0) {
  console.error(`There is no figure "${unknown[0]}". There are: ${Object.keys(figures).join(', ')}.`)
  process.exit(1)
}

const outcomes: Outcome[] = []
for (const [name, open] of Object.entries(figures)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.error(`${name} …`)
  await using stack = new AsyncDisposableStack()
  outcomes.push(await compare(await open(stack)))
}
console.log(textTable(outcomes))
if (asked.length === 0) {
  await writeFile(fileURLToPath(new URL('RESULTS.md', import.meta.url)), markdown(outcomes, new Date()))
}
// Not reaching an aim is no failure of the bench: the figures vary with the machine.
