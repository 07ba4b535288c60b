import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { models, provideModels } from './local/models.mjs'

/**
 * `node deploy/image-models.mjs FOLDER`: puts the weights that `npm start` fetches into a folder, for the image. Ends with 1 when
 * one cannot be had: an image without the classifier would label no picture. Needs Node, and Python with pip.
 */
const [folder] = process.argv.slice(2)
if (!folder) throw new Error('usage: node deploy/image-models.mjs FOLDER')
mkdirSync(folder, { recursive: true })
const found = await provideModels((line) => console.log(line))
for (const [variable, { file }] of Object.entries(models)) {
  if (found[variable]) copyFileSync(found[variable], join(folder, file))
  else process.exitCode = 1
}
