import { expect, test } from 'vitest'
import { messageFileKind, messageFileTypes, plainType } from './message-files.ts'

test('every type that the picker of a conversation offers has a kind, recordings of browsers too', () => {
  for (const type of messageFileTypes.split(',')) expect(messageFileKind(plainType(type))).not.toBeNull()
  expect(messageFileKind(plainType('audio/webm;codecs=opus'))).toBe('AUDIO')
  expect(messageFileKind(plainType('audio/x-m4a'))).toBe('AUDIO')
  expect(messageFileKind('image/png')).toBe('IMAGE')
  expect(messageFileKind('text/plain')).toBeNull()
})
