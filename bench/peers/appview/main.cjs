// Bluesky's own back end (directory, personal data server, AppView and their moderation service) on a PostgreSQL and a Redis that are
// there, with `ACCOUNTS` accounts, the first of which follows all others, and `POSTS` posts by each of those. Says `ready` with the address of the
// home timeline, and fresh headers for it with each line that it reads: they hold for a minute.
const { TestNetwork } = require('@atproto/dev-env')
const { createInterface } = require('node:readline')

const timeline = 'app.bsky.feed.getTimeline'
const [accounts, posts] = ['ACCOUNTS', 'POSTS'].map((name) => Number(process.env[name]))
const say = (entry) => console.log(JSON.stringify(entry))
/** Names of schemas and of people have letters only. */
const letters = (number) =>
  [...String(number)].map((digit) => String.fromCharCode(97 + Number(digit))).join('')

async function main() {
  const network = await TestNetwork.create({
    dbPostgresSchema: `bench_${letters(Date.now())}`,
    bsky: {},
    ozone: {},
  })
  const people = network.getSeedClient()
  const names = Array.from({ length: accounts }, (_, i) => `u${i}`)
  for (const [i, name] of names.entries())
    await people.createAccount(name, { handle: `user${i}.test`, email: `${name}@t.com`, password: 'hunter2' })
  const [viewer, ...authors] = names.map((name) => people.dids[name])
  for (const author of authors) await people.follow(viewer, author)
  for (let post = 0; post < posts; post++)
    for (const [i, author] of authors.entries()) await people.post(author, `post ${post} of user ${i + 1}`)
  await network.processAll(600_000)
  say({ msg: 'ready', url: `${network.bsky.url}/xrpc/${timeline}?limit=20` })
  createInterface({ input: process.stdin }).on('line', async () => {
    say({ msg: 'headers', headers: await network.serviceHeaders(viewer, timeline) })
  })
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
