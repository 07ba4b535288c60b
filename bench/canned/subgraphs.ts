// The canned subgraphs as one process: `/<name>` each. The first request of its kind is executed, all others get the same bytes.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { parse } from 'graphql'
import { localSubgraph } from '../../gateway/executor/fixture.ts'
import { cannedSubgraphs } from './graph.ts'

const executors = new Map(cannedSubgraphs.map((part) => [`/${part.name}`, localSubgraph(part)]))
const answers = new Map<string, Promise<string>>()

const server = createServer(async (request, response) => {
  const path = request.url ?? ''
  const body = await text(request)
  const key = `${path} ${body}`
  let answer = answers.get(key)
  if (!answer) {
    const { query, variables, operationName } = JSON.parse(body)
    answer = Promise.resolve(
      executors.get(path)?.execute({ document: parse(query), variables, operationName, context: {} }),
    ).then((result) => JSON.stringify(result))
    answers.set(key, answer)
  }
  const bytes = Buffer.from(await answer)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  console.log(JSON.stringify({ level: 30, msg: 'ready', port }))
})
process.once('SIGTERM', () => process.exit())
