import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'

/** `node replica-set.mjs PORT` makes the mongod on that port a replica set of one and waits until it is primary. */
const host = `127.0.0.1:${process.argv[2]}`
const client = await MongoClient.connect(
  `mongodb://${host}/?directConnection=true&serverSelectionTimeoutMS=20000`,
)
const admin = client.db('admin')

await admin.command({ replSetGetConfig: 1 }).then(moveHere, initiate)

const end = Date.now() + 30_000
while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
  if (Date.now() > end) throw new Error('no primary after 30 s')
  await delay(25)
}
await client.close()

/** @param refusal NotYetInitialized is the one that is expected */
function initiate(refusal) {
  if (refusal.codeName !== 'NotYetInitialized') throw refusal
  return admin.command({
    replSetInitiate: { _id: 'heliograph', members: [{ _id: 0, host }] },
  })
}

/** The data may have been written under another port. */
async function moveHere({ config }) {
  if (config.members[0].host === host) return
  const moved = {
    ...config,
    version: config.version + 1,
    members: [{ ...config.members[0], host }],
  }
  await admin.command({ replSetReconfig: moved, force: true })
}
