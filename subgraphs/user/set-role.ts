// Gives an account a role: `node subgraphs/user/set-role.ts <username> MEMBER|MODERATOR|STAFF`. Nobody gets one through the API.
import { readConfig } from '#platform/config.ts'
import { type Platform, startPlatform } from '#platform/service.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { UserRow } from './model.ts'

const roles: readonly string[] = ['MEMBER', 'MODERATOR', 'STAFF'] satisfies AccountFacts['role'][]

/** Sets the role of the account of a username; false without such an account. In force when it returns. */
export async function setRole(
  platform: Platform,
  username: string,
  role: AccountFacts['role'],
): Promise<boolean> {
  const users = platform.db('user').collection<UserRow>('users')
  const account = await users.findOne({ username: username.toLowerCase() }, { projection: { _id: 1 } })
  if (!account) return false
  await platform.facts.accounts.changing([account._id], () =>
    platform.transact('user')(async (tx) => {
      await users.updateOne(
        { _id: account._id },
        { $set: { role }, $inc: { version: 1 } },
        { session: tx.session },
      )
      tx.emit('account.changed', { userId: account._id })
    }),
  )
  return true
}

if (import.meta.main) {
  const [username = '', role = ''] = process.argv.slice(2)
  if (username === '' || !roles.includes(role)) {
    process.stderr.write('Usage: node subgraphs/user/set-role.ts <username> MEMBER|MODERATOR|STAFF\n')
    process.exitCode = 1
  } else {
    await using stack = new AsyncDisposableStack()
    const platform = await startPlatform(readConfig(), 'set-role', stack)
    const found = await setRole(platform, username, role as AccountFacts['role'])
    process.stdout.write(found ? `${username} is ${role} now.\n` : `There is no account ${username}.\n`)
    if (!found) process.exitCode = 1
  }
}
