import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const field = ['input', 'commentId']
const done: unknown[] = []

async function writes(who: Asker, postId: string, text: string, parentId?: string): Promise<string> {
  return (await who.does('createComment', { postId, text, parentId }, 'comment { id }')).comment.id
}

async function ids(who: Asker, postId: string, order = 'TOP'): Promise<string[]> {
  const { comments } = await who.sees('Post', postId, `comments(first: 50, order: ${order}) { nodes { id } }`)
  return comments.nodes.map((node: { id: string }) => node.id)
}

test('its writer changes a comment, and nobody else', async () => {
  const { account, post } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  const commentId = await writes(bob, postId, 'frist')
  const edit = (who: Asker, text: string) =>
    who.does('updateComment', { commentId, text }, 'comment { text editedAt }')
  expect(await edit(bob, 'frist')).toEqual({ comment: { text: 'frist', editedAt: null }, userErrors: done })
  expect(await edit(bob, ' first ')).toMatchObject({
    comment: { text: 'first', editedAt: expect.anything() },
    userErrors: done,
  })
  expect((await edit(alice, 'mine')).userErrors).toEqual([{ code: 'FORBIDDEN', field }])
  expect((await edit(bob, ' ')).userErrors).toEqual([{ code: 'INVALID', field: ['input', 'text'] }])
  expect((await edit(bob, 'x'.repeat(1_001))).userErrors).toEqual([
    { code: 'TOO_LONG', field: ['input', 'text'] },
  ])
  await engagement.blocks(alice, bob)
  expect((await edit(bob, 'again')).userErrors).toEqual([{ code: 'NOT_FOUND', field }])
  expect(await engagement.nobody.sees('Comment', commentId, 'text')).toEqual({ text: 'first' })
})

test('K2: the owner pins at most three, which come first in every order and on one page only', async () => {
  const { account, post } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  const written: string[] = []
  for (let n = 0; n < 6; n++) written.push(await writes(bob, postId, `number ${n}`))
  const pin = (who: Asker, commentId = '') => who.does('pinComment', { commentId }, 'comment { isPinned }')
  expect((await pin(bob, written[0])).userErrors).toEqual([{ code: 'FORBIDDEN', field }])

  // Six at once: three win.
  const answers = await Promise.all(written.map((id) => pin(alice, id)))
  const won = answers.filter(({ userErrors }) => userErrors.length === 0)
  expect(won).toEqual(Array(3).fill({ comment: { isPinned: true }, userErrors: done }))
  expect(answers.filter(({ userErrors }) => userErrors[0]?.code === 'TOO_MANY').length).toBe(3)
  const pinned = written.filter((_, n) => won.includes(answers[n]))
  const others = written.filter((id) => !pinned.includes(id)).reverse()
  for (const order of ['TOP', 'NEWEST']) {
    const listed = await ids(bob, postId, order)
    expect(listed.slice(0, 3).sort()).toEqual(pinned)
    expect(listed.slice(3)).toEqual(others)
  }

  // What is deleted or unpinned makes room; again changes nothing.
  const [first, second] = pinned as [string, string]
  await bob.does('deleteComment', { commentId: first })
  for (let turn = 0; turn < 2; turn++) {
    const payload = await alice.does('unpinComment', { commentId: second }, 'comment { isPinned }')
    expect(payload).toEqual({ comment: { isPinned: false }, userErrors: done })
  }
  for (const id of others.slice(0, 2)) expect((await pin(alice, id)).userErrors).toEqual(done)
  expect((await pin(alice, second)).userErrors).toEqual([{ code: 'TOO_MANY', field }])
  expect((await ids(bob, postId)).slice(0, 2)).toEqual([others[1], others[0]])

  const reply = await writes(bob, postId, 'reply', second)
  expect((await pin(alice, reply)).userErrors).toEqual([{ code: 'INVALID', field }])
})

test('a hidden comment is there for its writer and the author of the post alone, with its replies', async () => {
  const { account, post, nobody } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const kept = await writes(carol, postId, 'nice')
  const commentId = await writes(bob, postId, 'rude')
  const reply = await writes(carol, postId, 'hey!', commentId)
  await alice.does('pinComment', { commentId })
  const hide = (who: Asker, hidden?: boolean) =>
    who.does('hideComment', { commentId, hidden }, 'comment { isHidden isPinned }')
  expect((await hide(carol)).userErrors).toEqual([{ code: 'FORBIDDEN', field }])
  expect((await hide(bob)).userErrors).toEqual([{ code: 'FORBIDDEN', field }])
  for (let turn = 0; turn < 2; turn++) {
    expect(await hide(alice)).toEqual({ comment: { isHidden: true, isPinned: false }, userErrors: done })
  }
  for (const who of [alice, bob]) {
    expect(await ids(who, postId)).toEqual([commentId, kept])
    expect((await who.sees('Post', postId, 'previewComments { id }')).previewComments.length).toBe(2)
    expect(await who.sees('Comment', commentId, 'isHidden')).toEqual({
      isHidden: who === alice ? true : null,
    })
  }
  for (const who of [carol, nobody]) {
    expect(await ids(who, postId)).toEqual([kept])
    expect(await who.sees('Post', postId, 'previewComments { id }')).toEqual({
      previewComments: [{ id: kept }],
    })
    for (const id of [commentId, reply]) expect(await who.sees('Comment', id, 'id')).toBeNull()
  }
  expect((await carol.does('likeComment', { commentId })).userErrors).toEqual([{ code: 'NOT_FOUND', field }])
  expect((await alice.does('pinComment', { commentId })).userErrors).toEqual([{ code: 'INVALID', field }])

  expect((await hide(alice, false)).comment).toEqual({ isHidden: false, isPinned: false })
  expect(await ids(nobody, postId)).toEqual([commentId, kept])
})

test('a comment pinned and deleted at once is not pinned', async () => {
  const { account, post, store } = engagement
  const alice = await account()
  const postId = await post(alice)
  for (let turn = 0; turn < 8; turn++) {
    const commentId = await writes(alice, postId, `turn ${turn}`)
    await Promise.all([alice.does('pinComment', { commentId }), alice.does('deleteComment', { commentId })])
  }
  expect(await store.findPins(postId)).toEqual([])
})

test('what becomes of a comment is told to those who see or saw it, and to nobody else (K3, V1, V10)', async () => {
  const { account, post, platform } = engagement
  const [alice, bob, carol, dave] = [await account(), await account(), await account(), await account()]
  const postId = await post(alice)
  const commentId = await writes(bob, postId, 'frist')
  await engagement.blocks(dave, bob)
  const outbox = platform.db('engagement').collection('outbox')
  /** What a listener hears of the newest event under the post. */
  const hears = async (who: Asker) => {
    const filter = { name: { $in: ['comment.changed', 'comment.deleted'] }, key: postId }
    const [row] = await outbox.find(filter).sort({ _id: -1 }).limit(1).toArray()
    const query =
      'subscription ($id: ID!) { commentChanged(postId: $id) { cursor commentId change comment { text isPinned } } }'
    const { data, codes } = await who.asks(query, { id: postId }, { cursor: 'c1', event: row })
    expect(codes).toEqual([])
    return data.commentChanged
  }
  const event = (change: string, comment: object | null) => ({ cursor: 'c1', commentId, change, comment })

  await bob.does('updateComment', { commentId, text: 'first' })
  expect(await hears(carol)).toEqual(event('EDITED', { text: 'first', isPinned: false }))
  expect(await hears(dave)).toBeNull()
  await alice.does('pinComment', { commentId })
  expect(await hears(carol)).toEqual(event('PINNED', { text: 'first', isPinned: true }))
  await alice.does('unpinComment', { commentId })
  expect(await hears(carol)).toEqual(event('UNPINNED', { text: 'first', isPinned: false }))
  await alice.does('hideComment', { commentId })
  expect(await hears(carol)).toEqual(event('HIDDEN', null))
  // Its writer does not learn of it, and the post's author does.
  expect(await hears(bob)).toBeNull()
  expect(await hears(alice)).toEqual(event('HIDDEN', { text: 'first', isPinned: false }))
  expect(await hears(dave)).toBeNull()
  await alice.does('hideComment', { commentId, hidden: false })
  expect(await hears(carol)).toEqual(event('SHOWN', { text: 'first', isPinned: false }))
  expect(await hears(bob)).toBeNull()
  await bob.does('deleteComment', { commentId })
  expect(await hears(carol)).toEqual(event('DELETED', null))
  expect(await hears(dave)).toBeNull()
  // What was hidden, or kept back by a filter, ends for those alone who saw it; so do answers to it.
  await alice.does('updateCommentFilters', { words: ['spoiler'] }, 'viewer { commentFilters }')
  const hidden = await writes(bob, postId, 'hidden')
  const answer = await writes(bob, postId, 'an answer', hidden)
  await alice.does('hideComment', { commentId: hidden })
  const filtered = await writes(bob, postId, 'a spoiler')
  const hear = () => Promise.all([alice, bob, carol].map(async (who) => (await hears(who))?.change ?? null))
  await alice.does('hideComment', { commentId: filtered })
  expect(await hear()).toEqual(['HIDDEN', null, null])
  for (const id of [answer, hidden, filtered]) {
    await bob.does('deleteComment', { commentId: id })
    expect(await hear()).toEqual(['DELETED', 'DELETED', null])
  }
  await engagement.blocks(alice, carol)
  const refused = await carol.asks('subscription ($id: ID!) { commentChanged(postId: $id) { cursor } }', {
    id: postId,
  })
  expect(refused.codes).toEqual(['FORBIDDEN'])
})
