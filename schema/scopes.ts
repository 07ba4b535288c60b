// What an app may be allowed to do for somebody: the one vocabulary of OAuth scopes. A field says which of them it needs with
// `@requiresScopes` in the SDL; composition fails when a field that must say so does not, or names another.
import { type DocumentNode, type FieldDefinitionNode, Kind, type ValueNode } from 'graphql'

/** Every scope: what it lets an app do, as the consent page says it. */
export const scopes = {
  public: 'See what anybody can see',
  'profile:read': 'See who you are: your username and profile',
  'account:read': 'See your e-mail address and your settings',
  'account:write': 'Change your profile and your settings',
  'graph:read': 'See whom you follow, who follows you, and your lists of people',
  'graph:write': 'Follow, mute, restrict and block people for you',
  'content:read': 'See posts, stories and media that you can see, your drafts and your archive',
  'content:write': 'Publish, change and delete posts, stories and media for you',
  'feed:read': 'Read your home feed and what is suggested to you',
  'feed:write': 'Hide posts from your feed and say what you like to see there',
  'engagement:read': 'See likes, comments, what you saved and your collections',
  'engagement:write': 'Like, comment, save and share for you',
  'notifications:read': 'Read your notifications',
  'notifications:write': 'Mark your notifications read and choose which ones you get',
  'messages:read': 'Read your conversations and messages',
  'messages:write': 'Write and change messages and conversations for you',
  'insights:read': 'See the figures of your posts and your account',
  moderation: 'Work as a moderator, if you are one',
  first_party: 'Everything about signing in and about apps; for our own clients alone',
} as const satisfies Record<string, string>

export type Scope = keyof typeof scopes

/** Scopes that an app can ask for. Whoever asks holds `public`; `first_party` is nobody's to give. */
export const grantableScopes = (Object.keys(scopes) as Scope[]).filter(
  (scope) => scope !== 'public' && scope !== 'first_party',
)

/** What a field needs: one of these sets, all of it. */
export type ScopeRequirement = readonly (readonly string[])[]

/** Whether someone may use what has this requirement. `held` null is our own client, which holds all of them. */
export function holds(held: readonly string[] | null, requirement: ScopeRequirement): boolean {
  return (
    held === null ||
    requirement.some((all) => all.every((scope) => scope === 'public' || held.includes(scope)))
  )
}

/** The scopes of object types and their fields, by `Type` and `Type.field`, as a supergraph declares them. */
export type ScopeTable = ReadonlyMap<string, ScopeRequirement>

/** Reads the scopes out of a supergraph. Interfaces have none of their own: what implements them decides. */
export function scopeTable(supergraph: DocumentNode): ScopeTable {
  const table = new Map<string, ScopeRequirement>()
  for (const type of supergraph.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
    const own = requirementOf(type)
    if (own) table.set(type.name.value, own)
    for (const field of type.fields ?? []) {
      const requirement = requirementOf(field)
      if (requirement) table.set(`${type.name.value}.${field.name.value}`, requirement)
    }
  }
  return table
}

/** Types each of whose fields must say what it needs. */
const guardedTypes = ['Query', 'Mutation', 'Subscription', 'Viewer']

/**
 * What is wrong with the scopes of a supergraph, a sentence each: every field of Query, Mutation, Subscription and Viewer, and
 * every field about the viewer (`viewerHasLiked`), must name scopes, and only such as are in the vocabulary.
 */
export function scopeProblems(supergraph: DocumentNode): string[] {
  const table = scopeTable(supergraph)
  const problems: string[] = []
  for (const type of supergraph.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
    for (const field of type.fields ?? []) {
      const key = `${type.name.value}.${field.name.value}`
      if (table.has(key) || !(guardedTypes.includes(type.name.value) || isAboutViewer(field))) continue
      problems.push(
        `${key} does not say which scope an app needs for it. Add \`@requiresScopes(scopes: [["…"]])\` behind its type, with one of: ${Object.keys(scopes).join(', ')} (schema/scopes.ts tells what each is).`,
      )
    }
  }
  for (const [key, requirement] of table) {
    for (const scope of new Set(requirement.flat())) {
      if (Object.hasOwn(scopes, scope)) continue
      problems.push(
        `${key} needs the scope "${scope}", which schema/scopes.ts does not have. There are: ${Object.keys(scopes).join(', ')}.`,
      )
    }
  }
  return problems
}

const isAboutViewer = (field: FieldDefinitionNode): boolean => /^viewer[A-Z]/.test(field.name.value)

function requirementOf(node: Pick<FieldDefinitionNode, 'directives'>): ScopeRequirement | undefined {
  const directive = node.directives?.find(({ name }) => name.value === 'requiresScopes')
  const given = directive?.arguments?.find(({ name }) => name.value === 'scopes')?.value
  return (
    given &&
    elements(given).map((all) => elements(all).map((scope) => ('value' in scope ? String(scope.value) : '')))
  )
}

const elements = (value: ValueNode): readonly ValueNode[] =>
  value.kind === Kind.LIST ? value.values : [value]
