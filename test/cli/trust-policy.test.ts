import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-trust-policy-'))
const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
write(
  'billing.yml',
  `version: 1
roles:
  reader:
    trust: [{ issuer: idp, claims: { sub: x } }]
    credentials: { roleArn: 'arn:aws:iam::210987654321:role/billing-reader', scopes: null }
`,
)
const access = write(
  'access.yml',
  `version: 1
vars: { account: '123456789012' }
issuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }
roles:
  exporter:
    trust: [{ issuer: idp, claims: { sub: x } }]
    credentials: { roleArn: 'arn:aws:iam::@{account}:role/exporter', scopes: null }
  chinese:
    trust: [{ issuer: idp, claims: { sub: x } }]
    credentials: { roleArn: 'arn:aws-cn:iam::123456789012:role/exporter', scopes: null }
  above: { includes: [exporter] }
  plain: { routes: [GET /orders] }
apps:
  billing:
    manifest: billing.yml
    allow: { issuers: [idp], awsRoles: ['arn:aws:iam::210987654321:role/billing-*'] }
`.replace('@', '$'),
)
const broker = 'arn:aws:iam::123456789012:role/postern/broker'
const ask = (...words: string[]) =>
  postern(['trust-policy', '--access', access, '--broker', broker, ...words])

test.each(['exporter', 'billing.reader', 'arn:aws:iam::210987654321:role/billing-reader'])(
  'the policy of %s, as JSON and nothing else',
  async (role) => {
    const { code, stdout, stderr } = await ask('--role', role)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { Version, Statement } = JSON.parse(stdout)
    expect(Version).toBe('2012-10-17')
    expect(Statement.map((one: { Action: string }) => one.Action)).toEqual([
      'sts:AssumeRole',
      'sts:SetSourceIdentity',
    ])
    for (const { Principal } of Statement) expect(Principal).toEqual({ AWS: broker })
  },
)

test('a broker of the same partition, whichever', async () => {
  const arn = 'arn:aws-cn:iam::210987654321:role/broker'
  const { code, stdout, stderr } = await postern(['trust-policy', '--access', access, '--broker', arn, '--role', 'chinese']) // biome-ignore format: a call
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(arn)
})

test('--vars replaces the AWS role, and its ARN is another', async () => {
  const vars = write('prod.yml', "account: '555555555555'\n")
  const { code } = await ask('--role', 'arn:aws:iam::555555555555:role/exporter', '--vars', vars)
  expect(code).toBe(0)
})

describe('no answer', () => {
  test.each([
    [
      'plain',
      1,
      /"plain" lends no AWS role itself\n {2}mend: .*these do: exporter, chinese, billing\.reader/,
    ],
    ['above', 1, /"above" lends no AWS role itself\n {2}mend: name one that it includes: exporter/],
    ['arn:aws:iam::123456789012:role/other', 1, /no role lends that AWS role\n {2}mend: .*exporter/],
    ['exportr', 2, /no role of the manifest; did you mean "exporter"\?/],
    ['reader', 2, /no role of the manifest/],
  ])('%s', async (role, exitCode, message) => {
    const { code, stdout, stderr } = await ask('--role', role)
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test.each([
    'arn:aws:iam::123456789012:role/*',
    'arn:aws:iam::123456789012:root',
    '*',
    '123456789012',
    'arn:aws:lambda:eu-west-1:123456789012:function:broker',
  ])('a broker that is no one role: %s', async (arn) => {
    const { code, stdout, stderr } = await postern(['trust-policy', '--access', access, '--broker', arn, '--role', 'exporter']) // biome-ignore format: a call
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/--broker is the ARN of the broker's execution role, as in arn:aws:iam/)
  })

  test.each([
    ['arn:aws-cn:iam::123456789012:role/broker', 'exporter', 'aws-cn', 'aws'],
    [
      'arn:aws-us-gov:iam::123456789012:role/broker',
      'arn:aws:iam::210987654321:role/billing-reader',
      'aws-us-gov',
      'aws',
    ],
    [broker, 'chinese', 'aws', 'aws-cn'],
  ])('a broker of another partition: %s, %s', async (arn, role, here, there) => {
    const { code, stdout, stderr } = await postern(['trust-policy', '--access', access, '--broker', arn, '--role', role]) // biome-ignore format: a call
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `postern: the broker is in the partition ${here} and the AWS role in ${there}: neither can trust the other\n  mend: name the role of a broker that runs in ${there}, or lend an AWS role of ${here}\n`,
    )
  })

  test("a session's ARN is told apart", async () => {
    const session = 'arn:aws:sts::123456789012:assumed-role/broker/function'
    const { stderr } = await postern(['trust-policy', '--access', access, '--broker', session, '--role', 'exporter']) // biome-ignore format: a call
    expect(stderr).toMatch(/not the session that a function has in it/)
  })
})

test('a policy beyond what IAM takes unasked is printed, and said to be', async () => {
  const tags = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`tag-${at}-${'x'.repeat(40)}`, 'a']))
  const long = write(
    'long.json',
    JSON.stringify({
      version: 1,
      issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
      roles: { r: { credentials: { roleArn: 'arn:aws:iam::123456789012:role/x', scopes: null, tags } } },
    }),
  )
  const { code, stdout, stderr } = await postern(['trust-policy', '--access', long, '--broker', broker, '--role', 'r']) // biome-ignore format: a call
  expect(code).toBe(0)
  expect(stderr).toBe(
    `postern: the policy has ${JSON.stringify(JSON.parse(stdout)).length} characters, and IAM takes 2048 unless the account's quota is higher\n  mend: lend several AWS roles instead of one, or have the quota raised\n`,
  )
})
