import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/**
 * The secrets of one data folder, made on first use and kept in `file` (0600). They never leave this machine.
 * @returns the variables S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, HELIOGRAPH_SECRET (32 bytes, base64url) and
 *   AUTH_PRIVATE_KEY (an Ed25519 JWK as JSON)
 */
export function loadSecrets(file) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  const { privateKey } = generateKeyPairSync('ed25519')
  const secrets = {
    S3_ACCESS_KEY_ID: `local${randomBytes(8).toString('hex')}`,
    S3_SECRET_ACCESS_KEY: randomBytes(30).toString('base64url'),
    HELIOGRAPH_SECRET: randomBytes(32).toString('base64url'),
    AUTH_PRIVATE_KEY: JSON.stringify(privateKey.export({ format: 'jwk' })),
  }
  // Renamed into place, so that an interrupted start leaves no half a file.
  writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), {
    mode: 0o600,
  })
  renameSync(`${file}.new`, file)
  return secrets
}
