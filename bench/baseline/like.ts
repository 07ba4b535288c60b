// A like as someone would write it by hand: the transaction that commits the same documents, then a message over NATS to the
// process that holds the socket, which is this one.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { readConfig } from '#platform/config.ts'
import { createLog } from '#platform/log.ts'
import { connectMongo, databaseName, type OutboxRow } from '#platform/mongo.ts'
import { connectNats } from '#platform/nats.ts'
import { newId } from '#schema/ids.ts'
import { type ReactionRow, reactionId } from '#subgraphs/engagement/model.ts'

const config = readConfig()
const log = createLog('baseline', config.logLevel)
const mongo = await connectMongo(config.mongodbUri)
const nats = await connectNats(config.natsUrl, 'baseline')
const db = mongo.db(databaseName(config.namespace, 'engagement'))
const likes = db.collection<ReactionRow>('likes')
const outbox = db.collection<OutboxRow>('outbox')
const subject = `${config.namespace}.baseline.liked`

async function like(targetId: string, userId: string): Promise<void> {
  const _id = reactionId(targetId, userId)
  const at = new Date()
  const session = mongo.startSession()
  try {
    await session.withTransaction(
      async () => {
        if (await likes.findOne({ _id }, { session })) return
        // Counted and sent already, so that nothing else works on it.
        const row: ReactionRow = { _id, targetId, userId, state: 'ON', uncounted: 0, at }
        await likes.replaceOne({ _id }, row, { upsert: true, session })
        const payload = { postId: targetId, userId }
        await outbox.insertOne(
          { _id: newId('event'), name: 'post.liked', payload, at, sentAt: at },
          { session },
        )
      },
      { writeConcern: { w: 'majority', j: true }, readConcern: { level: 'snapshot' } },
    )
  } finally {
    await session.endSession()
  }
  nats.publish(subject, JSON.stringify({ postId: targetId, userId, at }))
}

const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', async () => {
    try {
      const { postId, userId } = JSON.parse(body) as { postId: string; userId: string }
      await like(postId, userId)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"liked":true}')
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
})
const sockets = new WebSocketServer({ server })
nats.subscribe(subject, {
  callback: (_error, message) => {
    for (const socket of sockets.clients) socket.send(message.string())
  },
})
server.listen(config.port, config.host, () => {
  log.info({ port: (server.address() as { port: number }).port }, 'ready')
})
process.once('SIGTERM', async () => {
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  server.closeAllConnections()
  server.close()
  await nats.close()
  await mongo.close()
})
