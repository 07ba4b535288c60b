// Vectors of pictures by the real weights, on photographs: those who share a scene find each other.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom, normal } from '#platform/random.ts'
import { newId } from '#schema/ids.ts'
import { relatedPosts } from '#subgraphs/feed/domain/discovery/suggested-posts.ts'
import { cosine, together, unit, wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { feedDeps, type TestFeed, testFeed } from '#subgraphs/feed/fixtures.ts'
import { createJobs } from './jobs.ts'
import { loadPictureModel, projected, randomSigns } from './picture-model.ts'
import { requestRenewals } from './renewal.ts'

const modelPath = process.env.NSFW_MODEL_PATH
const shared = new URL('../../../shared/media/', import.meta.url)
const scenes = ['astronaut', 'chelsea', 'coffee', 'hubble_deep_field', 'rocket']
const canSee = modelPath !== undefined && existsSync(shared)

let { platform, stack, store, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
})
afterAll(() => stack.disposeAsync())

/** The left and the right half of a photograph, as objects of the store. */
async function halvesOf(scene: string): Promise<string[]> {
  const { data, info } = await sharp(await readFile(new URL(`${scene}.jpg`, shared)))
    .rotate()
    .toBuffer({ resolveWithObject: true })
  const width = Math.floor(info.width / 2)
  return Promise.all(
    [0, width].map(async (left) => {
      const part = await sharp(data).extract({ left, top: 0, width, height: info.height }).jpeg().toBuffer()
      const key = `public/media/${newId('media')}/part.jpg`
      await platform.storage.write(key, part, { contentType: 'image/jpeg', byteSize: part.length })
      return key
    }),
  )
}

test('random signs leave angles about as they are', () => {
  const random = createRandom(3)
  const signs = randomSigns(384 * 1_024)
  const drawn = () => Float32Array.from({ length: 1_024 }, () => Math.max(0, normal(random)))
  const centred = (features: Float32Array) => {
    const mean = features.reduce((sum, value) => sum + value, 0) / features.length
    return unit(features.map((value) => value - mean)) as Float32Array
  }
  for (let i = 0; i < 20; i++) {
    const one = drawn()
    // Some are nearly the same, some have nothing in common.
    const other = drawn().map((value, at) => (i / 20) * (one[at] ?? 0) + (1 - i / 20) * value)
    const [a, b] = [projected(one, signs), projected(other, signs)]
    if (!a || !b) throw new Error('nothing in it')
    expect(Math.abs(cosine(a, b) - cosine(centred(one), centred(other)))).toBeLessThan(0.2)
  }
  expect(projected(new Float32Array(1_024).fill(2), signs)).toBeNull()
})

test('a caption and a picture have half a say each, and either speaks alone', async () => {
  const [bread, bike] = await Promise.all(['sourdough bread', 'motorcycle engine'].map(wordModel.vectorOf))
  const random = createRandom(4)
  const [here, there] = [1, 2].map(() => unit(Float32Array.from({ length: 384 }, () => normal(random))))
  if (!bread || !bike || !here || !there) throw new Error('nothing in it')
  const both = together(bread, here) as Float32Array
  expect(cosine(both, together(bread, there) as Float32Array)).toBeCloseTo(0.5, 0)
  expect(cosine(both, together(bike, here) as Float32Array)).toBeCloseTo(0.5, 0)
  expect(Math.abs(cosine(both, together(bike, there) as Float32Array))).toBeLessThan(0.25)
  expect([together(bread, null), together(null, here), together(null, null)]).toEqual([bread, here, null])
})

/** A post that says something, with a picture under a key. */
async function picturePost(key: string, caption: string): Promise<string> {
  const id = await world.post(await world.account(), Date.now())
  const content = platform.db('content')
  const mediaId = newId('media')
  const renditions = [{ key, width: 320, height: 320, contentType: 'image/jpeg' }]
  await content.collection<{ _id: string }>('media').insertOne({ _id: mediaId, renditions } as never)
  await content
    .collection<{ _id: string }>('posts')
    .updateOne({ _id: id }, { $set: { caption, mediaIds: [mediaId] } })
  return id
}

const describes = (jobs: ReturnType<typeof createJobs>, postId: string, lastAttempt = false) =>
  jobs['discovery.describePost']({
    ...{ id: `discovery.describePost:${postId}`, payload: { postId }, attempt: 1, lastAttempt },
    signal: new AbortController().signal,
  })
const jobsWith = (change: Partial<Parameters<typeof createJobs>[0]>) =>
  createJobs({
    ...{ store, ...platform.facts, log: platform.log },
    ...{ model: async () => wordModel, pictures: async () => null },
    ...change,
  })
const described = async (id: string) => (await store.descriptions.get([id])).get(id)

test('a picture that does not come is waited for, and in the end its post is described by its words', async () => {
  const id = await picturePost('public/media/away.jpg', 'sourdough bread')
  const vectorOf = () => Promise.reject(new Error('the store is away'))
  const jobs = jobsWith({ pictures: async () => ({ name: 'pictures', vectorOf }) })
  await expect(describes(jobs, id)).rejects.toThrow('the store is away')
  expect(await described(id)).toBeUndefined()
  await describes(jobs, id, true)
  expect(await described(id)).toMatchObject({
    model: 'words-1+pictures',
    vector: await wordModel.vectorOf('sourdough bread'),
  })
})

test('while a model cannot be loaded nothing is compared; when it can, posts of other models are described again', async () => {
  const [id, older] = [
    await picturePost('public/media/some.jpg', 'whale song'),
    await picturePost('public/media/other.jpg', 'coral reef'),
  ]
  await describes(jobsWith({}), older)
  const broken = jobsWith({ pictures: () => Promise.reject(new Error('no such file')) })
  await expect(describes(broken, id)).rejects.toThrow('no such file')
  expect(await described(id)).toBeUndefined()
  await expect(describes(broken, id, true)).rejects.toThrow('no such file')
  expect(await described(id)).toMatchObject({ model: 'none', vector: null })

  const shown = (await wordModel.vectorOf('what it shows')) as Float32Array
  const jobs = jobsWith({ pictures: async () => ({ name: 'later', vectorOf: async () => shown }) })
  const asked: string[] = []
  const enqueue = async (_name: string, _key: string, payload: object) =>
    void asked.push((payload as { postId: string }).postId)
  const renew = () => requestRenewals({ store, jobs: { enqueue }, now: Date.now }, 'words-1+later')
  expect(await renew()).toBe(asked.length)
  expect(asked).toEqual(expect.arrayContaining([id, older]))
  for (const postId of asked) await describes(jobs, postId)
  for (const postId of [id, older]) expect((await described(postId))?.model).toBe('words-1+later')
  expect(await renew()).toBe(0)
})

test.skipIf(!modelPath)('what is no picture costs its post no words', async () => {
  const pictures = await loadPictureModel(modelPath as string, platform.storage, platform.log)
  const key = `public/media/${newId('media')}/broken.jpg`
  await platform.storage.write(key, Buffer.from('no picture'), { contentType: 'image/jpeg', byteSize: 10 })
  const id = await picturePost(key, 'motorcycle engine')
  await describes(jobsWith({ pictures: async () => pictures }), id)
  expect((await described(id))?.vector).toEqual(await wordModel.vectorOf('motorcycle engine'))
})

test.skipIf(!canSee)('halves of a photograph are nearer to each other than to any other scene', async () => {
  const model = await loadPictureModel(modelPath as string, platform.storage, platform.log)
  const all: { scene: string; vector: Float32Array }[] = []
  for (const scene of scenes)
    for (const key of await halvesOf(scene)) {
      const vector = await model.vectorOf(key)
      if (!vector) throw new Error('nothing in it')
      all.push({ scene, vector })
    }
  for (const one of all) {
    const others = all.filter((other) => other !== one)
    const nearest = others.toSorted((a, b) => cosine(b.vector, one.vector) - cosine(a.vector, one.vector))
    expect(nearest[0]?.scene).toBe(one.scene)
    for (const { scene, vector } of others)
      if (scene !== one.scene) expect(cosine(vector, one.vector), `${scene}, ${one.scene}`).toBeLessThan(0.45)
  }
})

test.skipIf(!canSee)('posts without a word are related by what they show', async () => {
  const pictures = await loadPictureModel(modelPath as string, platform.storage, platform.log)
  const jobs = jobsWith({ pictures: async () => pictures })
  const byScene = new Map<string, string[]>()
  for (const scene of scenes) {
    for (const key of await halvesOf(scene)) {
      const id = await picturePost(key, '')
      await describes(jobs, id)
      byScene.set(scene, [...(byScene.get(scene) ?? []), id])
    }
  }
  await store.descriptions.refresh()
  const viewer = await world.account()
  for (const [scene, [left = '', right = '']] of byScene) {
    const [first] = await relatedPosts({ ...feedDeps(platform, viewer), store }, viewer, left, 3)
    expect(first?.id, scene).toBe(right)
  }
})
