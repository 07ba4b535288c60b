import { expect, test } from 'vitest'
import { createConnections } from './connections.ts'

test('all that a viewer has open is ended at once, and nobody else’s (V19)', () => {
  const connections = createConnections({ perViewer: 2, perAddress: 2 })
  const ended: string[] = []
  const enter = (userId: string | null, name: string, appId: string | null = null) =>
    connections.enter({ userId, appId, ip: 'a' }, () => ended.push(name))
  enter('u1', 'one')
  enter('u1', 'two')
  enter('u2', 'three')
  enter(null, 'four')
  expect(enter('u1', 'five')).toBeNull()
  // An app has connections of its own: it takes none of his, nor of another's.
  enter('u1', 'six', 'app_1')
  enter('u1', 'seven', 'app_1')
  expect(enter('u1', 'eight', 'app_1')).toBeNull()
  enter('u1', 'nine', 'app_2')
  enter('u12', 'ten', 'app_1')
  connections.endAll('u1')
  connections.endAll('u3')
  expect(ended).toEqual(['one', 'two', 'six', 'seven', 'nine'])
})

test('whoever is signed out has so many from his network, whichever of its addresses he takes', () => {
  const connections = createConnections({ perViewer: 2, perAddress: 2 })
  const enter = (ip: string) => connections.enter({ userId: null, appId: null, ip })
  expect(enter('2001:db8:1:2::1')).not.toBeNull()
  expect(enter('2001:db8:1:2:aaaa:bbbb:cccc:dddd')).not.toBeNull()
  expect(enter('2001:db8:1:2::3')).toBeNull()
  expect(enter('2001:db8:1:3::1')).not.toBeNull()
})
