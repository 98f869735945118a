import { describe, expect, test } from 'vitest'
import { PosternError } from '../../../shared/error.ts'
import {
  bearer,
  brokerStand,
  codeOf,
  askCredentials as credentials,
  stsEvent,
  tokenFor,
  urlEvent,
  useSts,
  askByWebIdentity as webIdentity,
} from '../../support/broker.ts'
import { nowMs, nowSeconds } from '../../support/token.ts'

const sts = useSts()

describe('the container endpoint', () => {
  test('answers what every SDK reads, and the record joins it to CloudTrail', async () => {
    const { statusCode, headers, body, record } = await brokerStand().call(credentials('exporter'))
    expect(statusCode).toBe(200)
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' })
    expect(JSON.parse(body)).toEqual({
      AccessKeyId: 'ASIA0000000000000001',
      SecretAccessKey: 'secret-1',
      Token: 'session-token-1',
      Expiration: new Date(nowMs + 3_600_000).toISOString().replace('.000Z', 'Z'),
      AccountId: '123456789012',
    })
    expect(record).toMatchObject({
      effect: 'allow',
      reason: 'granted',
      action: 'credentials',
      role: 'exporter',
      awsRole: 'arn:aws:iam::123456789012:role/exporter',
      accessKeyId: 'ASIA0000000000000001',
      sessionName: sts.asked[0]?.get('RoleSessionName'),
      sessionSeconds: 3600,
      leaseHeld: 0,
    })
  })

  test('STS is told the session of the role and of the claims, as data', async () => {
    await brokerStand().call(credentials('exporter?scope=read'))
    const form = Object.fromEntries(sts.asked[0] as URLSearchParams)
    expect(form).toMatchObject({
      Action: 'AssumeRole',
      SourceIdentity: form.RoleSessionName,
      'Tags.member.1.Key': 'team',
      'Tags.member.2.Value': 'bot-1',
    })
    expect(JSON.parse(form.Policy ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::acme-orders/bot-1/*'] },
      ],
    })
  })

  test('the record has the scopes that were asked for, apart where one has a comma', async () => {
    const { record } = await brokerStand().call(credentials('exporter?scope=read+list'))
    expect(record.scopes).toBe('list read')
  })

  test('without a scope the session has all of them, with an external id where the role has one', async () => {
    const stand = brokerStand()
    await stand.call(credentials('exporter?durationSeconds=900'))
    expect(JSON.parse(sts.asked[0]?.get('Policy') ?? '').Statement).toHaveLength(2)
    expect(sts.asked[0]?.get('DurationSeconds')).toBe('900')
    await stand.call(credentials('twin'))
    expect(sts.asked[1]?.get('ExternalId')).toBe('orders/1')
    expect(sts.asked[1]?.has('Policy')).toBe(false)
  })

  test('a role that is included is lent, and more than the role gives is cut to what it does', async () => {
    const { statusCode, record } = await brokerStand().call(credentials('lent?durationSeconds=43200'))
    expect([statusCode, record.sessionSeconds]).toEqual([200, 3600])
  })

  test.each([
    ['another caller’s role', 'foreign', {}, 403, 'role_not_granted'],
    ['no role at all', 'nothing', {}, 403, 'role_not_granted'],
    ['a role with routes alone', 'reader', {}, 403, 'role_lends_nothing'],
    ['a scope the role lacks', 'exporter?scope=write', {}, 400, 'scope_unknown'],
    ['an empty scope', 'exporter?scope=', {}, 400, 'request_invalid'],
    ['a length below STS’s least', 'exporter?durationSeconds=899', {}, 400, 'request_invalid'],
    ['a length beyond its most', 'exporter?durationSeconds=43201', {}, 400, 'request_invalid'],
    ['a parameter twice', 'exporter?scope=read&scope=list', {}, 400, 'request_invalid'],
    ['a parameter it does not know', 'exporter?policy=x', {}, 400, 'request_invalid'],
    ['a token of five minutes where the session ends with it', 'brief', {}, 403, 'token_too_short'],
    ['trust that ends in ten minutes', 'ending', {}, 403, 'trust_too_short'],
    ['a star in a claim', 'exporter', { sub: '*' }, 403, 'claim_unsafe'],
    ['a step up in a claim', 'exporter', { sub: 'a/..' }, 403, 'claim_unsafe'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own syntax
    ['a variable of IAM in a claim', 'exporter', { sub: '${aws:userid}' }, 403, 'claim_unsafe'],
    ['a quote in a claim', 'exporter', { sub: '","Resource":"*' }, 403, 'claim_unsafe'],
    ['a token that is over', 'exporter', { exp: nowSeconds }, 401, 'token_expired'],
  ])('%s is refused with its reason, and STS is not asked', async (_, path, claims, status, reason) => {
    const { statusCode, headers, body, record } = await brokerStand().call(
      credentials(path, tokenFor(claims)),
    )
    const told = JSON.parse(body)
    expect([statusCode, told.reason, record.reason, record.effect]).toEqual([status, reason, reason, 'deny'])
    expect(told).toMatchObject({ code: told.Code, message: told.Message, decisionId: record.decisionId })
    expect(headers['cache-control']).toBe('no-store')
    expect(sts.asked).toEqual([])
  })

  test('an unknown role and one of another caller look the same', async () => {
    const stand = brokerStand()
    const [a, b] = [await stand.call(credentials('foreign')), await stand.call(credentials('nothing'))]
    const without = (body: string) => body.replaceAll(/[\da-f-]{36}/g, '')
    expect(without(a.body)).toBe(without(b.body))
  })
})

describe('STS’s own protocol', () => {
  test('a token with the newline of its file yields credentials, and the key is known afterwards', async () => {
    const stand = brokerStand()
    const { statusCode, body, record } = await stand.call(webIdentity())
    expect([statusCode, record.askedSessionName, record.identityStored]).toEqual([
      200,
      'botocore-session-1',
      1,
    ])
    expect(body).toContain('<SessionToken>session-token-1</SessionToken>')
    expect(body).toContain('<Audience>orders</Audience>')
    const signed = {
      authorization:
        'AWS4-HMAC-SHA256 Credential=ASIA0000000000000001/20270115/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=0',
    }
    const identity = await stand.call(stsEvent({ Action: 'GetCallerIdentity' }, signed))
    expect(identity.body).toContain(
      `<Arn>arn:aws:sts::123456789012:assumed-role/exporter/${record.sessionName}</Arn>`,
    )
    const unknown = { authorization: signed.authorization.replace('0001/', '0009/') }
    const refused = await stand.call(stsEvent({ Action: 'GetCallerIdentity' }, unknown))
    expect([refused.statusCode, codeOf(refused.body)]).toEqual([403, 'InvalidClientTokenId'])
  })

  test('a table that is down keeps nobody from credentials, and the record says so', async () => {
    const down = async () => {
      throw new PosternError('store_unavailable', 'down')
    }
    const stand = brokerStand(undefined, { put: down, get: down })
    const { statusCode, record } = await stand.call(webIdentity())
    expect([statusCode, record.identityStored]).toEqual([200, 0])
    const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=ASIA0000000000000001/x' }
    const identity = await stand.call(stsEvent({ Action: 'GetCallerIdentity' }, signed))
    expect([identity.statusCode, codeOf(identity.body)]).toEqual([503, 'ServiceUnavailable'])
  })

  const twin = 'arn:aws:iam::123456789012:role/exporter-twin'
  test.each<[string, Readonly<Record<string, string>>, number, string, string]>([
    ['an AWS role that two roles lend', { RoleArn: twin }, 400, 'ValidationError', 'role_ambiguous'],
    ['an AWS role of nobody’s', { RoleArn: `${twin}-x` }, 403, 'AccessDenied', 'role_not_granted'],
    ['a policy of its own', { Policy: '{}' }, 400, 'ValidationError', 'request_invalid'],
    [
      'managed policies of its own',
      { 'PolicyArns.member.1.arn': 'x' },
      400,
      'ValidationError',
      'request_invalid',
    ],
    ['another action', { Action: 'AssumeRole' }, 400, 'InvalidAction', 'action_unknown'],
    [
      'a session name STS would not take',
      { RoleSessionName: 'a b' },
      400,
      'ValidationError',
      'request_invalid',
    ],
    ['no token', { WebIdentityToken: '' }, 403, 'MissingAuthenticationToken', 'token_missing'],
    [
      'a token that is over',
      { WebIdentityToken: tokenFor({ exp: nowSeconds }) },
      400,
      'ExpiredTokenException',
      'token_expired',
    ],
  ])('%s is refused as STS would', async (_, fields, status, code, reason) => {
    const { statusCode, body, record } = await brokerStand().call(webIdentity(fields))
    expect([statusCode, codeOf(body), record.reason]).toEqual([status, code, reason])
    expect(sts.asked).toEqual([])
  })

  test('a role that is named itself is not ambiguous', async () => {
    const { record } = await brokerStand().call(webIdentity({ RoleArn: 'arn:postern:iam:::role/twin' }))
    expect([record.reason, record.role]).toEqual(['granted', 'twin'])
  })
})

describe('the rest', () => {
  test('GET /roles lists what the caller has and may borrow, and nothing of another’s', async () => {
    const { statusCode, body } = await brokerStand().call(urlEvent('GET', '/roles', bearer(tokenFor())))
    const { roles, credentials: borrowable } = JSON.parse(body)
    expect(statusCode).toBe(200)
    expect(roles[0]).toEqual({ role: 'reader', routes: ['GET /orders', "GET /users/{claims['sub']}"] })
    expect(borrowable.map(({ role }: { role: string }) => role)).toEqual([
      'exporter',
      'twin',
      'other',
      'brief',
      'ending',
      'lent',
    ])
    expect(borrowable[0].scopes).toEqual(['read', 'list'])
  })

  test('GET /health needs no token and leaves no record', async () => {
    const stand = brokerStand()
    expect((await stand.call(urlEvent('GET', '/health'))).statusCode).toBe(200)
    expect(stand.lines).toEqual([])
  })

  test.each([
    ['GET', '/', 404, 'endpoint_unknown'],
    ['POST', '/roles', 404, 'endpoint_unknown'],
    ['GET', '/roles', 401, 'token_missing'],
  ])('%s %s without a token is %i', async (method, path, status, reason) => {
    const { statusCode, record } = await brokerStand().call(urlEvent(method, path))
    expect([statusCode, record.reason]).toEqual([status, reason])
  })

  test('an event of payload 1.0, and one of a named stage, are read alike', async () => {
    const stand = brokerStand()
    const one = {
      httpMethod: 'GET',
      path: '/roles',
      headers: { Authorization: tokenFor() },
      requestContext: { stage: 'dev', identity: {} },
    }
    expect((await stand.call(one)).statusCode).toBe(200)
    const event = urlEvent('GET', '/dev/roles', bearer(tokenFor())) as { requestContext: object }
    const staged = { ...event, requestContext: { ...event.requestContext, stage: 'dev' } }
    expect((await stand.call(staged)).statusCode).toBe(200)
    expect((await stand.call({ Records: [] })).record.reason).toBe('event_unknown')
  })

  test('of the event only what looks like an id or an address gets into the record', async () => {
    const event = urlEvent('GET', '/roles', bearer(tokenFor())) as { requestContext: { http: object } }
    const odd = 'a\u202eb c'
    const { http } = event.requestContext
    const requestContext = {
      http: { ...http, sourceIp: odd },
      requestId: odd,
      apiId: odd,
      stage: odd,
    }
    const stand = brokerStand()
    const { statusCode, record } = await stand.call({ ...event, requestContext })
    expect(statusCode).toBe(200)
    for (const member of ['sourceIp', 'requestId', 'apiId', 'stage'])
      expect(record).not.toHaveProperty(member)
  })

  test('a body past 64 KiB is refused, counted in bytes', async () => {
    const sized = (bytes: number) => `Action=x&y=${'é'.repeat((bytes - 11) / 2)}`
    const call = (body: string) => brokerStand().call(urlEvent('POST', '/', {}, body))
    expect((await call(sized(65_535))).record.reason).toBe('action_unknown')
    expect((await call(sized(65_537))).record.reason).toBe('request_invalid')
  })
})
