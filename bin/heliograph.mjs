#!/usr/bin/env node
// The `heliograph` command, for developers of apps and of the product. Built-ins only: it runs wherever Node 20 does.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const usage = `heliograph documents push --app <app id> --version <version> [--url <gateway>] <manifest.json>
    Registers the documents of a version of your app: Relay's map, Apollo's manifest, or persisted-documents.json of GraphQL
    Codegen's client preset. Sign in by HELIOGRAPH_LOGIN and HELIOGRAPH_PASSWORD, or set HELIOGRAPH_TOKEN to an access token.

heliograph schema check [--schema <supergraph or api .graphql>] [--manifest <file>]…
    Says which registered documents a schema breaks, and exits 1 if there is one. Against a supergraph they are planned, with the
    scopes of their apps; against an API schema they are validated. Without --schema it is schema/supergraph.graphql.
    The documents are those of all apps, in the database at MONGODB_URI, of the product's own clients, and of the files named.

heliograph search reindex
    Builds the search index of OpenSearch anew while the system runs. The environment is that of its processes (.env.example).

heliograph events list
heliograph events replay <id>… | --all
    Events that a consumer gave up after five tries in one process: their ids, when and why; and delivering them again, to that consumer alone.
    The environment is that of the system's processes.
`

/** A failure that the person can mend. */
class Refusal extends Error {}

async function ask(url, query, variables, token) {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  }).catch((error) => {
    throw new Refusal(`${url} does not answer: ${error.cause?.message ?? error.message}.`)
  })
  const { data, errors } = await response.json().catch(() => {
    throw new Refusal(`${url} answered ${response.status}, and no JSON.`)
  })
  if (!data) throw new Refusal(errors.map(({ message }) => message).join('\n'))
  return data
}

/** An access token, and what is to be done with it afterwards. */
async function signIn(url) {
  const { HELIOGRAPH_TOKEN: token, HELIOGRAPH_LOGIN: login, HELIOGRAPH_PASSWORD: password } = process.env
  if (token) return { token, signOut: async () => {} }
  if (!login || !password)
    throw new Refusal('Set HELIOGRAPH_LOGIN and HELIOGRAPH_PASSWORD, or HELIOGRAPH_TOKEN.')
  const mutation = `mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { session { accessToken } twoFactorRequired userErrors { message } } }`
  const { signIn: payload } = await ask(url, mutation, { input: { login, password } })
  if (payload.twoFactorRequired) throw new Refusal('This account has a second factor: set HELIOGRAPH_TOKEN.')
  if (!payload.session) throw new Refusal(payload.userErrors.map(({ message }) => message).join('\n'))
  const { accessToken } = payload.session
  const signOut = () => ask(url, 'mutation { signOut(input: {}) { userErrors { code } } }', {}, accessToken)
  return { token: accessToken, signOut }
}

async function pushDocuments(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      app: { type: 'string' },
      version: { type: 'string' },
      url: { type: 'string', default: 'http://localhost:4000' },
    },
  })
  const [file] = positionals
  if (!values.app || !values.version || !file) throw new Refusal(usage)
  const manifest = await readFile(file, 'utf8').catch((error) => {
    throw new Refusal(`${file} cannot be read: ${error.message}.`)
  })
  const { token, signOut } = await signIn(values.url)
  try {
    const mutation = `mutation PublishDocuments($input: PublishDocumentsInput!) {
      publishDocuments(input: $input) {
        manifest { version documentCount } documentErrors { documentId name code message } userErrors { message } } }`
    const input = { appId: values.app, version: values.version, manifest }
    const { publishDocuments: payload } = await ask(values.url, mutation, { input }, token)
    for (const { documentId, name, code, message } of payload.documentErrors)
      process.stderr.write(`${name ?? documentId}: ${code}: ${message}\n`)
    if (!payload.manifest) throw new Refusal(payload.userErrors.map(({ message }) => message).join('\n'))
    const { documentCount, version } = payload.manifest
    process.stdout.write(`Published ${documentCount} documents as version ${version}.\n`)
  } finally {
    await signOut()
  }
}

/** What is TypeScript Node runs from 22.18 on: the product's own Node does. */
async function runTypeScript(name, args) {
  const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  const file = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(existsSync(own) ? own : process.execPath, [file, ...args], { stdio: 'inherit' })
  process.exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

const [noun, verb, ...args] = process.argv.slice(2)
try {
  if (noun === 'documents' && verb === 'push') await pushDocuments(args)
  else if (noun === 'schema' && verb === 'check') await runTypeScript('schema-check.ts', args)
  else if (noun === 'search' && verb === 'reindex')
    await runTypeScript('../subgraphs/content/search-reindex.ts', args)
  else if (noun === 'events' && (verb === 'list' || verb === 'replay'))
    await runTypeScript('events.ts', [verb, ...args])
  else throw new Refusal(usage)
} catch (error) {
  const isUsage = error instanceof Refusal || String(error.code).startsWith('ERR_PARSE_ARGS')
  process.stderr.write(`${isUsage ? error.message : error.stack}\n`)
  process.exitCode = 1
}
