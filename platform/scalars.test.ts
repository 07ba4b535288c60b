import { expect, test } from 'vitest'
import { scalars } from './scalars.ts'

const readDateTime = (text: string) => scalars.DateTime.parseValue(text)

test.each([
  ['2027-02-28T23:59:59Z', '2027-02-28T23:59:59.000Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['2027-03-01T00:30:00.5+01:00', '2027-02-28T23:30:00.500Z'],
])('%s is a time', (text, time) => {
  expect(readDateTime(text).toISOString()).toBe(time)
})

test.each([
  '2027-02-30T00:00:00Z',
  '2027-02-29T00:00:00Z',
  '2027-04-31T12:00:00+02:00',
  '2027-13-01T00:00:00Z',
  '2027-01-01T24:00:00Z',
  '2027-01-01T00:00:00',
  '2027-01-01',
])('%s is none: it is not read as another', (text) => {
  expect(() => readDateTime(text)).toThrow('Not a DateTime.')
})
