// `npm run bench [-- figure…]`: measures the figures, prints each with its ratio and the machine's load, and puts them into
// results.json and RESULTS.md, where the others stay as they were.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compare, type Figure, NotPossible } from './figure.ts'
import { aimsOf, describeMachine, type Entry, loadNow, markdown, textTable } from './report.ts'
import { isFull } from './size.ts'

/** Each opens a figure on a stack that closes what it opened. */
const figures: Record<string, (stack: AsyncDisposableStack) => Promise<Figure>> = {
  'home-feed': async (stack) => (await import('./home-feed.ts')).homeFeed(stack),
  'home-feed-appview': async (stack) =>
    (await import('./home-feed-appview.ts')).homeFeedAppView(stack, 'busy'),
  'home-feed-appview-alone': async (stack) =>
    (await import('./home-feed-appview.ts')).homeFeedAppView(stack, 'alone'),
  'fan-out': async (stack) => (await import('./fan-out.ts')).fanOut(stack),
  'fan-out-lag': async (stack) => (await import('./fan-out-lag.ts')).fanOutLag(stack),
  celebrity: async (stack) => (await import('./celebrity.ts')).celebrity(stack),
  'like-to-socket': async (stack) => (await import('./like-to-socket.ts')).likeToSocket(stack),
  'gateway-hive': async (stack) => (await import('./gateway-remote.ts')).gatewayRemote(stack, 'hive'),
  'gateway-apollo': async (stack) => (await import('./gateway-remote.ts')).gatewayRemote(stack, 'apollo'),
  'live-delivery': async (stack) => (await import('./live-delivery.ts')).liveDelivery(stack),
  'live-scopes': async (stack) => (await import('./live-delivery.ts')).liveScopes(stack),
  'gateway-local': async (stack) => (await import('./gateway-local.ts')).gatewayLocal(stack),
  'messages-durable': async (stack) => (await import('./messages.ts')).messagesDurable(stack),
  'message-to-socket': async (stack) => (await import('./messages-live.ts')).messageToSocket(stack),
  'message-history': async (stack) => (await import('./messages.ts')).messageHistory(stack),
  'likes-durable': async (stack) => (await import('./likes.ts')).likesDurable(stack),
  'likes-hot': async (stack) => (await import('./likes.ts')).likesHot(stack),
  'likes-viral': async (stack) => (await import('./likes.ts')).likesViral(stack),
  'mixed-social': async (stack) => (await import('./mixed.ts')).mixed(stack, 'social'),
  'mixed-reads': async (stack) => (await import('./mixed.ts')).mixed(stack, 'reads'),
  'mixed-photos': async (stack) => (await import('./mixed.ts')).mixed(stack, 'photos'),
  growth: async (stack) => (await import('./growth.ts')).growth(stack),
  'warehouse-rollup': async (stack) => (await import('./warehouse.ts')).warehouseRollup(stack),
  'encryption-send': async () => (await import('./encryption.ts')).encryptionSend(),
  'encryption-add': async () => (await import('./encryption.ts')).encryptionAdd(),
  'relations-warm': async (stack) => (await import('./relations.ts')).relations(stack, 'warm'),
  'relations-cold': async (stack) => (await import('./relations.ts')).relations(stack, 'cold'),
  'followers-100k': async (stack) => (await import('./followers.ts')).followers(stack, 100_000),
  'followers-1m': async (stack) => (await import('./followers.ts')).followers(stack, 1_000_000),
  'search-embedded': async () => (await import('./search.ts')).embeddedSearch(),
  'search-opensearch': async (stack) => (await import('./search.ts')).openSearch(stack),
  'media-images': async (stack) => (await import('./media.ts')).mediaImages(stack),
  'media-bytes': async (stack) => (await import('./media.ts')).mediaBytes(stack),
  'media-first': async (stack) => (await import('./media.ts')).mediaFirst(stack),
  'media-ladder': async (stack) => (await import('./media.ts')).mediaLadder(stack),
  'media-passthrough': async (stack) => (await import('./media.ts')).mediaPassthrough(stack),
  'api-while-transcoding': async (stack) =>
    (await import('./transcoding-load.ts')).apiWhileTranscoding(stack),
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(figures, name))
if (unknown.length > 0) {
  console.error(`There is no figure "${unknown[0]}". There are: ${Object.keys(figures).join(', ')}.`)
  process.exit(1)
}

const machine = describeMachine()
console.error(`${machine}; load ${loadNow().toFixed(2)}`)
const measured = new Map<string, Entry>()
const failures: string[] = []
for (const [name, open] of Object.entries(figures)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const before = loadNow()
  try {
    await using stack = new AsyncDisposableStack()
    const outcome = await compare(await open(stack))
    const entry = { outcome, day: today(), machine, load: [before, loadNow()] as [number, number] }
    measured.set(name, entry)
    console.error(lineOf(entry))
  } catch (error) {
    if (error instanceof NotPossible) {
      console.error(`${name} skipped: ${error.message}`)
      continue
    }
    // The others are worth having.
    failures.push(name)
    console.error(`${name} failed: ${(error as Error).stack}`)
  }
}
console.log(textTable([...measured.values()]))
if (isFull) await keep(measured)
else console.log('These are not the full sizes: RESULTS.md stays as it is.')
if (failures.length > 0) {
  console.error(`Not measured: ${failures.join(', ')}.`)
  process.exitCode = 1
}
// Not reaching an aim is no failure of the bench: the figures vary with the machine.

function today(): string {
  return new Date().toISOString().slice(0, 10)
}

function lineOf({ outcome, load }: Entry): string {
  const { name, ratio, ratios, units } = outcome
  const aims = Object.keys(units).flatMap((one) => aimsOf(outcome, one).map((aim) => `${one} ${aim}`))
  const aimed = aims.length > 0 ? `, aim ${aims.join(', ')}` : ''
  const said =
    ratio === null ? 'measured' : `${ratio.toFixed(2)} (${ratios?.map((one) => one.toFixed(2)).join('–')})`
  return `${name}: ${said}${aimed}; load ${load.map((one) => one.toFixed(1)).join(' → ')}`
}

/** Puts what was measured in the place of what was known of it. */
async function keep(fresh: ReadonlyMap<string, Entry>): Promise<void> {
  const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  const known = await readFile(file('results.json'), 'utf8').then(
    (text) => JSON.parse(text) as Record<string, Entry>,
    () => ({}) as Record<string, Entry>,
  )
  const all = Object.keys(figures).flatMap((name) => {
    const entry = fresh.get(name) ?? known[name]
    return entry ? [[name, entry] as const] : []
  })
  await writeFile(file('results.json'), `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
  await writeFile(file('RESULTS.md'), markdown(all.map(([, entry]) => entry)))
}
