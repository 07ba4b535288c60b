// Link previews: real pages from real servers on this machine, which only a test may ask.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DomainEvent } from '#schema/events.ts'
import { createConsumers } from './consumers.ts'
import { createServices } from './context.ts'
import { type RunningMessaging, startMessaging } from './fixtures.ts'
import { isPublicAddress } from './previews/addresses.ts'
import { createPageFetcher, publicReach, type Reach } from './previews/page.ts'
import { firstLink, summaryOf } from './previews/summary.ts'

const stack = new AsyncDisposableStack()
let m: RunningMessaging
let port: number
const asked: string[] = []

const page = '<title>Plain &amp; simple</title><meta name="description" content="A page">'
const answers: Record<string, RequestListener> = {
  '/page': (_, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end(page),
  '/json': (_, response) => response.setHeader('content-type', 'application/json').end('{}'),
  '/packed': (_, response) =>
    response.setHeader('content-type', 'text/html').setHeader('content-encoding', 'gzip').end('x'),
  '/long': (_, response) => {
    response.setHeader('content-type', 'text/html').write(`<title>Long</title>${'x'.repeat(400_000)}`)
    response.end('<meta property="og:title" content="too late">')
  },
  '/silent': () => {},
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/hop': (_, response) => response.writeHead(302, { location: '/page' }).end(),
  '/inside': (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/page' }).end(),
  '/metadata': (_, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  '/file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
}

/** What tests alone may reach: this machine, on any port; else nothing but what everyone may. */
const testReach: Reach = {
  mayConnect: (address) => address === '127.0.0.1' || isPublicAddress(address),
  mayUsePort: () => true,
}
const fetcher = (reach?: Reach) => {
  const made = createPageFetcher(reach)
  stack.defer(() => made.dispose())
  return made.fetchPage
}
const fetchPage = fetcher(testReach)

beforeAll(async () => {
  const server = createServer((request, response) => {
    asked.push(String(request.url))
    const answer = answers[String(request.url)]
    if (answer) answer(request, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(() => server.closeAllConnections())
  stack.defer(() => void server.close())
  ;({ port } = server.address() as AddressInfo)
  m = await startMessaging()
})
afterAll(async () => {
  await stack.disposeAsync()
  await m?.stack.disposeAsync()
})

const inside = [
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
  '64:ff9b::a00:1',
  '2002:7f00:1::',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  'ff02::1',
  '2001:db8::1',
  'localhost',
  '',
].map((address): [string, boolean] => [address, false])
test.each<[string, boolean]>([['93.184.216.34', true], ['2606:4700::6810:84e5', true], ...inside])(
  'the address %s is public: %s',
  (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected)
  },
)

test('without leave nothing on this machine is asked, however it is written', async () => {
  const before = asked.length
  const open = fetcher({ ...publicReach, mayUsePort: () => true })
  const hosts = [
    '127.0.0.1',
    'localhost',
    '0x7f000001',
    '2130706433',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ]
  for (const host of hosts) expect(await open(`http://${host}:${port}/page`), host).toBeNull()
  expect(await fetcher()(`http://93.184.216.34:${port}/page`)).toBeNull()
  for (const url of [
    'file:///etc/passwd',
    'ftp://example.org/',
    'http://a:b@example.org/',
    'javascript:1',
    'nonsense',
  ]) {
    expect(await open(url), url).toBeNull()
  }
  expect(asked).toHaveLength(before)
})

test('with leave a page is fetched, through checked redirects, and only its beginning', async () => {
  const url = (path: string) => `http://127.0.0.1:${port}${path}`
  expect(await fetchPage(url('/page'))).toEqual({ url: url('/page'), html: page })
  expect(await fetchPage(url('/hop'))).toEqual({ url: url('/page'), html: page })
  const long = await fetchPage(url('/long'))
  expect(long?.html).toHaveLength(256 * 1024)
  expect(long && summaryOf(long)?.title).toBe('Long')
  for (const path of ['/json', '/packed', '/loop', '/inside', '/metadata', '/file', '/nowhere', '/silent']) {
    expect(await fetchPage(url(path)), path).toBeNull()
  }
  expect(asked.filter((path) => path === '/loop')).toHaveLength(4)
})

test('a name is connected to at the address that was checked (rebinding)', async () => {
  const seen: string[] = []
  const watching = fetcher({
    mayConnect: (address) => seen.push(address) > 0 && address !== '127.0.0.1' && address !== '::1',
    mayUsePort: () => true,
  })
  const before = asked.length
  expect(await watching(`http://localhost:${port}/page`)).toBeNull()
  expect(seen.length).toBeGreaterThan(0)
  expect(asked).toHaveLength(before)

  // A name that was another's for its first answer: the next connection, of the same fetch too, is checked by itself.
  const turning = fetcher({
    ...testReach,
    mayConnect: (address) => testReach.mayConnect(address) && !asked.slice(before).includes('/hop'),
  })
  expect(await turning(`http://localhost:${port}/page`)).toMatchObject({ html: page })
  expect(await turning(`http://localhost:${port}/hop`)).toBeNull()
  expect(asked.slice(before)).toEqual(['/page', '/hop'])
})

test.each([
  ['see https://example.org/a?b=c.', 'https://example.org/a?b=c'],
  ['(http://example.org/x), then https://other.example', 'http://example.org/x'],
  ['http://bücher.example/', 'http://xn--bcher-kva.example/'],
  ['no link', null],
  ['http://', null],
  ['javascript://x', null],
])('the first link of %o is %s', (text, link) => {
  expect(firstLink(text)).toBe(link)
})

test('a summary is text, short and clean', () => {
  const html = `<html><head><meta property="og:title" content="&lt;b&gt;A&lt;/b&gt;\u0000\u202e  title">
    <meta property="og:description" content="${'d'.repeat(900)}"><title>other</title><script>alert(1)</script>`
  const summary = summaryOf({ url: 'https://example.org/x', html })
  expect(summary).toMatchObject({ title: '<b>A</b> title', siteName: 'example.org' })
  expect(summary?.description).toHaveLength(500)
  expect(summaryOf({ url: 'https://example.org/', html: '<p>untitled' })).toBeNull()
})

test('a message shows what it links to, and no longer when its text has changed or it was taken back', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  const id = await m.converse(alice, [bob])
  const { 'messaging.previews': previews } = createConsumers(
    m.platform,
    createServices(m.platform),
    fetchPage,
  )
  const linked = (messageId: string) =>
    previews['message.linked']([
      { payload: { messageId, conversationId: id } } as DomainEvent<'message.linked'>,
    ])
  const shown = async () => {
    const query =
      'query ($id: ID!) { conversation(id: $id) { lastMessage { linkPreview { title description } } } }'
    return (await m.ask(bob, query, { id })).data.conversation.lastMessage.linkPreview
  }
  const { message } = await m.send(alice, id, `look: http://127.0.0.1:${port}/page`)
  await linked(message.id)
  expect(await shown()).toEqual({ title: 'Plain & simple', description: 'A page' })
  await linked(message.id)
  const changes = await m.emitted('conversation.changed', id)
  expect(changes.map(({ payload }) => payload.change)).toEqual(['PREVIEW'])
  await m.mutate(alice, 'editMessage', { messageId: message.id, text: 'never mind' }, 'message { id }')
  expect(await shown()).toBeNull()
  await linked(message.id)
  expect(await shown()).toBeNull()
})
