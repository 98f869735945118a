import { expect, test } from 'vitest'
import { explainRole } from '../../cli/explain-role.ts'
import type { PlannedSession } from '../../cli/explanation.ts'
import {
  askByWebIdentity,
  askCredentials,
  brokerAccess,
  brokerStand,
  tokenFor,
  useSts,
} from '../support/broker.ts'
import { nowMs, nowSeconds } from '../support/token.ts'

const sts = useSts()

const claims: readonly object[] = [
  {},
  { sub: '*' },
  { sub: 'a/..' },
  { tenant: 'nobody' },
  { tenant: undefined },
  { exp: nowSeconds },
  { exp: nowSeconds + 3600 },
  { exp: nowSeconds + 1000 },
  { aud: 'elsewhere' },
  { iss: 'https://elsewhere.example' },
  { cnf: { jkt: 'x' } },
]
const roles = ['reader', 'exporter', 'twin', 'brief', 'ending', 'whole', 'lent', 'foreign', 'nothing']
const wishes: readonly { readonly scopes?: readonly string[]; readonly durationSeconds?: number }[] = [
  {},
  { scopes: ['read'] },
  { scopes: ['list', 'read'], durationSeconds: 900 },
  { scopes: ['write'] },
  { durationSeconds: 43_200 },
  { durationSeconds: 899 },
]

/** What STS would be told, by the names on the wire. */
function wireOf({
  awsRole,
  name,
  sourceIdentity,
  seconds,
  tags,
  policy,
  policyArns,
  externalId,
}: PlannedSession) {
  const transitive = tags.filter((tag) => tag.transitive)
  return new Map<string, string>([
    ['RoleArn', awsRole],
    ['RoleSessionName', name],
    ['SourceIdentity', sourceIdentity],
    ['DurationSeconds', String(seconds)],
    ...(policy ? [['Policy', JSON.stringify(policy)] as const] : []),
    ...(externalId ? [['ExternalId', externalId] as const] : []),
    ...policyArns.map((arn, at) => [`PolicyArns.member.${at + 1}.arn`, arn] as const),
    ...tags.flatMap(({ key, value }, at) => [
      [`Tags.member.${at + 1}.Key`, key] as const,
      [`Tags.member.${at + 1}.Value`, value] as const,
    ]),
    ...transitive.map(({ key }, at) => [`TransitiveTagKeys.member.${at + 1}`, key] as const),
  ])
}

const explained = (token: string, borrow: Parameters<typeof explainRole>[0]['borrow']) =>
  explainRole({ access: brokerAccess, token, borrow, nowMs: () => nowMs })

test.each(claims)('what is explained is what the broker does, and what it tells STS: %j', async (own) => {
  const token = tokenFor(own)
  for (const role of roles)
    for (const { scopes, durationSeconds } of wishes) {
      const query = [
        scopes && `scope=${scopes.join('+')}`,
        durationSeconds && `durationSeconds=${durationSeconds}`,
      ]
      const { record } = await brokerStand().call(
        askCredentials(`${role}?${query.filter((one) => one !== undefined).join('&')}`, token),
      )
      const asked = sts.asked.splice(0)
      const found = await explained(token, {
        role,
        ...(scopes && { scopes }),
        ...(durationSeconds && { durationSeconds }),
      })
      const { effect, reason, message } = found
      expect({ role, query, effect, reason, message, roles: found.caller?.roles.join() }).toEqual({
        role,
        query,
        effect: record.effect,
        reason: record.reason,
        message: record.message,
        roles: record.roles,
      })
      const wire = asked.map(
        (form) => new Map([...form].filter(([name]) => !['Action', 'Version'].includes(name))),
      )
      expect(wire).toEqual(found.session ? [wireOf(found.session)] : [])
    }
})

test.each([{}, { sub: '*' }, { tenant: 'nobody' }])(
  'by the ARN of an AWS role, as at the STS endpoint: %j',
  async (own) => {
    const token = tokenFor(own)
    const lent = brokerAccess.roles.flatMap(({ credentials }) => credentials?.roleArn ?? [])
    for (const role of new Set([...lent, 'arn:aws:iam::123456789012:role/none'])) {
      const { record } = await brokerStand().call(
        askByWebIdentity({ RoleArn: role, WebIdentityToken: token }),
      )
      const { effect, reason, message } = await explained(token, { role })
      const { effect: done, reason: why, message: told } = record
      expect({ role, effect, reason, message }).toEqual({ role, effect: done, reason: why, message: told })
    }
  },
)
