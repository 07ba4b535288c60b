import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { type RunningUser, startUser } from './fixtures.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
})
afterAll(() => running.stack.disposeAsync())

const fields =
  'user { displayName bio website pronouns avatar { url width height } large: avatar(size: 500) { width } }'

test('fields that are left out stay, null clears', async () => {
  const pat = await running.signsUp('pat')
  const website = 'https://example.org/'
  await pat.does('updateProfile', { displayName: 'Pat', bio: 'Hi', website, pronouns: 'they' })
  const kept = await pat.does('updateProfile', { bio: null }, fields)
  expect(kept.user).toMatchObject({ displayName: 'Pat', bio: null, website, pronouns: 'they', avatar: null })
  expect((await pat.does('updateProfile', {}, fields)).user).toEqual(kept.user)
})

test('texts have limits', async () => {
  const quin = await running.signsUp('quin')
  for (const [field, max] of Object.entries({ displayName: 64, bio: 150, pronouns: 40 })) {
    const accepted = await quin.does('updateProfile', { [field]: '🌞'.repeat(max) })
    expect(accepted.userErrors).toEqual([])
    const refused = await quin.does('updateProfile', { [field]: '🌞'.repeat(max + 1) })
    expect(refused.userErrors).toMatchObject([{ code: 'TOO_LONG', field: ['input', field] }])
  }
})

test('a picture is copied to where anyone may fetch it, and removed when it is replaced', async () => {
  const rosa = await running.signsUp('rosa')
  const picture = await running.media(rosa.id)
  const { user, userErrors } = await rosa.does('updateProfile', { avatarMediaId: picture._id }, fields)
  expect(userErrors).toEqual([])
  expect(user).toMatchObject({ avatar: { width: 150, height: 150 }, large: { width: 640 } })
  const fetched = await fetch(user.avatar.url)
  expect(fetched.status).toBe(200)
  expect(await fetched.text()).toContain(`${picture._id}/150.webp`)

  const prefix = `public/avatars/${rosa.id}/`
  expect(await running.platform.storage.list(prefix)).toHaveLength(3)
  const next = await running.media(rosa.id)
  await rosa.does('updateProfile', { avatarMediaId: next._id })
  const left = await running.platform.storage.list(prefix)
  expect(left).toHaveLength(3)
  expect(left.every((key) => key.startsWith(`${prefix}${next._id}/`))).toBe(true)
  expect((await rosa.does('updateProfile', { avatarMediaId: null }, fields)).user.avatar).toBeNull()
  expect(await running.platform.storage.list(prefix)).toEqual([])
})

test('V20: only a ready picture of one’s own becomes a profile picture', async () => {
  const sam = await running.signsUp('sam')
  const tess = await running.signsUp('tess')
  const refusal = async (mediaId: string) =>
    (await sam.does('updateProfile', { avatarMediaId: mediaId })).userErrors.map(
      ({ code }: { code: string }) => code,
    )
  expect(await refusal((await running.media(tess.id))._id)).toEqual(['NOT_FOUND'])
  expect(await refusal(newId('media'))).toEqual(['NOT_FOUND'])
  expect(await refusal('$ne')).toEqual(['NOT_FOUND'])
  expect(await refusal((await running.media(sam.id, { status: 'PROCESSING' }))._id)).toEqual(['INVALID'])
  expect(await refusal((await running.media(sam.id, { kind: 'VIDEO' }))._id)).toEqual(['INVALID'])
  // Profile pictures are served to everyone, so what is not for everyone is none.
  for (const label of ['SENSITIVE', 'ADULT', 'BLOCKED'] as const) {
    const labelled = await running.media(sam.id, { labels: ['CLAIMED', label] })
    expect(await refusal(labelled._id)).toEqual(['BLOCKED_BY_POLICY'])
  }
  expect(await running.platform.storage.list(`public/avatars/${sam.id}/`)).toEqual([])
  expect(await refusal((await running.media(sam.id, { labels: ['CLAIMED'] }))._id)).toEqual([])
})

test('racing changes of the picture leave the objects of the one that stays', async () => {
  const uma = await running.signsUp('uma')
  const pictures = await Promise.all([running.media(uma.id), running.media(uma.id)])
  await Promise.all(
    [0, 1, 0, 1, 0, 1].map((i) => uma.does('updateProfile', { avatarMediaId: pictures[i]?._id })),
  )
  const { data } = await uma.asks('{ viewer { user { avatar { url } } } }')
  expect((await fetch(data.viewer.user.avatar.url)).status).toBe(200)
  expect(await running.platform.storage.list(`public/avatars/${uma.id}/`)).toHaveLength(3)
})
