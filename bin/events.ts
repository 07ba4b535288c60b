// Events that consumers gave up: which there are, and delivering them again. `heliograph events` runs this.
import { parseArgs } from 'node:util'
import { readConfig } from '#platform/config.ts'
import { eachDeadLetter, replayDeadLetter } from '#platform/dead-letters.ts'
import { connectMongo } from '#platform/mongo.ts'
import { connectNats } from '#platform/nats.ts'

if (import.meta.main) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { all: { type: 'boolean' } } })
  const [verb, ...ids] = positionals
  const { mongodbUri, natsUrl, namespace } = readConfig()
  await using stack = new AsyncDisposableStack()
  const mongo = await connectMongo(mongodbUri)
  stack.defer(() => mongo.close())
  if (verb === 'list') {
    for await (const { letter } of eachDeadLetter(mongo, namespace))
      process.stdout.write(
        `${letter._id}\t${letter.event.name}\t${letter.at.toISOString()}\t${letter.reason}\n`,
      )
  } else if (values.all || ids.length > 0) {
    const nats = await connectNats(natsUrl, 'events-replay')
    stack.defer(() => nats.close())
    const found = new Set<string>()
    let delivered = 0
    for await (const row of eachDeadLetter(mongo, namespace, values.all ? null : ids)) {
      const { _id, consumer, event } = row.letter
      found.add(_id)
      if (await replayDeadLetter(mongo, nats.jetstream(), namespace, row)) delivered++
      else {
        process.stderr.write(`${_id}: ${consumer} does not hear ${event.name} in this version; it stays.\n`)
        process.exitCode = 1
      }
    }
    process.stdout.write(`${delivered} delivered again.\n`)
    for (const id of ids.filter((one) => !found.has(one))) {
      process.stderr.write(`${id}: there is no such event.\n`)
      process.exitCode = 1
    }
  } else {
    process.stderr.write('Name the events that are to be delivered again, or --all.\n')
    process.exitCode = 1
  }
}
