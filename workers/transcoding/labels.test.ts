// Labels, from an upload to whom its bytes are served, on real servers and with the real classifier.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorker } from '#platform/worker.ts'
import { isServed, labelsOf, thresholds } from '#subgraphs/content/domain/label-rules.ts'
import { labelMedia } from '#subgraphs/content/domain/media-labels.ts'
import { distance, nearBits } from '#subgraphs/content/domain/picture-marks.ts'
import { type Asker, type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { loadPictureClassifier } from './classifier.ts'
import { ffmpeg, phoneJpeg, scratch } from './domain/fixtures.ts'
import { hashesOf, picturesOf } from './looks.ts'
import { transcoding } from './main.ts'
import { sweep } from './sweep.ts'

const patience = { timeout: 60_000 }
let content: RunningContent
let alice: Asker
let bob: Asker
let minor: Asker
let moderator: Asker

beforeAll(async () => {
  // A classifier that is away: what it would have seen waits.
  content = await startContent({ nsfwModelPath: '/nowhere/net.onnx' })
  alice = await content.account()
  bob = await content.account()
  const year = new Date().getUTCFullYear() - 15
  minor = await content.account({ birthDate: `${year}-01-01` })
  moderator = await content.account({ role: 'MODERATOR' })
  await startWorker(content.platform, transcoding, content.stack)
})
afterAll(() => content.stack.disposeAsync())

const uploads = async (owner: Asker, bytes: Buffer): Promise<string> => {
  const mediaId = await content.uploads(owner, bytes, 'image/jpeg')
  await expect.poll(async () => (await content.row(mediaId))?.status, patience).toBe('READY')
  return mediaId
}
const labelled = async (mediaId: string): Promise<MediaRow> => {
  await expect.poll(async () => (await content.row(mediaId))?.labelling, patience).toBeDefined()
  return (await content.row(mediaId)) as MediaRow
}
const posts = async (author: Asker, mediaId: string) =>
  (await author.does('createPost', { mediaIds: [mediaId] }, 'post { id }')).post
const shown = async (asker: Asker, postId: string) =>
  (
    await asker.asks(
      'query ($id: ID!) { post(id: $id) { sensitive media { labels posterUrl renditions { url } } } }',
      {
        id: postId,
      },
    )
  ).data.post
const decides = async (subjectId: string, decision: string, templateKey?: string) => {
  const { data } = await moderator.asks('{ reviewQueue(first: 100) { nodes { id subjectId } } }')
  const item = data.reviewQueue.nodes.find((one: { subjectId: string }) => one.subjectId === subjectId)
  await moderator.does('resolveReview', { itemId: item.id, decision, templateKey }, 'item { id }')
  return item.id as string
}
const undoes = (itemId: string) => moderator.does('undoReview', { itemId }, 'item { id }')
const media = () => content.platform.db('content').collection<MediaRow>('media')
const waits = (mediaId: string) => media().updateOne({ _id: mediaId }, { $set: { unlabelled: true } })
/** A picture, and the machine's flagging it: again if the worker's own look came in between. */
const flagged = async (width: number, score: number) => {
  const mediaId = await uploads(alice, await phoneJpeg(1, width, 480))
  if (process.env.NSFW_MODEL_PATH !== undefined) await labelled(mediaId)
  const looks = async (using = deps()) => {
    await waits(mediaId)
    return labelMedia(using, mediaId, { score, hashes: [] })
  }
  return { mediaId, flags: (using = deps()) => expect.poll(() => looks(using), patience).toBe(true) }
}
const marks = () => content.platform.db('content').collection('pictureMarks').countDocuments()
const deps = () => {
  const { accounts, posts } = content.platform.facts
  const { platform, store } = content
  return { ...store, accounts, posts, transact: platform.transact('content'), now: () => new Date() }
}

test('who is served what', () => {
  const account = (id: string, adultAt: number, role = 'MEMBER') => ({ id, adultAt, role }) as never
  const adult = account('user_b', 0)
  const child = account('user_c', 2_000)
  const media = (...labels: MediaRow['labels'] & object) => ({ ownerId: 'user_a', labels })
  const served = (labels: MediaRow['labels'] & object) =>
    [account('user_a', 2_000), account('user_m', 0, 'MODERATOR'), adult, child, null].map((viewer) =>
      isServed(media(...labels), viewer, 1_000),
    )
  expect(served([])).toEqual([true, true, true, true, true])
  expect(served(['CLAIMED'])).toEqual([true, true, true, true, true])
  expect(served(['SENSITIVE'])).toEqual([true, true, true, false, true])
  expect(served(['SENSITIVE', 'ADULT'])).toEqual([true, true, true, false, false])
  expect(served(['BLOCKED'])).toEqual([true, true, false, false, false])
  expect(labelsOf(thresholds.review - 0.01, [])).toEqual([])
  expect(labelsOf(thresholds.review, [])).toEqual(['SENSITIVE'])
  expect(labelsOf(thresholds.adult, [{ kind: 'CLAIMED' }])).toEqual(['CLAIMED', 'SENSITIVE', 'ADULT'])
})

test('a dead classifier stops nobody: posts appear, items wait, and are labelled when it is back', async () => {
  const mediaId = await uploads(alice, await phoneJpeg(1, 640, 480))
  const { id } = await posts(alice, mediaId)
  expect(await shown(minor, id)).toMatchObject({ sensitive: false, media: [{ labels: [] }] })
  expect(await content.row(mediaId)).toMatchObject({ unlabelled: true })
  expect(await content.store.countUnlabelled()).toBeGreaterThan(0)

  const modelPath = process.env.NSFW_MODEL_PATH
  if (modelPath === undefined) return
  Object.assign(content.platform.config, { nsfwModelPath: modelPath })
  // A worker that starts again looks at what waited.
  await sweep(content.platform)
  const row = await labelled(mediaId)
  expect(row.labelling?.score).toBeLessThan(thresholds.review)
  expect(row).toMatchObject({ labels: [] })
  expect(row.unlabelled).toBeUndefined()
  expect((await shown(minor, id)).media[0].renditions.length).toBeGreaterThan(0)
})

test('what the classifier flags is kept from minors at once, and a moderator may take that back', async () => {
  const { mediaId, flags } = await flagged(660, 0.7)
  const { id } = await posts(alice, mediaId)
  await flags()
  // A second look at the same pictures says nothing new.
  expect(await labelMedia(deps(), mediaId, { score: 0.7, hashes: [] })).toBe(false)
  expect(await shown(bob, id)).toMatchObject({ sensitive: true, media: [{ labels: ['SENSITIVE'] }] })
  expect((await shown(bob, id)).media[0].renditions.length).toBeGreaterThan(0)
  expect(await shown(minor, id)).toBeNull()
  // Nothing that shows it from now on is for minors either.
  const again = await posts(alice, mediaId)
  expect(await shown(bob, again.id)).toMatchObject({ sensitive: true })

  // Neither is what its author calls sensitive himself, whatever becomes of the label.
  const own = (await alice.does('createPost', { mediaIds: [mediaId], sensitive: true }, 'post { id }')).post

  const itemId = await decides(mediaId, 'NONE')
  expect(await shown(minor, id)).toMatchObject({ sensitive: false, media: [{ labels: [] }] })
  expect((await shown(minor, id)).media[0].renditions.length).toBeGreaterThan(0)
  expect(await shown(minor, again.id)).toMatchObject({ sensitive: false, media: [{ labels: [] }] })
  expect(await shown(bob, own.id)).toMatchObject({ sensitive: true })
  expect(await content.store.getPost(again.id)).toMatchObject({ labelled: false })

  // Undone, it is as the machine had it, until that is decided again.
  const later = await posts(alice, mediaId)
  await undoes(itemId)
  for (const one of [again.id, later.id]) {
    expect(await shown(bob, one)).toMatchObject({ sensitive: true, media: [{ labels: ['SENSITIVE'] }] })
    expect(await shown(minor, one)).toBeNull()
  }
  await decides(mediaId, 'NONE')
  for (const one of [again.id, later.id]) {
    expect(await shown(minor, one)).toMatchObject({ sensitive: false, media: [{ labels: [] }] })
  }
  expect(await shown(bob, own.id)).toMatchObject({ sensitive: true })
})

test('what a moderator labelled himself stays labelled when the machine was wrong', async () => {
  const { mediaId, flags } = await flagged(664, 0.7)
  await flags()
  const { id } = await posts(alice, mediaId)
  await bob.does('reportContent', { subjectId: id, reason: 'VIOLENCE' }, 'report { id }')
  await decides(id, 'LABEL')
  await decides(mediaId, 'NONE')
  expect(await shown(bob, id)).toMatchObject({ sensitive: true, media: [{ labels: [] }] })
})

test('a post of two flagged pictures stays labelled until nothing is wrong with either', async () => {
  const items = [await flagged(666, 0.7), await flagged(690, 0.7)]
  const mediaIds = items.map(({ mediaId }) => mediaId)
  const { post } = await alice.does('createPost', { mediaIds }, 'post { id }')
  for (const { flags } of items) await flags()
  const stands = async () => (await shown(bob, post.id)).sensitive
  expect(await stands()).toBe(true)
  await decides(mediaIds[0] as string, 'NONE')
  expect(await stands()).toBe(true)
  expect(await shown(minor, post.id)).toBeNull()
  await decides(mediaIds[1] as string, 'NONE')
  expect(await stands()).toBe(false)
  expect(await content.store.getPost(post.id)).toMatchObject({ labelled: false })
})

test('a moderator who agrees with the machine leaves its labels, also when he changes his mind', async () => {
  const { mediaId, flags } = await flagged(668, 0.97)
  const { id } = await posts(alice, mediaId)
  await flags()
  const labels = ['SENSITIVE', 'ADULT']
  const stands = { sensitive: true, media: [{ labels }] }
  const itemId = await decides(mediaId, 'LABEL')
  expect(await shown(bob, id)).toMatchObject(stands)
  await undoes(itemId)
  expect(await shown(bob, id)).toMatchObject(stands)
  await decides(mediaId, 'REMOVE')
  expect(await shown(bob, id)).toBeNull()
  expect((await content.row(mediaId))?.labels).toEqual([...labels, 'BLOCKED'])
  await undoes(itemId)
  expect(await shown(bob, id)).toMatchObject(stands)
  await decides(mediaId, 'NONE')
  expect(await shown(minor, id)).toMatchObject({ sensitive: false, media: [{ labels: [] }] })
})

test('what is for adults is read by nobody who is signed out, not even its words', async () => {
  const { mediaId, flags } = await flagged(694, 0.97)
  const input = { mediaIds: [mediaId], caption: 'A night #outside', altTexts: ['Two people'] }
  const { id } = (await alice.does('createPost', input, 'post { id }')).post
  const read = async (asker: Asker) =>
    (
      await asker.asks(
        `query ($id: ID!) { post(id: $id) { caption captionEntities { kind } hashtags { name }
          media { altText placeholder posterUrl renditions { url } rendition(width: 320) { width url } } } }`,
        { id },
      )
    ).data.post
  const whole = {
    ...{
      caption: 'A night #outside',
      captionEntities: [{ kind: 'HASHTAG' }],
      hashtags: [{ name: 'outside' }],
    },
    media: [
      {
        ...{ altText: 'Two people', placeholder: expect.any(String) },
        rendition: { width: 320, url: expect.stringContaining('.webp') },
      },
    ],
  }
  expect(await read(content.nobody)).toMatchObject(whole)
  await flags()
  expect(await read(content.nobody)).toEqual({
    ...{ caption: null, captionEntities: [], hashtags: [] },
    media: [{ altText: null, placeholder: null, posterUrl: null, renditions: [], rendition: null }],
  })
  expect(await read(minor)).toBeNull()
  for (const asker of [alice, bob, moderator]) expect(await read(asker)).toMatchObject(whole)

  // Nor what lies on the picture of a story.
  const poll = { question: 'Again?', options: ['Yes', 'No'] }
  const { story } = await alice.does('createStory', { mediaId, stickers: { poll } }, 'story { id }')
  const looks = async (asker: Asker) =>
    (
      await asker.asks(
        'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Story { poll { question } stickers { kind } } } }',
        { r: [{ __typename: 'Story', id: story.id }] },
      )
    ).data._entities[0]
  expect(await looks(minor)).toEqual({ poll: null, stickers: [] })
  expect((await looks(bob)).poll).toEqual({ question: 'Again?' })
})

test('a post that appears while its picture is being labelled is labelled too', async () => {
  const { mediaId, flags } = await flagged(672, 0.7)
  let late: { id: string } | undefined
  const findPostsToLabel: ReturnType<typeof deps>['findPostsToLabel'] = async (...asked) => {
    const found = await content.store.findPostsToLabel(...asked)
    late ??= await posts(alice, mediaId)
    return found
  }
  await flags({ ...deps(), findPostsToLabel })
  expect(await shown(bob, late?.id ?? '')).toMatchObject({ sensitive: true })
  expect(await content.store.getPost(late?.id ?? '')).toMatchObject({ labelled: true })
})

test('what waits for its look is tried again after others, and not while there is no classifier', async () => {
  // Rows of which the worker makes nothing.
  const unreadable = async (width: number) => {
    const { mediaId } = await flagged(width, 0)
    await media().updateOne({ _id: mediaId }, { $set: { unlabelled: true, status: 'FAILED' } })
    return mediaId
  }
  const mediaId = await unreadable(676)
  const { config } = content.platform
  const { nsfwModelPath } = config
  const later = () => content.row(mediaId).then((row) => row?.lookAfter)
  Object.assign(config, { nsfwModelPath: null })
  await sweep(content.platform)
  expect(await later()).toBeUndefined()
  Object.assign(config, { nsfwModelPath: '/nowhere/net.onnx' })
  await sweep(content.platform)
  Object.assign(config, { nsfwModelPath })
  const at = await later()
  if (!at) throw new Error('nothing is noted of the try')
  expect(await content.store.listUnlabelled(new Date(at.getTime() - 1), 500)).not.toContain(mediaId)
  expect(await content.store.listUnlabelled(at, 500)).toContain(mediaId)
  const other = await unreadable(680)
  const order = await content.store.listUnlabelled(at, 500)
  expect(order.indexOf(other)).toBeLessThan(order.indexOf(mediaId))
})

test('a picture is blocked for what most people or the moderator say of it', async () => {
  const { mediaId, flags } = await flagged(684, 0)
  const { id } = await posts(alice, mediaId)
  for (const [asker, reason] of [
    [bob, 'SPAM'],
    [minor, 'SPAM'],
    [moderator, 'NUDITY'],
  ] as const) {
    await asker.does('reportContent', { subjectId: id, reason }, 'report { id }')
  }
  const before = await marks()
  const itemId = await decides(id, 'REMOVE')
  expect(await marks()).toBe(before)
  expect((await content.row(mediaId))?.labels ?? []).toEqual([])
  await undoes(itemId)
  await decides(id, 'REMOVE', 'nudity')
  expect((await content.row(mediaId))?.labels).toEqual(['BLOCKED'])
  // However it is drawn anew, and whatever the machine sees in it then.
  await flags()
  expect((await content.row(mediaId))?.labels).toEqual(['BLOCKED'])
  await undoes(itemId)
  expect((await content.row(mediaId))?.labels).toEqual([])
  expect(await marks()).toBe(before)
})

test('a picture that was taken down is known when it comes again, and nothing new can show it', async () => {
  const original = await phoneJpeg(1, 800, 640)
  const mediaId = await uploads(alice, original)
  const { id } = await posts(alice, mediaId)
  await bob.does('reportContent', { subjectId: id, reason: 'VIOLENCE' }, 'report { id }')
  await decides(id, 'REMOVE')
  expect(await marks()).toBe(1)
  const blocked = [{ code: 'BLOCKED_BY_POLICY', field: ['input', 'mediaIds'] }]
  const again = () => alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
  expect((await again()).userErrors).toEqual(blocked)

  const copy = await uploads(
    bob,
    await sharp(original).rotate().resize(500).flop().jpeg({ quality: 55 }).toBuffer(),
  )
  expect((await labelled(copy)).labels).toContain('BLOCKED')
  const refused = await bob.does('createPost', { mediaIds: [copy] }, 'post { id }')
  expect(refused.userErrors).toEqual(blocked)
  await decides(copy, 'NONE')
  expect((await posts(bob, copy)).id).toMatch(/^post_/)

  // Undone, the first decision is forgotten with its mark.
  const { data } = await moderator.asks('{ reviewQueue(first: 1, view: DECIDED) { nodes { id subjectId } } }')
  expect(data.reviewQueue.nodes).toHaveLength(1)
  const item = await content.platform.db('content').collection('reviewItems').findOne({ subjectId: id })
  await moderator.does('undoReview', { itemId: item?._id }, 'item { id }')
  expect(await marks()).toBe(0)
  expect((await again()).post.id).toMatch(/^post_/)
})

/** A picture that is like none of the others here. */
const drawn = (width: number): Promise<Buffer> =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#d8c9a0"/>
       <circle cx="190" cy="170" r="120" fill="#213d7a"/><path d="M330 460 L470 60 L610 460 Z" fill="#8c2f1b"/>
       <rect x="40" y="350" width="230" height="70" fill="#f4f4ec"/></svg>`,
    ),
  )
    .resize(width)
    .jpeg()
    .toBuffer()

/** A film that begins and ends with a test picture, and shows another one for two seconds in between. */
async function filmWith(picture: Buffer): Promise<Buffer> {
  await using folder = await scratch()
  const [still, film] = [join(folder.path, 'still.jpg'), join(folder.path, 'film.mp4')]
  await writeFile(still, picture)
  const begins = ['-f', 'lavfi', '-t', '3', '-i', 'testsrc2=size=320x240:rate=10']
  const shows = ['-loop', '1', '-framerate', '10', '-t', '2', '-i', still]
  const graph = '[1]scale=320:240,setsar=1[p];[0]split[a][b];[a][p][b]concat=n=3[v]'
  const written = ['-filter_complex', graph, '-map', '[v]', '-pix_fmt', 'yuv420p', film]
  await ffmpeg(...begins, ...shows, ...written)
  return readFile(film)
}

test('a film is flagged for what it shows for two seconds, and kept from minors, from its upload to the queue', async () => {
  const modelPath = process.env.NSFW_MODEL_PATH
  if (modelPath !== undefined) Object.assign(content.platform.config, { nsfwModelPath: modelPath })
  const taken = await uploads(bob, await drawn(640))
  await posts(bob, taken)
  await moderator.does('reportContent', { subjectId: taken, reason: 'VIOLENCE' }, 'report { id }')
  const itemId = await decides(taken, 'REMOVE')

  // Posted before it is drawn, and out as soon as it is: nobody waits for the look.
  const filmId = await content.uploads(alice, await filmWith(await drawn(480)), 'video/mp4')
  const { id } = await posts(alice, filmId)
  const film = await labelled(filmId)
  expect(film).toMatchObject({ kind: 'VIDEO', status: 'READY' })
  expect(film.labels).toContain('BLOCKED')
  const [poster = Buffer.alloc(0), ...frames] = await picturesOf(content.platform.storage, film)
  const taboo = (await content.row(taken))?.perceptualHash as string
  const isLike = async (picture: Buffer) =>
    (await hashesOf(picture)).some((hash) => distance(hash, taboo) <= nearBits)
  expect(await isLike(poster)).toBe(false)
  expect(await Promise.all(frames.map(isLike))).toContain(true)

  const row = await content.platform.db('content').collection('reviewItems').findOne({ subjectId: filmId })
  expect(row).toMatchObject({ open: true, source: 'MATCH', subjectKind: 'MEDIA', ownerId: alice.id })
  expect(row?.reasons).toEqual({ VIOLENCE: 1 })
  expect(await shown(minor, id)).toBeNull()
  expect(await shown(bob, id)).toMatchObject({
    sensitive: true,
    media: [{ posterUrl: null, renditions: [] }],
  })
  expect(await shown(alice, id)).toMatchObject({ media: [{ labels: expect.arrayContaining(['BLOCKED']) }] })

  // What the classifier says of a film is what it says of the frame that tells most.
  if (modelPath !== undefined) {
    const classifier = await loadPictureClassifier(modelPath)
    const scores = await Promise.all([poster, ...frames].map((one) => classifier.score(one)))
    expect(film.labelling?.score).toBeCloseTo(Math.max(...scores), 5)
  }
  await decides(filmId, 'NONE')
  expect((await shown(minor, id)).media[0].renditions.length).toBeGreaterThan(0)
  await waits(filmId)
  expect(await labelMedia(deps(), filmId, { score: 0.97, hashes: [] })).toBe(true)
  expect(await shown(minor, id)).toBeNull()
  expect(await shown(bob, id)).toMatchObject({ media: [{ labels: ['SENSITIVE', 'ADULT'] }] })
  expect(await shown(content.nobody, id)).toMatchObject({ media: [{ posterUrl: null, renditions: [] }] })
  await decides(filmId, 'NONE')
  await undoes(itemId)
})

test('a work that was claimed is claimed again when it comes again: a strike, which an answer takes back', async () => {
  const [painter, copier] = [await content.account(), await content.account()]
  const work = await sharp(await phoneJpeg(1, 820, 640))
    .rotate()
    .extract({ left: 90, top: 20, width: 700, height: 600 })
    .toBuffer()
  const first = await uploads(copier, work)
  const { id } = await posts(copier, first)
  const claim = { subjectId: id, work: 'My painting of quarters' }
  await painter.does('fileCopyrightClaim', claim, 'claim { id }')
  await decides(id, 'REMOVE')

  const copy = await uploads(copier, await sharp(work).resize(480).jpeg({ quality: 60 }).toBuffer())
  const own = await uploads(painter, await sharp(work).resize(640).jpeg({ quality: 80 }).toBuffer())
  expect((await labelled(copy)).labels).toEqual(['CLAIMED'])
  const { data } = await moderator.asks(
    '{ reviewQueue(first: 100) { nodes { id subjectId source reasons { reason } ownerStrikeCount } } }',
  )
  const itemOf = (subjectId: string) =>
    data.reviewQueue.nodes.find((one: { subjectId: string }) => one.subjectId === subjectId)
  expect(itemOf(copy)).toMatchObject({
    ...{ source: 'MATCH', reasons: [{ reason: 'COPYRIGHT' }], ownerStrikeCount: 1 },
  })
  // Whoever claims a work may show it.
  expect(itemOf(own)).toBeUndefined()
  expect((await content.row(own))?.labels ?? []).toEqual([])

  const strikes = async () => (await content.store.countStrikes([copier.id], new Date(0))).get(copier.id) ?? 0
  // However often it is drawn anew, it is claimed once.
  const hashes = [(await content.row(first))?.perceptualHash ?? '']
  const drawnAnew = async () => {
    await waits(copy)
    return labelMedia(deps(), copy, { score: 0, hashes })
  }
  expect(await drawnAnew()).toBe(true)
  expect((await content.row(copy))?.labels).toEqual(['CLAIMED'])
  const claimsOf = async () =>
    (await content.store.listClaims(copier.id, 10)).filter((one) => one.subjectId === copy)
  expect(await claimsOf()).toHaveLength(1)

  await decides(copy, 'REMOVE')
  expect(await strikes()).toBe(2)
  const claims = await content.store.listClaims(copier.id, 10)
  expect(claims[0]).toMatchObject({ subjectId: copy, claimantId: painter.id, work: claim.work })
  await copier.does('answerCopyrightClaim', { claimId: claims[0]?._id, text: 'Mine' }, 'claim { answer }')
  const second = await content.account({ role: 'MODERATOR' })
  await second.does('resolveReview', { itemId: itemOf(copy).id, decision: 'NONE' }, 'item { id }')
  expect(await strikes()).toBe(1)
  expect((await content.row(copy))?.labels).toEqual([])
  // Nor is it claimed again, or looked at, once somebody found that it is not that work.
  expect(await drawnAnew()).toBe(true)
  expect((await content.row(copy))?.labels).toEqual([])
  expect(await claimsOf()).toHaveLength(1)
})
