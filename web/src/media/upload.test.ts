import { expect, test } from 'vitest'
import { acceptedTypes, mediaKind, uploadForm } from './upload.ts'

test('the form has its fields in order and the file last', async () => {
  const form = uploadForm(
    [
      { name: 'key', value: 'uploads/media_1' },
      { name: 'Content-Type', value: 'image/jpeg' },
      { name: 'policy', value: 'cG9saWN5' },
    ],
    new Blob(['bytes'], { type: 'image/jpeg' }),
  )
  expect([...form.keys()]).toEqual(['key', 'Content-Type', 'policy', 'file'])
  expect(form.get('policy')).toBe('cG9saWN5')
  expect(await (form.get('file') as File).text()).toBe('bytes')
})

test('every type that the picker offers has a kind, others have none', () => {
  for (const type of acceptedTypes.split(','))
    expect(mediaKind(type)).toBe(type.startsWith('image/') ? 'IMAGE' : 'VIDEO')
  for (const type of ['image/heic', 'image/svg+xml', 'text/plain', 'video/x-matroska', ''])
    expect(mediaKind(type)).toBeNull()
})
