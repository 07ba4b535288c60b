// As much of Helm's templates as this chart uses, so that it can be tested where there is no Helm: `$`-paths, pipes of the functions
// below, `range $key, $value := path`, `if path`, `if eq path "text"`, `end`, and the dashes that take white space away.
import { createHash } from 'node:crypto'

type Scope = Readonly<Record<string, unknown>>
type Part = string | ((scope: Scope) => string)

const functions: Readonly<Record<string, (value: unknown) => unknown>> = {
  quote: (value) => JSON.stringify(String(value)),
  toJson: (value) => JSON.stringify(value),
  sha256sum: (value) => createHash('sha256').update(String(value)).digest('hex'),
}

/** Text of a template of the chart, filled in. Throws on whatever is not there, or is more than this understands. */
export function renderTemplate(template: string, values: unknown, release: string): string {
  const tight = template.replaceAll(/\s*\{\{-/g, '{{').replaceAll(/-\}\}\s*/g, '}}')
  const tokens = tight.split(/(\{\{.*?\}\})/)
  const body = parseUntilEnd(tokens)
  if (tokens.length > 0) throw new Error('an `end` too many')
  return run(body, { $: { Values: values, Release: { Name: release } } })
}

function run(parts: readonly Part[], scope: Scope): string {
  return parts.map((part) => (typeof part === 'string' ? part : part(scope))).join('')
}

/** Takes tokens up to the `end` that belongs here, or all of them. */
function parseUntilEnd(tokens: string[]): Part[] {
  const parts: Part[] = []
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    const action = /^\{\{\s*(.*?)\s*\}\}$/.exec(token)?.[1]
    if (action === undefined) parts.push(token)
    else if (action === 'end') return parts
    else if (action.startsWith('range ')) parts.push(range(action, parseUntilEnd(tokens)))
    else if (action.startsWith('if ')) parts.push(condition(action, parseUntilEnd(tokens)))
    else parts.push((scope) => String(evaluate(action, scope)))
  }
  return parts
}

function range(action: string, body: readonly Part[]): Part {
  const [, key = '', value = '', path = ''] =
    /^range (\$\w+), (\$\w+) := (\$\S+)$/.exec(action) ?? refuse(action)
  return (scope) => {
    const entries = Object.entries(evaluate(path, scope) as object)
    // Go goes through maps by their keys' order; a list's keys are in it already, and a list here is short.
    return entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => run(body, { ...scope, [key]: name, [value]: one }))
      .join('')
  }
}

function condition(action: string, body: readonly Part[]): Part {
  const [, equals, path = '', text] = /^if (eq )?(\$\S+)(?: "(.*)")?$/.exec(action) ?? refuse(action)
  return (scope) => {
    const value = evaluate(path, scope)
    return (equals ? value === text : Boolean(value)) ? run(body, scope) : ''
  }
}

function evaluate(expression: string, scope: Scope): unknown {
  const [path = '', ...pipes] = expression.split(' | ')
  const [root = '', ...names] = path.split('.')
  if (!(root in scope)) refuse(expression)
  let value = scope[root]
  for (const name of names) {
    const within = value as Record<string, unknown>
    if (!(name in within)) refuse(expression)
    value = within[name]
  }
  for (const pipe of pipes) value = (functions[pipe] ?? refuse(expression))(value)
  return value
}

function refuse(expression: string): never {
  throw new Error(`not understood, or not there: ${expression}`)
}
