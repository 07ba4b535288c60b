// What clients of the last release may ask must still be answered. `node schema/released.ts` compares the API schema with
// schema/released.graphql, that of the last release, and ends with 1 when something is gone that was not deprecated there;
// `--renew` is a step of a release: it makes the present schema the released one.
import { writeFileSync } from 'node:fs'
import {
  buildASTSchema,
  buildSchema,
  type DefinitionNode,
  type DocumentNode,
  findBreakingChanges,
  Kind,
  parse,
  print,
  visit,
} from 'graphql'
import { readSchemaFile } from './sdl.ts'

/**
 * What breaks clients of a released API schema that ask the present one, a line each. What was deprecated in the released one
 * may go, and with it the types that nothing else led to.
 */
export function breakingChanges(released: string, present: string): string[] {
  const promised = buildASTSchema(withoutDeprecated(parse(released)))
  return findBreakingChanges(promised, buildSchema(present)).map(({ description }) => description)
}

function withoutDeprecated(document: DocumentNode): DocumentNode {
  const drop = (node: { readonly directives?: readonly { name: { value: string } }[] }) =>
    node.directives?.some(({ name }) => name.value === 'deprecated') ? null : undefined
  const kept = visit(document, {
    FieldDefinition: drop,
    InputValueDefinition: drop,
    EnumValueDefinition: drop,
  })
  const reached = reachedFrom(['Query', 'Mutation', 'Subscription'], kept.definitions)
  const stays = (definition: DefinitionNode) =>
    !('name' in definition) || definition.name === undefined || reached.has(definition.name.value)
  return { ...kept, definitions: kept.definitions.filter(stays) }
}

/** Names of the definitions that these lead to. Who leads to an interface leads to all that implement it. */
function reachedFrom(roots: readonly string[], definitions: readonly DefinitionNode[]): Set<string> {
  const leads = new Map<string, Set<string>>()
  const lead = (from: string, to: string) => leads.set(from, (leads.get(from) ?? new Set()).add(to))
  const reached = new Set(roots)
  for (const definition of definitions) {
    if (!('name' in definition) || !definition.name) continue
    const name = definition.name.value
    // A directive is asked by clients themselves.
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) reached.add(name)
    visit(definition, { NamedType: (node) => void lead(name, node.name.value) })
    if ('interfaces' in definition) for (const one of definition.interfaces ?? []) lead(one.name.value, name)
  }
  for (const name of reached) for (const next of leads.get(name) ?? []) reached.add(next)
  return reached
}

if (import.meta.main) {
  const present = readSchemaFile('api.graphql')
  if (process.argv.includes('--renew')) {
    // What it says of each thing breaks nobody.
    const silent = visit(parse(present), {
      StringValue: (_, key) => (key === 'description' ? null : undefined),
    })
    writeFileSync(new URL('released.graphql', import.meta.url), `${print(silent)}\n`)
  } else {
    const broken = breakingChanges(readSchemaFile('released.graphql'), present)
    for (const line of broken) process.stderr.write(`${line}\n`)
    if (broken.length > 0) {
      process.stderr.write('Deprecate it first, and release that.\n')
      process.exitCode = 1
    }
  }
}
