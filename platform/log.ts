// One structured log line an event, to standard output. Never log tokens, passwords, addresses or message texts.
import { type Logger, pino } from 'pino'

export type Log = Logger

/** A logger whose lines carry `name`, the process or part that speaks. */
export function createLog(name: string, level: string): Log {
  return pino({ name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime })
}
