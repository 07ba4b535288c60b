// The key store in a file: what is in it lasts, and is nobody's without the passphrase.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InUse, openKeyFile } from '../../web/node/key-file.ts'
import { WrongPassphrase } from '../../web/src/messages/encryption/backup.ts'
import { Tampered } from '../../web/src/messages/encryption/content.ts'
import { createMemoryStore } from '../../web/src/messages/encryption/key-store.ts'
import { size } from '../size.ts'

const passphrase = 'the heron flies at dawn'
let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-key-file-'))
})
afterAll(() => rm(folder, { recursive: true }))
const newPath = () => join(folder, `keys-${++files}`)

test('it keeps what a store in memory keeps, and still has it when it is opened again', async () => {
  const path = newPath()
  const writes: Record<string, unknown>[] = [
    { device: { userId: 'user_1', signing: { signKey: Uint8Array.of(1, 2, 3), until: 2n ** 60n } } },
    { 'package/b': { n: 2 }, 'package/a': { n: 1 }, 'packages/c': { n: 3 }, 'group/1': null },
    { 'package/b': undefined, 'group/1': new Map([['epoch', 7]]), 'message/ü/1': 'said' },
  ]
  const memory = createMemoryStore()
  const prefixes = ['', 'package/', 'package/a', 'group/', 'nothing/', 'dev']
  const contents = async (store: typeof memory) => ({
    one: await store.get('device'),
    none: await store.get('package/b'),
    lists: await Promise.all(prefixes.map((prefix) => store.list(prefix))),
  })
  {
    using store = await openKeyFile(path, passphrase)
    for (const write of writes) {
      await Promise.all([memory.write(write), store.write(write)])
      expect(await contents(store)).toEqual(await contents(memory))
    }
  }
  using again = await openKeyFile(path, passphrase)
  expect(await contents(again)).toEqual(await contents(memory))
})

test('without the passphrase nothing of it can be read, neither what it holds nor of whom (E1)', async () => {
  const path = newPath()
  {
    using store = await openKeyFile(path, passphrase)
    await store.write({
      'group/canary-conversation': { secret: 'canary-value', bytes: Buffer.from('canary-bytes') },
    })
  }
  expect((await readFile(path)).includes('canary')).toBe(false)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await expect(openKeyFile(path, 'the heron flies at dusk')).rejects.toThrow(WrongPassphrase)
  await expect(openKeyFile(newPath(), 'short')).rejects.toThrow(RangeError)
  using store = await openKeyFile(path, passphrase)
  expect(await store.list('group/')).toHaveLength(1)
})

test('what is deleted is gone from the file, and from its journal while it is still open', async () => {
  const path = newPath()
  const used = Buffer.alloc(5_000, 'a')
  const sealedOf = () => {
    using db = new DatabaseSync(path, { readOnly: true })
    return (db.prepare('SELECT sealed FROM entries').all() as { sealed: Uint8Array }[])[0]?.sealed
  }
  {
    using store = await openKeyFile(path, passphrase)
    await store.write({ 'package/1': used })
  }
  const sealed = Buffer.from(sealedOf() ?? '').subarray(1_000, 1_064)
  expect((await readFile(path)).includes(sealed)).toBe(true)
  {
    using store = await openKeyFile(path, passphrase)
    await store.write({ 'package/1': undefined })
    // SQLite keeps the journal while it alone has the file, with what the pages were before the write.
    expect((await stat(`${path}-journal`)).size).toBe(0)
  }
  expect((await readFile(path)).includes(sealed)).toBe(false)
})

test('entries that were changed, or put in each other’s place, are noticed (E3)', async () => {
  const path = newPath()
  {
    using store = await openKeyFile(path, passphrase)
    await store.write({ a: 'first', b: 'second' })
  }
  const change = (sql: string) => {
    using db = new DatabaseSync(path)
    db.exec(sql)
  }
  // From a copy: otherwise the second row would get its own back.
  change(`CREATE TEMP TABLE before AS SELECT name, sealed FROM entries;
    UPDATE entries SET sealed = (SELECT sealed FROM before WHERE before.name != entries.name)`)
  {
    using store = await openKeyFile(path, passphrase)
    await expect(store.get('a')).rejects.toThrow(Tampered)
    await expect(store.list('')).rejects.toThrow(Tampered)
    await store.write({ a: 'first', b: 'second' })
    expect(await store.get('a')).toBe('first')
  }
  change('UPDATE head SET sealed = zeroblob(60)')
  await expect(openKeyFile(path, passphrase)).rejects.toThrow(WrongPassphrase)
})

test('it is open once at a time', async () => {
  const path = newPath()
  {
    using _first = await openKeyFile(path, passphrase)
    await expect(openKeyFile(path, passphrase)).rejects.toThrow(InUse)
  }
  using second = await openKeyFile(path, passphrase)
  expect(await second.list('')).toEqual([])
})

const deaths = size(20, 3)
test(`${deaths} processes that die while they write leave whole writes alone (X1)`, async () => {
  const path = newPath()
  const file = fileURLToPath(new URL('../../web/node/key-file.ts', import.meta.url))
  const script = `const { openKeyFile } = await import(${JSON.stringify(file)})
    const store = await openKeyFile(${JSON.stringify(path)}, ${JSON.stringify(passphrase)})
    for (let n = (await store.get('left')) ?? 0; ; n++) {
      await store.write({ left: n + 1, ['message/' + (n % 7)]: 'x'.repeat(n % 5_000), right: n + 1 })
      console.log(n + 1)
    }`
  let last = 0
  for (let i = 0; i < deaths; i++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    for await (const line of createInterface(child.stdout)) {
      const from = last
      last = Number(line)
      if (last > from && last % 10 === i % 10) break
    }
    child.kill('SIGKILL')
    await exited
    using store = await openKeyFile(path, passphrase)
    const [left, right] = [await store.get<number>('left'), await store.get<number>('right')]
    expect(left).toBe(right)
    // What was said to be written is.
    expect(left).toBeGreaterThanOrEqual(last)
    last = left ?? 0
  }
}, 120_000)
