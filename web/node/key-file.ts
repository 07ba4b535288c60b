// A key store in a file, for clients without a browser (Node 24). Keys and values are encrypted under a key of the file's own, which is
// encrypted under the passphrase; what the file shows is how many entries there are, and how long. SQLite sees to it that a write
// happens whole or not at all, overwrites what is deleted, and empties its journal, so that used keys do not stay.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { minPassphrase, WrongPassphrase } from '../src/messages/encryption/backup.ts'
import { Tampered } from '../src/messages/encryption/content.ts'
import type { KeyStore } from '../src/messages/encryption/key-store.ts'

/** A key store that holds its file until it is closed. */
export interface KeyFile extends KeyStore, Disposable {}

/** The file is open elsewhere. */
export class InUse extends Error {}

// scrypt's (RFC 7914) price of a guess: 64 MB, and a good part of a second.
const logCost = 16
const [minCost, maxCost] = [14, 18]
const nonceBytes = 12
const tagBytes = 16

const tables = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = EXTRA;
  PRAGMA secure_delete = ON;
  BEGIN EXCLUSIVE;
  CREATE TABLE IF NOT EXISTS head (version INTEGER PRIMARY KEY, cost INTEGER NOT NULL, salt BLOB NOT NULL, sealed BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS entries (name BLOB PRIMARY KEY, folder BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS folders ON entries (folder);
  COMMIT;`

interface Head {
  cost: number
  salt: Uint8Array
  sealed: Uint8Array
}

const stretch = promisify<string, Uint8Array, number, object, Buffer>(scrypt)
const wrappingKey = (passphrase: string, salt: Uint8Array, cost: number) =>
  stretch(passphrase.normalize('NFKC'), salt, 32, { N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** (cost + 11) })

/** AES-256-GCM: nonce, tag, ciphertext. `place` is bound to it, so that it opens nowhere else. */
function seal(key: Uint8Array, place: Uint8Array, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(place)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
}

function unseal(key: Uint8Array, place: Uint8Array, sealed: Uint8Array): Buffer {
  const head = nonceBytes + tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(place).setAuthTag(sealed.subarray(nonceBytes, head))
  return Buffer.concat([decipher.update(sealed.subarray(head)), decipher.final()])
}

const headPlace = Buffer.from('heliograph key file 1')

/** The file's own key: a new one of a new file. Throws WrongPassphrase. */
async function unlock(db: DatabaseSync, passphrase: string): Promise<Buffer> {
  const head = db.prepare('SELECT cost, salt, sealed FROM head WHERE version = 1').get() as Head | undefined
  if (!head) {
    const [key, salt] = [randomBytes(32), randomBytes(16)]
    const sealed = seal(await wrappingKey(passphrase, salt, logCost), headPlace, key)
    db.prepare('INSERT INTO head VALUES (1, ?, ?, ?)').run(logCost, salt, sealed)
    return key
  }
  // Whoever can write the file must not choose what it costs to open it.
  if (head.cost < minCost || head.cost > maxCost) throw new WrongPassphrase('This is no key file.')
  const wrapping = await wrappingKey(passphrase, head.salt, head.cost)
  try {
    return unseal(wrapping, headPlace, head.sealed)
  } catch {
    throw new WrongPassphrase('The passphrase is another one, or the file was changed.')
  }
}

/**
 * Opens a key file, and makes one where there is none; nobody else can open it meanwhile. Throws RangeError for a passphrase that
 * is too short, WrongPassphrase, and InUse. What it holds is Tampered when it was changed otherwise.
 */
export async function openKeyFile(path: string, passphrase: string): Promise<KeyFile> {
  if (passphrase.length < minPassphrase)
    throw new RangeError(`A passphrase has at least ${minPassphrase} characters.`)
  // For its owner alone; SQLite gives its journal the same rights.
  closeSync(openSync(path, 'a', 0o600))
  const db = new DatabaseSync(path)
  try {
    db.exec(tables)
    return storeIn(db, await unlock(db, passphrase))
  } catch (error) {
    db.close()
    if (error instanceof Error && error.message.includes('locked')) throw new InUse('Somebody has it open.')
    throw error
  }
}

function storeIn(db: DatabaseSync, fileKey: Uint8Array): KeyFile {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', fileKey, '', purpose, 32))
  const [sealing, naming] = [derive('entries'), derive('names')]
  const nameOf = (text: string) => createHmac('sha256', naming).update(text).digest()
  /** Keys are listed by the part before their slash. */
  const folderOf = (key: string) => nameOf(`in ${key.split('/', 1)[0]}`)
  const select = db.prepare('SELECT sealed FROM entries WHERE name = ?')
  const selectAll = db.prepare('SELECT name, sealed FROM entries')
  const selectFolder = db.prepare('SELECT name, sealed FROM entries WHERE folder = ?')
  const put = db.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM entries WHERE name = ?')

  const open = <V>(name: Uint8Array, sealed: Uint8Array): [string, V] => {
    try {
      return deserialize(unseal(sealing, name, sealed)) as [string, V]
    } catch {
      throw new Tampered('The key file was changed.')
    }
  }
  return {
    async get<V>(key: string) {
      const name = nameOf(key)
      const row = select.get(name) as { sealed: Uint8Array } | undefined
      return row && open<V>(name, row.sealed)[1]
    },
    async list<V>(prefix: string) {
      const found = prefix.includes('/') ? selectFolder.all(folderOf(prefix)) : selectAll.all()
      return (found as { name: Uint8Array; sealed: Uint8Array }[])
        .map(({ name, sealed }) => open<V>(name, sealed))
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
    },
    async write(changes) {
      const rows = Object.entries(changes).map(([key, value]) => {
        const name = nameOf(key)
        return {
          name,
          folder: folderOf(key),
          sealed: value === undefined ? null : seal(sealing, name, serialize([key, value])),
        }
      })
      db.exec('BEGIN IMMEDIATE')
      try {
        for (const { name, folder, sealed } of rows) {
          if (sealed) put.run(name, folder, sealed)
          else remove.run(name)
        }
        db.exec('COMMIT')
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      }
    },
    [Symbol.dispose]: () => db.close(),
  }
}
