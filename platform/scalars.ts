// The custom scalars that every subgraph shares. Inputs are parsed strictly; outputs come from our own rows.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'

const dateTimePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
const datePattern = /^\d{4}-\d{2}-\d{2}$/
// Deliberately loose: only a mail that arrives proves an address. One @, no spaces, a dot in the domain.
const emailPattern = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}.]+(\.[^\s@\p{Cc}.]+)+$/u

function scalar<T>(name: string, parse: (text: string) => T | null, serialize: (value: unknown) => string) {
  const refuse = () => new GraphQLError(`Not a ${name}.`, { extensions: { code: 'BAD_USER_INPUT' } })
  const parseText = (value: unknown): T => {
    const parsed = typeof value === 'string' ? parse(value) : null
    if (parsed === null) throw refuse()
    return parsed
  }
  return new GraphQLScalarType<T, string>({
    name,
    parseValue: parseText,
    parseLiteral: (node) => parseText(node.kind === Kind.STRING ? node.value : null),
    serialize,
  })
}

function parseDate(text: string): string | null {
  const date = datePattern.test(text) ? new Date(`${text}T00:00:00Z`) : null
  // 2026-02-30 is read as 2 March by Date: only a day that survives the round trip exists.
  return date && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : null
}

function parseDateTime(text: string): Date | null {
  // Date reads hour 24 as the next day, too.
  const isOne =
    dateTimePattern.test(text) && parseDate(text.slice(0, 10)) !== null && text.slice(11, 13) < '24'
  const date = isOne ? new Date(text) : null
  return date && !Number.isNaN(date.getTime()) ? date : null
}

function parseUrl(text: string): string | null {
  if (text.length > 2_048 || !URL.canParse(text)) return null
  return /^https?:$/.test(new URL(text).protocol) ? text : null
}

/** Resolvers of the scalars; internally a DateTime is a Date, the others are texts. */
export const scalars = {
  DateTime: scalar('DateTime', parseDateTime, (value) =>
    value instanceof Date ? value.toISOString() : new Date(value as string | number).toISOString(),
  ),
  Date: scalar('Date', parseDate, String),
  URL: scalar('URL', parseUrl, String),
  EmailAddress: scalar(
    'EmailAddress',
    (text) => (text.length <= 254 && emailPattern.test(text) ? text : null),
    String,
  ),
}
