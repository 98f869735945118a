import { describe, expect, test } from 'vitest'
import type { App } from '../../../shared/access/access.ts'
import type { Json } from '../../../shared/json.ts'
import { withApp } from '../../support/access.ts'
import { expectAllowed, expectRefused } from '../../support/answers.ts'
import { attackAccess, partnerUrl, withResponse } from '../../support/attacks.ts'
import { standOf } from '../../support/calls.ts'
import { type Form, forms, httpPolicy, restRequest, restToken } from '../../support/events.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter } from '../../support/token.ts'

const key = makeKey('P-256', 'k1')
const token = minter(key, 'ES256', baseClaims(partnerUrl))()
const other = minter(key, 'ES256', baseClaims(partnerUrl))({ claims: { sub: 'bot-2' } })
const access = attackAccess({ partner: [key] })
const withPlace = (token: App['token']) => withApp(access, { token })
const query = withPlace({ place: 'query', name: 'token' })
const cookie = withPlace({ place: 'cookie', name: '__Host-token' })
const ownHeader = withPlace({ place: 'header', name: 'x-token' })

type Changes = Readonly<Record<string, Json | undefined>>
const changed = (form: Form, changes: Changes): Json =>
  JSON.parse(JSON.stringify({ ...form.event(`Bearer ${token}`), ...changes }))
const call = (event: unknown, by = access) => standOf(by).call(event)

describe('values of the header', () => {
  test.each(forms)('a bare token and any case of the scheme, by $name', async (form) => {
    const by = withResponse(access, form.response)
    for (const value of [
      token,
      `Bearer ${token}`,
      `bearer ${token}`,
      `BEARER ${token}`,
      `Bearer    ${token}`,
    ])
      expectAllowed(form, await call(form.event(value), by), value)
  })

  test.each([restRequest, httpPolicy])('any case of the header’s name, by $name', async (form) => {
    for (const name of ['authorization', 'Authorization', 'AUTHORIZATION', 'aUTHORIZATION'])
      expectAllowed(
        form,
        await call(changed(form, { headers: { [name]: token }, multiValueHeaders: null })),
        token,
      )
  })

  test.each([restRequest, httpPolicy])(
    'a header missing, null or of another name, by $name',
    async (form) => {
      for (const headers of [
        {},
        null,
        undefined,
        { 'x-authorization': token },
        { authorization2: token },
        { authorizatio: token },
      ])
        expectRefused(
          form,
          await call(changed(form, { headers, multiValueHeaders: undefined })),
          'token_missing',
          token,
        )
    },
  )

  test.each([
    ['two values', { authorization: [token, other] }],
    ['two values, the first of them empty', { authorization: [token, ''] }],
    ['two spellings of the name', { authorization: [token], Authorization: [other] }],
  ])('%s are refused, though each is good', async (_, multiValueHeaders) => {
    for (const headers of [null, { authorization: other }, { Authorization: token }])
      expectRefused(
        restRequest,
        await call(changed(restRequest, { headers, multiValueHeaders })),
        'token_ambiguous',
        token,
      )
  })

  test('two spellings of the name in one map, and maps that disagree, are refused', async () => {
    const both = { authorization: token, Authorization: other }
    expectRefused(httpPolicy, await call(changed(httpPolicy, { headers: both })), 'token_ambiguous', token)
    expectRefused(
      restRequest,
      await call(changed(restRequest, { headers: both, multiValueHeaders: null })),
      'token_ambiguous',
      token,
    )
    const apart = { headers: { authorization: token }, multiValueHeaders: { authorization: [other] } }
    expectRefused(restRequest, await call(changed(restRequest, apart)), 'token_ambiguous', token)
  })

  test('the same value twice is one', async () => {
    const twice = { headers: { authorization: token }, multiValueHeaders: { Authorization: [token, token] } }
    expectAllowed(restRequest, await call(changed(restRequest, twice)), token)
  })

  test.each([restRequest, httpPolicy])(
    'a value that is no text is a broken event, by $name',
    async (form) => {
      for (const authorization of [5, true, null, {}, [5], [token, null], [[token]]])
        expectRefused(
          form,
          await call(changed(form, { headers: { authorization }, multiValueHeaders: null })),
          'event_invalid',
          token,
        )
    },
  )
})

describe('the place the manifest names is the only one', () => {
  test.each([restRequest, httpPolicy])('a token in the query, by $name', async (form) => {
    const event = (parameters: Json) =>
      changed(form, { headers: {}, multiValueHeaders: null, queryStringParameters: parameters })
    expectAllowed(form, await call(event({ token }), query), token)
    for (const parameters of [{}, null, { Token: token }, { tokens: token }, { token: '' }])
      expectRefused(form, await call(event(parameters), query), 'token_missing', token)
    expectRefused(form, await call(event({ token }), access), 'token_missing', token)
    expectRefused(form, await call(event({ token: `Bearer ${token}` }), query), 'token_malformed', token)
    expectRefused(form, await call(event({ token: `${token},${other}` }), query), 'token_ambiguous', token)
  })

  test('a query with several values is refused', async () => {
    const changes = {
      queryStringParameters: { token },
      multiValueQueryStringParameters: { token: [other, token] },
    }
    expectRefused(restRequest, await call(changed(restRequest, changes), query), 'token_ambiguous', token)
  })

  test('a token in a cookie', async () => {
    const name = '__Host-token'
    const cookies = (...all: string[]) => changed(httpPolicy, { headers: {}, cookies: all })
    const header = (text: string) =>
      changed(restRequest, { headers: { Cookie: text }, multiValueHeaders: { Cookie: [text] } })
    expectAllowed(httpPolicy, await call(cookies('a=b', `${name}=${token}`), cookie), token)
    // Payload 2.0 carries cookies in a member of their own, and never as a header.
    const asHeader = changed(httpPolicy, { headers: { cookie: `${name}=${token}` } })
    expectRefused(httpPolicy, await call(asHeader, cookie), 'token_missing', token)
    expectAllowed(restRequest, await call(header(`a=b; ${name}=${token}; c`), cookie), token)
    expectRefused(
      httpPolicy,
      await call(cookies(`${name}=${token}`, `${name}=${other}`), cookie),
      'token_ambiguous',
      token,
    )
    expectRefused(
      restRequest,
      await call(header(`${name}=${token}; ${name}=${other}`), cookie),
      'token_ambiguous',
      token,
    )
    for (const text of [
      `x${name}=${token}`,
      `${name}x=${token}`,
      `__host-token=${token}`,
      name,
      `${name}=`,
      '',
    ])
      expectRefused(restRequest, await call(header(text), cookie), 'token_missing', token)
    expectRefused(httpPolicy, await call(httpPolicy.event(`Bearer ${token}`), cookie), 'token_missing', token)
    for (const wrong of ['text', [5], { 0: 'x' }])
      expectRefused(
        httpPolicy,
        await call(changed(httpPolicy, { cookies: wrong }), cookie),
        'event_invalid',
        token,
      )
  })

  test('a header of the manifest’s own', async () => {
    const event = changed(httpPolicy, { headers: { 'X-Token': token, authorization: `Bearer ${other}` } })
    const outcome = await call(event, ownHeader)
    expectAllowed(httpPolicy, outcome, token)
    expect(outcome.record.subject).toBe('bot-1')
    expectRefused(httpPolicy, await call(httpPolicy.event(token), ownHeader), 'token_missing', token)
  })

  test('identitySource, which API Gateway fills from the caller’s own header, proves nothing', async () => {
    const event = changed(httpPolicy, {
      headers: {},
      identitySource: [`Bearer ${token}`],
      authorizationToken: token,
    })
    expectRefused(httpPolicy, await call(event), 'token_missing', token)
  })

  test('a TOKEN event carries a header alone: another place is our own fault', async () => {
    for (const by of [query, cookie])
      expectRefused(restToken, await call(restToken.event(token), by), 'token_place_unreachable', token)
  })
})

describe('events that are none of ours', () => {
  const shapes: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['null', null],
    ['text', 'TOKEN'],
    ['a number', 5],
    ['an array', []],
    ['an array of an event', [restToken.event(token)]],
    ['an empty object', {}],
    [
      'a proxy request, which has no type',
      { version: '2.0', headers: { authorization: token }, routeKey: 'GET /orders' },
    ],
    ['payload 3.0', changed(httpPolicy, { version: '3.0' })],
    ['payload 2', changed(httpPolicy, { version: 2 })],
    ['payload 2.0 of another type', changed(httpPolicy, { type: 'TOKEN' })],
    ['a type in lower case', changed(restToken, { type: 'token' })],
    ['a type in an array', changed(restToken, { type: ['TOKEN'] })],
    ['no type', changed(restToken, { type: undefined })],
    [
      'a WebSocket’s message',
      changed(restRequest, { httpMethod: undefined, requestContext: { routeKey: '$default' } }),
    ],
    ['a REQUEST whose method is no text', changed(restRequest, { httpMethod: 5 })],
    ['EventBridge', { version: '0', source: 'aws.s3', detail: {} }],
    ['SQS', { Records: [{ eventSource: 'aws:sqs', body: token }] }],
  ]
  test.each(shapes)('%s', async (_, event) => {
    expectRefused(restToken, await call(event), 'event_unknown', token)
  })

  const arns: readonly (readonly [string, Json | undefined])[] = [
    ['missing', undefined],
    ['null', null],
    ['a number', 5],
    ['in an array', ['arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders']],
    ['empty', ''],
    ['of a wildcard', '*'],
    ['of another service', 'arn:aws:s3:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders'],
    ['without a stage', 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5'],
    ['without a method', 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod'],
    ['with a wildcard for the API', 'arn:aws:execute-api:eu-west-1:123456789012:*/prod/GET/orders'],
    ['with a wildcard for the method', 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/*/orders'],
    ['with a wildcard for a region', 'arn:aws:execute-api:*:123456789012:a1b2c3d4e5/prod/GET/orders'],
    ['with a line before it', 'x\narn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders'],
    [
      'longer than AWS makes any',
      `arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/${'x'.repeat(1600)}`,
    ],
  ]
  test.each(arns)('an ARN that is %s is a broken event', async (_, arn) => {
    for (const form of [restToken, restRequest, httpPolicy]) {
      const event = changed(form, form === httpPolicy ? { routeArn: arn } : { methodArn: arn })
      expectRefused(form, await call(event), 'event_invalid', token)
    }
  })

  test.each([
    [restToken, { authorizationToken: undefined }],
    [restToken, { authorizationToken: null }],
    [restToken, { authorizationToken: [token] }],
    [restRequest, { headers: 'authorization' }],
    [restRequest, { headers: [token] }],
    [restRequest, { multiValueHeaders: 5 }],
    [restRequest, { queryStringParameters: [] }],
    [restRequest, { multiValueQueryStringParameters: 'x' }],
    [httpPolicy, { headers: [] }],
    [httpPolicy, { queryStringParameters: 'token' }],
    [httpPolicy, { cookies: 'x=y' }],
  ] as const)('$name with %j is a broken event', async (form, changes) => {
    expectRefused(form, await call(changed(form, changes as Changes)), 'event_invalid', token)
  })

  test.each([restRequest, httpPolicy])(
    '$name: a request id that is none stays out of the record',
    async (form) => {
      for (const requestId of [token, 'a b', 'x'.repeat(65), '']) {
        const outcome = await call(form.event(`Bearer ${token}`, { requestId }))
        expectAllowed(form, outcome, token)
        expect(outcome.record).not.toHaveProperty('requestId')
      }
      const outcome = await call(form.event(`Bearer ${token}`, { requestId: 'JKJaXmPLvHcESHA=' }))
      expect(outcome.record.requestId).toBe('JKJaXmPLvHcESHA=')
    },
  )

  test('members called __proto__ and constructor change nothing', async () => {
    const text = JSON.stringify(httpPolicy.event(token)).replace(
      '{',
      '{"__proto__":{"type":"TOKEN"},"constructor":null,',
    )
    expectAllowed(httpPolicy, await call(JSON.parse(text)), token)
    const header = JSON.parse(`{"__proto__":{"authorization":"${token}"}}`)
    expectRefused(
      httpPolicy,
      await call({ ...httpPolicy.event(token), headers: header }),
      'token_missing',
      token,
    )
  })
})
