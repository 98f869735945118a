import { hash } from 'node:crypto'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { type AssumeRoleWithWebIdentityCommandInput, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Algorithm } from '../../../shared/access/access.ts'
import { stsModel } from '../../support/api-model.ts'
import { answerProblems, errorProblems } from '../../support/api-wire.ts'
import { type Family, makeKey } from '../../support/keys.ts'
import { segment, signed } from '../../support/token.ts'
import { allow, keysOf, outcome, s3Client, stsClient } from './stand.ts'
import {
  federated,
  providerArn,
  refusal,
  startWebIdentity,
  tagged,
  type WebIdentityStand,
} from './web-identity-stand.ts'

let stand: WebIdentityStand
beforeAll(async () => {
  stand = await startWebIdentity()
})
beforeEach(() => stand.aws.setMode('up'))
afterAll(() => stand.close())

const source = { 'https://aws.amazon.com/source_identity': 'github-orders' }

describe('a token that holds', () => {
  test('gives twelve hours, and says whose', async () => {
    const answer = await stand.assume({ DurationSeconds: 43_200 }, { claims: source })
    expect(answer).toMatchObject({
      AssumedRoleUser: { Arn: `arn:aws:sts::123456789012:assumed-role/orders-exporter/bot-1` },
      Provider: providerArn,
      Audience: 'sts.amazonaws.com',
      SubjectFromWebIdentityToken: 'orders-exporter',
      SourceIdentity: 'github-orders',
    })
    const hours = ((answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 3_600_000
    expect(hours).toBeCloseTo(12, 1)
    const keys = keysOf(answer.Credentials ?? ({} as never))
    const { Arn } = await stsClient(stand.aws, keys).send(new GetCallerIdentityCommand())
    expect(Arn).toBe(answer.AssumedRoleUser?.Arn)
  })

  test('its tags are the principal’s, and session policies narrow it', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's variable.
    const mine = 'arn:aws:s3:::acme-orders/${aws:PrincipalTag/tenant}/*'
    const { Credentials, PackedPolicySize } = await stand.assume(
      { Policy: JSON.stringify(allow('s3:GetObject', mine)) },
      { claims: tagged({ tenant: ['7123'] }, ['tenant']) },
    )
    expect(PackedPolicySize).toBeGreaterThan(0)
    const s3 = s3Client(stand.aws, keysOf(Credentials ?? ({} as never)))
    const read = (Key: string) => outcome(s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key })))
    expect([await read('7123/a.csv'), await read('7124/b.csv')]).toEqual(['allowed', 'AccessDenied'])
  })

  test('what was asked is kept without the token', async () => {
    const WebIdentityToken = await stand.token()
    await stand.assume({ WebIdentityToken })
    const seen = stand.aws.requests.at(-1)
    expect(seen).toMatchObject({ action: 'AssumeRoleWithWebIdentity', answered: true })
    expect(seen?.parameters.WebIdentityToken).toBe(hash('sha256', WebIdentityToken, 'base64url'))
    expect(JSON.stringify(stand.aws.requests)).not.toContain('eyJ')
  })
})

const later = () => Math.floor(Date.now() / 1000)
describe('a token that does not', () => {
  test.each<[name: string, claims: object, code: string, message: RegExp]>([
    [
      'of an issuer unknown to the account',
      { iss: 'https://other.example' },
      'InvalidIdentityToken',
      /^No OpenIDConnect provider found in your account for https:\/\/other\.example$/,
    ],
    ['for another audience', { aud: 'postern' }, 'InvalidIdentityToken', /^Incorrect token audience$/],
    ['over', { exp: later() - 1 }, 'ExpiredTokenException', /expired/i],
    ['with a fraction of a second', { iat: later() + 0.5 }, 'InvalidIdentityToken', /iat/],
    ['without an end', { exp: undefined }, 'InvalidIdentityToken', /exp/],
    ['without a subject', { sub: undefined }, 'InvalidIdentityToken', /sub/],
    ['without an audience', { aud: undefined }, 'InvalidIdentityToken', /audience/],
  ])('%s', async (_, claims, code, message) => {
    expect(await refusal(stand.assume({}, { claims: claims as Record<string, unknown> }))).toEqual([
      400,
      code,
      expect.stringMatching(message),
    ])
    expect(stand.aws.requests.at(-1)).toMatchObject({ code, answered: false })
  })

  test.each<[name: string, claims: object]>([
    ['tags that are a text', { 'https://aws.amazon.com/tags': 'a' }],
    ['principal_tags that are a list', { 'https://aws.amazon.com/tags': { principal_tags: ['a'] } }],
    ['a tag of two values', tagged({ a: ['1', '2'] })],
    ['a tag that is no list', tagged({ a: '1' })],
    ['a tag of a number', tagged({ a: [1] })],
    ['a tag of a character that none may have', tagged({ a: ['<'] })],
    ['a tag too long', tagged({ a: ['x'.repeat(257)] })],
    ['a key of AWS’s', tagged({ 'aws:a': ['x'] })],
    ['keys that differ in case alone', tagged({ a: ['x'], A: ['y'] })],
    ['51 tags', tagged(Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ['x']])))],
    ['transitive keys that are a text', tagged({ a: ['x'] }, 'a')],
    ['a transitive key that is no tag', tagged({ a: ['x'] }, ['b'])],
    ['a source identity that is no text', { 'https://aws.amazon.com/source_identity': 7 }],
    ['a source identity with a space', { 'https://aws.amazon.com/source_identity': 'a b' }],
    ['a source identity of AWS’s', { 'https://aws.amazon.com/source_identity': 'aws:a' }],
  ])('that says %s', async (_, claims) => {
    expect(await refusal(stand.assume({}, { claims: claims as Record<string, unknown> }))).toEqual([
      400,
      'InvalidIdentityToken',
      expect.any(String),
    ])
  })

  test.each(['none', 'a.b.c', `${btoa('null')}.${btoa('null')}.x`, `${btoa('{}')}.${btoa('[]')}.x`])(
    'that is no JWT: %s',
    async (WebIdentityToken) => {
      const [status, code] = await refusal(stand.assume({ WebIdentityToken }))
      expect([status, code]).toEqual([400, 'InvalidIdentityToken'])
    },
  )

  test('with a signature of another key, or changed afterwards', async () => {
    await stand.makeKey('stranger')
    const [header, payload, signature] = (await stand.token()).split('.')
    const other = (await stand.token({ kid: 'stranger' })).split('.')[2]
    const fresh = Buffer.from(JSON.stringify({ ...JSON.parse(atob(payload ?? '')), sub: 'x' }))
    for (const token of [
      `${header}.${payload}.${other}`,
      `${header}.${fresh.toString('base64url')}.${signature}`,
      `${header}.${payload}.`,
    ])
      expect(await outcome(stand.assume({ WebIdentityToken: token }))).toBe('InvalidIdentityToken')
  })

  test.each<[named: string, alg: Algorithm, of: Family]>([
    ['RS256', 'ES256', 'P-256'],
    ['ES384', 'ES384', 'P-256'],
    ['ES256', 'RS256', 'RSA'],
    ['PS256', 'PS256', 'RSA'],
    ['none', 'ES256', 'P-256'],
    ['EdDSA', 'EdDSA', 'Ed25519'],
  ])('%s by its header, genuinely signed by %s with a key of %s', async (named, alg, of) => {
    const key = makeKey(of, `${named}-${of}`)
    const fresh = await startWebIdentity()
    fresh.published.keys = [key.jwk]
    const payload = (await fresh.token()).split('.')[1] ?? ''
    const WebIdentityToken = signed(key, alg, segment({ alg: named, kid: key.kid }), payload)
    expect(await outcome(fresh.assume({ WebIdentityToken }))).toBe('InvalidIdentityToken')
    await fresh.close()
  })
})

test.each(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'])('%s is taken', async (alg) => {
  const fresh = await startWebIdentity()
  fresh.published.keys = [await fresh.makeKey('own', alg)]
  expect(await outcome(fresh.assume({}, { kid: 'own', alg }))).toBe('allowed')
  await fresh.close()
})

describe('parameters', () => {
  test.each<
    [name: string, input: Partial<AssumeRoleWithWebIdentityCommandInput>, code: string, message: RegExp]
  >([
    ['under a quarter of an hour', { DurationSeconds: 899 }, 'ValidationError', /durationSeconds/],
    ['over twelve hours', { DurationSeconds: 43_201 }, 'ValidationError', /durationSeconds/],
    ['a token too short', { WebIdentityToken: 'abc' }, 'ValidationError', /webIdentityToken/],
    ['a token too long', { WebIdentityToken: 'a'.repeat(20_001) }, 'ValidationError', /webIdentityToken/],
    ['a name with a space', { RoleSessionName: 'a b' }, 'ValidationError', /roleSessionName/],
    ['no role', { RoleArn: 'arn:aws:iam::123456789012:user/x' }, 'ValidationError', /is invalid/],
    ['a policy too long', { Policy: ' '.repeat(2049) }, 'ValidationError', /policy/],
    ['a policy that is none', { Policy: '{' }, 'MalformedPolicyDocument', /Json/],
  ])('%s', async (_, input, code, message) => {
    expect(await refusal(stand.assume(input))).toEqual([400, code, expect.stringMatching(message)])
  })

  test('longer than the role has sessions', async () => {
    const short = await startWebIdentity(federated(), 3600)
    expect(await refusal(short.assume({ DurationSeconds: 3601 }))).toEqual([
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ])
    await short.close()
  })

  test.each(['Tags.member.1.Key', 'TransitiveTagKeys.member.1', 'SourceIdentity', 'ExternalId'])(
    '%s is refused, which AWS would pass over',
    async (name) => {
      const { status, body } = await stand.post({ [name]: 'abc' })
      expect([status, body]).toEqual([400, expect.stringContaining(`has no parameter ${name}.`)])
      expect(body).toContain('<Code>ValidationError</Code>')
    },
  )

  test('another version of the API has no such operation', async () => {
    const { status, body } = await stand.post({ Version: '2010-01-01' })
    expect([status, body]).toEqual([400, expect.stringContaining('<Code>InvalidAction</Code>')])
  })
})

test.runIf(stsModel)('answers and refusals are of the shapes of AWS’s model', async () => {
  const model = stsModel as NonNullable<typeof stsModel>
  const action = 'AssumeRoleWithWebIdentity'
  const WebIdentityToken = await stand.token({ claims: { ...source, ...tagged({ a: ['b'] }) } })
  const good = await stand.post({ WebIdentityToken })
  expect([good.status, answerProblems(model, action, good.body)]).toEqual([200, []])
  const over = await stand.token({ claims: { exp: 1 } })
  for (const fields of [{ WebIdentityToken: over }, { WebIdentityToken: 'none' }, { RoleArn: 'x' }]) {
    const { status, body } = await stand.post(fields)
    expect([status, errorProblems(model, action, status, body)]).toEqual([400, []])
  }
})
