import { expect, test } from 'vitest'
import { identitySourceText, parseIdentitySource } from '../../../shared/template/identity-source.ts'

test.each([
  ['rest', 'method.request.header.Authorization'],
  ['rest', 'method.request.querystring.a.b'],
  ['rest', 'stageVariables.v'],
  ['rest', 'context.httpMethod'],
  ['http', '$request.header.Authorization'],
  ['http', '$request.querystring.t'],
  ['http', '$stageVariables.v'],
  ['http', '$context.routeKey'],
  ['websocket', 'route.request.header.Authorization'],
  ['websocket', 'route.request.querystring.t'],
  ['websocket', 'stageVariables.v'],
  ['websocket', 'context.identity.sourceIp'],
] as const)('%s: %s is written as it is read', (api, text) => {
  const source = parseIdentitySource(api, text)
  expect(source && identitySourceText(api, source)).toBe(text)
})
