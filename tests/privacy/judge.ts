// Reads an answer and says what in it should not be there, and what is missing.

import { isObjectType, parse } from 'graphql'
import { holds, scopeTable } from '#schema/scopes.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import type { Oracle } from './oracle.ts'
import { type Look, type Path, paths } from './paths.ts'
import { isNode, schema } from './walk.ts'
import type { Thing, Viewer, World } from './world.ts'

/** The world's ids are found wherever they stand: in ids, addresses, cursors, texts. */
const idPattern = /[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}/g

const scopes = scopeTable(parse(readSchemaFile('supergraph.graphql')))

/** Whether whoever asks for a viewer may have a field at all (T1). */
export function mayAsk(viewer: Viewer, type: string, field: string): boolean {
  const held = viewer.scopes ?? null
  return [scopes.get(type), scopes.get(`${type}.${field}`)].every((needed) => !needed || holds(held, needed))
}

type Json = null | string | number | boolean | Json[] | { [name: string]: Json }

export interface Judge {
  /** What is wrong with an answer's data, one line each. `root` is the operation's type. */
  judge(viewer: Viewer, data: unknown, root: 'Query' | 'Mutation'): string[]
}

/** Has viewers ask, and judges what they are answered. A request that fails is as wrong as one that tells too much. */
export function asking(world: World, judge: Judge) {
  return async (viewer: Viewer, query: string, variables: object = {}) => {
    const answer = await world.asks(viewer, query, variables)
    const codes = answer.errors.map(({ extensions }) => extensions?.code)
    const unexpected = codes.filter((code) => code !== 'UNAUTHENTICATED' && code !== 'FORBIDDEN')
    const wrong =
      unexpected.length > 0
        ? [`${viewer.name}: ${JSON.stringify(answer.errors).slice(0, 300)} to ${query.slice(0, 200)}`]
        : []
    return {
      data: answer.data as Record<string, unknown> | null,
      wrong: [...wrong, ...judge.judge(viewer, answer.data, 'Query')],
    }
  }
}

export function createJudge(world: World, oracle: Oracle): Judge {
  const namesIn = (text: string): Thing[] =>
    [...new Set(text.match(idPattern) ?? [])].flatMap((id) => {
      const thing = world.things.get(id)
      return thing ? [thing] : []
    })
  const secretsIn = (text: string): Thing[] =>
    [...world.secrets].flatMap(([secret, thing]) => (text.includes(secret) ? [thing] : []))

  return {
    judge(viewer, data, root) {
      const look: Look = { world, oracle, viewer: viewer.account }
      const wrong: string[] = []
      const allowed = (thing: Thing, trail: readonly string[], verdict: boolean) =>
        verdict || trail.some((key) => paths[key]?.shows?.(thing, look))

      const text = (value: string, trail: readonly string[]) => {
        const decoded = /[cC]ursor$/.test(trail.at(-1) ?? '')
          ? Buffer.from(value.split('.')[0] ?? '', 'base64url').toString('utf8')
          : ''
        for (const thing of [...namesIn(value), ...namesIn(decoded)])
          if (!allowed(thing, trail, oracle.knows(look.viewer, thing)))
            wrong.push(`${viewer.name} learns of ${called(thing)} by ${trail.join(' → ')}`)
        for (const thing of secretsIn(value))
          if (!allowed(thing, trail, oracle.reads(look.viewer, thing)))
            wrong.push(`${viewer.name} reads ${called(thing)} by ${trail.join(' → ')}`)
      }

      const compare = (
        path: Path,
        parent: Thing | null,
        way: number,
        value: Json,
        trail: readonly string[],
      ) => {
        const wanted = (path.finds?.(parent, look, way) ?? []).filter((thing) =>
          allowed(thing, trail, oracle.knows(look.viewer, thing)),
        )
        const found = new Set(nodesIn(value))
        // A thing of which only its name was asked is looked at when it is asked for itself.
        for (const thing of viewer.partial ? [] : wanted)
          if (!found.has(thing.id))
            wrong.push(
              `${viewer.name} does not find ${called(thing)} by ${trail.join(' → ')}${parent ? ` of ${called(parent)}` : ''}`,
            )
        const ids = new Set(wanted.map(({ id }) => id))
        for (const id of found) {
          const thing = world.things.get(id)
          if (!ids.has(id) && thing)
            wrong.push(
              `${viewer.name} finds ${called(thing)} by ${trail.join(' → ')}${parent ? ` of ${called(parent)}` : ''}, where it does not belong`,
            )
        }
      }

      const walk = (value: Json, typeName: string, holder: Thing | null, trail: readonly string[]) => {
        if (typeof value === 'string') return text(value, trail)
        if (value === null || typeof value !== 'object') return
        if (Array.isArray(value)) {
          for (const one of value) walk(one, typeName, holder, trail)
          return
        }
        const name = typeof value.__typename === 'string' ? value.__typename : typeName
        const type = schema.getType(name)
        const here =
          isObjectType(type) && isNode(type) ? (world.things.get(String(value.id)) ?? null) : holder
        for (const [key, inner] of Object.entries(value)) {
          if (key === '__typename') continue
          const field = `${name}.${key.replace(/^again\d+_/, '')}`
          const path = paths[field]
          const next = [...trail, field]
          if (inner !== null && !mayAsk(viewer, name, field.slice(name.length + 1)))
            wrong.push(`${viewer.name} is answered ${next.join(' → ')} without the scope for it`)
          if (path?.to.length)
            for (const led of typesIn(inner))
              if (!path.to.includes(led))
                wrong.push(
                  `${field} leads to a ${led}; its row in tests/privacy/paths.ts says ${path.to.join(', ')}`,
                )
          if (path?.finds) compare(path, here, Number(/^again(\d+)_/.exec(key)?.[1] ?? 0), inner, next)
          walk(inner, name, here, next)
        }
      }
      walk(data as Json, root, null, [])
      return [...new Set(wrong)]
    },
  }
}

/** Ids of the things in an answer, those within things left out. */
function nodesIn(value: Json): string[] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return value.flatMap(nodesIn)
  if (isThing(value)) return [String(value.id)]
  return Object.values(value).flatMap(nodesIn)
}

/** Names of their types. */
function typesIn(value: Json): string[] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return value.flatMap(typesIn)
  const inner = Object.values(value).flatMap(typesIn)
  return isThing(value) ? [String(value.__typename), ...inner] : inner
}

function isThing(value: { [name: string]: Json }): boolean {
  const type = schema.getType(String(value.__typename))
  return isObjectType(type) && isNode(type) && typeof value.id === 'string'
}

/** A thing as a test's message calls it. */
export function called(thing: Thing): string {
  switch (thing.kind) {
    case 'User':
      return `the account ${thing.name}`
    case 'Post':
      return `${thing.author.name}’s ${thing.status} post for ${thing.audience}`
    case 'Media':
      return `the media of ${[...thing.posts, ...thing.stories].map(called).join(', ')}`
    case 'Story':
      return `${thing.author.name}’s ${thing.isOver ? 'old ' : ''}${thing.highlights.length > 0 ? 'kept ' : ''}${thing.status} story for ${thing.audience}`
    case 'Hashtag':
      return 'the hashtag'
    case 'Place':
      return `${thing.creator.name}’s place`
    case 'Highlight':
      return `${thing.author.name}’s highlight of ${thing.stories.map(called).join(', ')}`
    case 'Comment':
      return `${thing.author.name}’s ${thing.parent ? `reply to ${thing.parent.author.name}` : 'comment'} under ${called(thing.post)}`
    case 'Collection':
      return `${thing.owner.name}’s collection`
    case 'Conversation':
      return `the conversation of ${thing.members.map(({ name }) => name).join(', ')}`
    case 'Message':
      return `${thing.sender.name}’s message in ${called(thing.conversation)}`
    case 'Notification':
      return `${thing.recipient.name}’s ${thing.told} by ${thing.actors.map(({ name }) => name).join(', ')}${thing.about ? ` of ${called(thing.about)}` : ''}`
  }
}
