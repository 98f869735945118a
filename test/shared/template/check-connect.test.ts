import { expect, test } from 'vitest'
import { checked, found } from './checked.ts'
import { http, rest, socket } from './templates.ts'

test('route_ungranted: Postern guards the handshake, and no role lists it', () => {
  expect(found(socket())).toEqual(['~route_ungranted Connect'])
  expect(found(socket(), { routes: ['$connect', 'GET /orders'] })).toEqual([])
  const elsewhere = socket({ connect: { AuthorizerId: { 'Fn::ImportValue': 'shared' } } })
  expect(found(elsewhere)).toEqual(['~authorizer_unseen Connect', '~route_ungranted Connect'])
})

test('what others guard, or nobody, is not told twice', () => {
  expect(found(socket({ connect: { AuthorizationType: 'AWS_IAM' } }))).toEqual([])
  expect(found({ ...rest(), ...socket() }, { only: 'Guard' })).toEqual([])
  expect(found(socket({ connect: { AuthorizationType: 'NONE' } }))).toEqual(['route_unguarded Connect'])
})

test('route_unreachable: a role lists the handshake, and the template has no WebSocket API', () => {
  const routes = ['GET /orders', '$connect']
  expect(found({ ...rest(), ...http() }, { routes })).toEqual(['~route_unreachable'])
  const [warning] = checked(rest(), { routes }).warnings
  // In the manifest, at the route: the fourth line is that of the roles.
  expect(warning).toMatchObject({ file: expect.stringMatching(/access\.yml$/), line: 4 })
  expect(warning?.mend).toContain('the template that declares the WebSocket API')
  expect(found({ ...rest(), ...socket() }, { routes })).toEqual([])
})
