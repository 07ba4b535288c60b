// Raw `ws`: whatever is posted is sent to every open socket, as it is.
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'

const server = createServer(async (request, response) => {
  const bytes = await buffer(request)
  for (const client of sockets.clients) client.send(bytes, { binary: false })
  response.end()
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ level: 30, msg: 'ready', port: (server.address() as { port: number }).port }))
})
process.once('SIGTERM', () => process.exit())
