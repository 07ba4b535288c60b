import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * `node deploy/compose-env.mjs [FOLDER]`: writes the secrets of `docker compose` to `.env` (0600), random ones. Refuses to
 * overwrite: what was signed and stored with the old ones would be lost. Needs Node alone.
 */
const file = join(resolve(process.argv[2] ?? join(import.meta.dirname, '..')), '.env')

const { privateKey } = generateKeyPairSync('ed25519')
const lines = [
  `S3_ACCESS_KEY_ID=compose${randomBytes(8).toString('hex')}`,
  `S3_SECRET_ACCESS_KEY=${randomBytes(30).toString('base64url')}`,
  `HELIOGRAPH_SECRET=${randomBytes(32).toString('base64url')}`,
  `AUTH_PRIVATE_KEY='${JSON.stringify(privateKey.export({ format: 'jwk' }))}'`,
]

try {
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' })
  console.log(`${file} has new secrets. Keep it: without it, the data of docker compose cannot be used.`)
} catch (error) {
  if (error.code !== 'EEXIST') throw error
  console.error(`${file} is there already and stays as it is. Delete it to begin anew, with the volumes.`)
  process.exitCode = 1
}
