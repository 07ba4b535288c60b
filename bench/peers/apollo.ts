// The stock gateway: Apollo Server with Apollo Gateway over the supergraph that SUPERGRAPH names.
import { readFileSync } from 'node:fs'
import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

const gateway = new ApolloGateway({ supergraphSdl: readFileSync(process.env.SUPERGRAPH as string, 'utf8') })
const { url } = await startStandaloneServer(new ApolloServer({ gateway }), {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
})
console.log(JSON.stringify({ level: 30, msg: 'ready', port: Number(new URL(url).port) }))
process.once('SIGTERM', () => process.exit())
