import { describe, expect, test } from 'vitest'
import { found } from './checked.ts'
import { http, ref, rest } from './templates.ts'

test('a template that agrees with its manifest', () => {
  expect(found(rest())).toEqual([])
  expect(found(http())).toEqual([])
  expect(found({ ...rest(), ...http() })).toEqual([])
})

describe('--authorizer', () => {
  const second = {
    Second: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: { Type: 'TOKEN', AuthorizerResultTtlInSeconds: 3600 },
    },
  }
  const template = { ...rest({ list: { AuthorizerId: ref('Second') } }), ...second }

  test('without it every Lambda authorizer is taken for Postern’s', () => {
    expect(found(template)).toEqual(['authorizer_ttl_too_long Second'])
  })

  test('the one it names alone is checked, and what the others guard is guarded elsewhere', () => {
    expect(found(template, { only: 'Guard' })).toEqual(['~route_guarded_elsewhere List'])
    expect(found(template, { only: 'Guard', routes: ['GET /orders/{id}'] })).toEqual([])
    expect(found(template, { only: 'Second', routes: ['GET /orders'] })).toEqual([
      'authorizer_ttl_too_long Second',
    ])
  })
})
