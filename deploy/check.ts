// `npm run check`: every static check, in order of speed. Prints one line each; the output of a failing one is shown whole.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const generated = [
  'schema/supergraph.graphql',
  'schema/api.graphql',
  'schema/operations.manifest.json',
  'subgraphs/*/types.gen.ts',
  'web/src/*.gen.ts',
]

interface Check {
  name: string
  run(): { ok: boolean; output: string }
}

/** A check that is a command of node_modules/.bin, or `node` or `git`. */
function command(name: string, line: string): Check {
  return {
    name,
    run() {
      const [program = '', ...args] = line.split(' ')
      const path =
        program === 'node'
          ? process.execPath
          : program === 'git'
            ? 'git'
            : `${root}node_modules/.bin/${program}`
      const done = spawnSync(path, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      return { ok: done.status === 0, output: `${done.stdout}${done.stderr}${done.error?.message ?? ''}` }
    },
  }
}

/** A lockfile that names an address ties everyone who installs to one registry. */
const lockfile: Check = {
  name: 'no registry address in the lockfile',
  run() {
    const found = /"resolved": "http|registry *=/.exec(
      readFileSync(`${root}package-lock.json`, 'utf8') + readFileSync(`${root}.npmrc`, 'utf8'),
    )
    return { ok: !found, output: found ? `found ${found[0]}` : '' }
  },
}

/** The gateway breaks silently when two copies of the federation internals are installed. */
const oneFederation: Check = {
  name: 'one copy of graphql and of the federation internals',
  run() {
    const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as {
      packages: Record<string, unknown>
    }
    const copies = (name: string) =>
      Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`))
    const extra = ['graphql', '@apollo/federation-internals']
      .map(copies)
      .filter((paths) => paths.length !== 1)
    return { ok: extra.length === 0, output: JSON.stringify(extra) }
  },
}

const checks: Check[] = [
  lockfile,
  oneFederation,
  command('format and lint', 'biome check --colors=off --error-on-warnings --max-diagnostics=40 .'),
  command('schema lint', 'eslint --no-warn-ignored --max-warnings=0 schema/*.graphql'),
  command('composition', 'node schema/compose.ts --check'),
  command('nothing that was released is gone', 'node schema/released.ts'),
  command('types', 'tsc -p . --noEmit'),
  command('types of the web client', 'tsc -p web --noEmit'),
  command('code generation', 'graphql-codegen --config codegen.ts --silent'),
  command('generated files are committed', `git diff --exit-code --stat -- ${generated.join(' ')}`),
  command('dead code', 'knip --no-progress'),
]

let failed = 0
for (const check of checks) {
  const { ok, output } = check.run()
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${check.name}`)
  if (!ok) {
    failed++
    console.log(output)
  }
}
process.exitCode = failed > 0 ? 1 : 0
