import { expect, test } from 'vitest'
import { countryOf } from './countries.ts'

test.each([
  ['Europe/Berlin', 'DE'],
  ['Asia/Kolkata', 'IN'],
  ['Asia/Calcutta', 'IN'],
  ['America/New_York', 'US'],
  ['America/Argentina/Buenos_Aires', 'AR'],
  ['Pacific/Auckland', 'NZ'],
  ['UTC', null],
  ['Etc/GMT+3', null],
  ['Nowhere/At_All', null],
  ['x'.repeat(1_000), null],
])('%s is in %s', (timeZone, country) => {
  expect(countryOf(timeZone)).toBe(country)
})
