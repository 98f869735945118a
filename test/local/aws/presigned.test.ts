import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { type Change, formRequest, presign, requestOf, type Signed, send } from './signed.ts'
import { allow, broker, operator, startStand } from './stand.ts'

const clock = { nowMs: Date.UTC(2026, 10, 26, 3) }
const signedMs = clock.nowMs
const ending = { ...broker, expiresAtMs: signedMs + 900_000 }
let aws: LocalAws
beforeAll(async () => {
  const may = allow('s3:*', ['arn:aws:s3:::acme-orders', 'arn:aws:s3:::acme-orders/7123/*'])
  const principals = [
    { ...operator, policies: [may] },
    { ...ending, policies: [may] },
  ]
  aws = await startStand({ principals, nowMs: () => clock.nowMs })
})
afterAll(() => aws.close())

// As the SDK's presigner spells it.
const unsignedBody = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' }
const link = (path: string, more: Partial<Parameters<typeof presign>[1]> = {}, method = 'GET') =>
  presign(requestOf(aws, method, path, { headers: unsignedBody }), {
    credentials: operator,
    atMs: signedMs,
    expiresIn: 60,
    ...more,
  })
/** What comes of a request so many seconds after it was signed. */
async function onceSigned(seconds: number, request: Promise<Signed>) {
  clock.nowMs = signedMs + seconds * 1000
  const { status, code, message, text } = await send(await request)
  clock.nowMs = signedMs
  return { told: [status, code, message], text }
}

const query =
  (name: string, value: string): Change =>
  (request) => ({ ...request, query: { ...request.query, [name]: value } })

describe('a presigned address of S3', () => {
  test('gives the object to whoever has it', async () => {
    expect(await onceSigned(0, link('/acme-orders/7123/a.csv'))).toEqual({
      told: [200, 'allowed', ''],
      text: 'seven',
    })
  })

  test('until its last second, and no longer', async () => {
    expect((await onceSigned(60, link('/acme-orders/7123/a.csv'))).told[1]).toBe('allowed')
    expect((await onceSigned(61, link('/acme-orders/7123/a.csv'))).told).toEqual([
      403,
      'AccessDenied',
      'Request has expired',
    ])
  })

  test('for longer than other signatures, where it says so', async () => {
    const long = () => link('/acme-orders/7123/a.csv', { expiresIn: 3600 })
    expect((await onceSigned(3600, long())).told[1]).toBe('allowed')
    expect((await onceSigned(3601, long())).told[1]).toBe('AccessDenied')
  })

  test('not before its time, by more than clocks differ', async () => {
    expect((await onceSigned(-900, link('/acme-orders/7123/a.csv'))).told[1]).toBe('allowed')
    expect((await onceSigned(-901, link('/acme-orders/7123/a.csv'))).told[1]).toBe('RequestTimeTooSkewed')
  })

  test('allows no more than its signer may', async () => {
    const { told } = await onceSigned(0, link('/acme-orders/7124/b.csv'))
    expect(told).toEqual([
      403,
      'AccessDenied',
      expect.stringContaining('no identity-based policy allows the s3:GetObject'),
    ])
  })

  const query =
    (name: string, value: string): Change =>
    (request) => ({
      ...request,
      query: { ...request.query, [name]: value },
    })
  test.each<[name: string, change: Change]>([
    ['another key', (request) => ({ ...request, path: '/acme-orders/7123/b.csv' })],
    ['another method', (request) => ({ ...request, method: 'DELETE' })],
    ['a longer life', query('X-Amz-Expires', '3600')],
    ['a later time', query('X-Amz-Date', '20261126T030100Z')],
    ['a parameter more', query('prefix', '')],
    ['a signature of another', query('X-Amz-Signature', '0'.repeat(64))],
  ])('is refused with %s', async (_, change) => {
    const { told } = await onceSigned(0, link('/acme-orders/7123/a.csv').then(change))
    expect(told.slice(0, 2)).toEqual([403, 'SignatureDoesNotMatch'])
  })

  test.each<[name: string, change: Change]>([
    ['no end', query('X-Amz-Expires', '')],
    ['an end that is no number', query('X-Amz-Expires', '6e1')],
    ['another algorithm', query('X-Amz-Algorithm', 'AWS4-HMAC-SHA1')],
  ])('is refused with %s, before anything is compared', async (_, change) => {
    const { told } = await onceSigned(0, link('/acme-orders/7123/a.csv').then(change))
    expect(told.slice(0, 2)).toEqual([400, 'AuthorizationHeaderMalformed'])
  })

  test('for a PUT takes any body', async () => {
    const put = link('/acme-orders/7123/new.csv', {}, 'PUT').then((request) => ({ ...request, body: 'new' }))
    expect((await onceSigned(0, put)).told[1]).toBe('allowed')
    expect((await onceSigned(0, link('/acme-orders/7123/new.csv'))).text).toBe('new')
  })

  test('of a session ends with the session, whatever it says, and is nothing without the token', async () => {
    const long = () => link('/acme-orders/7123/a.csv', { credentials: ending, expiresIn: 3600 })
    expect((await onceSigned(899, long())).told[1]).toBe('allowed')
    expect((await onceSigned(900, long())).told.slice(0, 2)).toEqual([400, 'ExpiredToken'])
    const without: Change = ({ query: { 'X-Amz-Security-Token': _, ...query } = {}, ...request }) => ({
      ...request,
      query,
    })
    expect((await onceSigned(0, long().then(without))).told[1]).toBe('InvalidAccessKeyId')
    const another = query('X-Amz-Security-Token', 'another-token')
    expect((await onceSigned(0, long().then(another))).told[1]).toBe('InvalidToken')
  })

  test('may carry the headers that SDKs make parameters of, and none that would be ignored', async () => {
    const having = (name: string) =>
      presign(
        requestOf(aws, 'GET', '/acme-orders/7123/a.csv', { headers: { ...unsignedBody, [name]: 'ENABLED' } }),
        { credentials: operator, atMs: signedMs, expiresIn: 60 },
      )
    expect((await onceSigned(0, having('x-amz-checksum-mode'))).told[1]).toBe('allowed')
    expect((await onceSigned(0, having('X-Amz-Acl'))).told[1]).toBe('NotImplemented')
  })
})

describe('a presigned GetCallerIdentity, as proof of who one is', () => {
  const proof = () =>
    presign(requestOf(aws, 'GET', '/', { query: { Action: 'GetCallerIdentity', Version: '2011-06-15' } }), {
      credentials: ending,
      service: 'sts',
      atMs: signedMs,
      expiresIn: 60,
    })

  test('says who signed it, for a quarter of an hour whatever it says itself', async () => {
    const { told, text } = await onceSigned(61, proof())
    expect(told[1]).toBe('allowed')
    expect(text).toContain(`<Arn>${ending.arn}</Arn>`)
    // The session ends at that second too, and what is too old is not looked at further.
    expect((await onceSigned(901, proof())).told).toEqual([
      403,
      'SignatureDoesNotMatch',
      expect.stringMatching(/^Signature expired: /),
    ])
  })

  test.each<[name: string, change: Change]>([
    ['another action', query('Action', 'AssumeRole')],
    [
      'a server that it was not made for',
      (request) => ({ ...request, headers: { ...request.headers }, hostname: 'localhost' }),
    ],
  ])('is refused with %s', async (_, change) => {
    expect((await onceSigned(0, proof().then(change))).told.slice(0, 2)).toEqual([
      403,
      'SignatureDoesNotMatch',
    ])
  })

  test('in the body, a form that it does not sign for is not looked at', async () => {
    const { body = '', headers } = formRequest(aws, { Action: 'GetCallerIdentity' })
    const posted: Change = (request) => ({ ...request, method: 'POST', body, headers })
    expect((await onceSigned(0, proof().then(posted))).told[1]).toBe('SignatureDoesNotMatch')
  })
})
