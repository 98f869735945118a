import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ordersManifest, postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-target-'))
const broker = 'arn:aws:iam::123456789012:role/postern/broker'
const here = 'arn:aws:iam::123456789012:role/'
const scopes = { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme/{claims.sub}'] }] }
let files = 0
/** A manifest whose roles lend these AWS roles. */
function manifestOf(roles: Readonly<Record<string, object>>): string {
  const file = join(folder, `access-${++files}.yml`)
  const issuers = { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } }
  const trust = [{ issuer: 'idp', claims: { sub: 'x' } }]
  const withTrust = Object.entries(roles).map(([name, { about, ...credentials }]: [string, { about?: object }]) => [name, { trust, ...about, credentials: { scopes, ...credentials } }]) // biome-ignore format: a table
  writeFileSync(file, JSON.stringify({ version: 1, vars: { account: '123456789012' }, issuers, roles: Object.fromEntries(withTrust) })) // biome-ignore format: a manifest
  return file
}
const ask = (file: string, ...words: string[]) =>
  postern(['target', '--access', file, '--broker', broker, ...words])

test('the whole of the example, to the letter, on standard output and in a file', async () => {
  const first = await ask(ordersManifest)
  expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' })
  await expect(first.stdout).toMatchFileSnapshot('target-orders.golden.yml')
  const out = join(folder, 'target.yml')
  expect(await ask(ordersManifest, '--out', out)).toEqual({ code: 0, stdout: `${out} written\n`, stderr: '' })
  expect(readFileSync(out, 'utf8')).toBe(first.stdout)
})

test.each(['orders-exporter', 'partner-pickup', 'reports-writer'])(
  'the trust policy is that of postern trust-policy: %s',
  async (role) => {
    const printed = await postern([
      'trust-policy',
      '--access',
      ordersManifest,
      '--broker',
      broker,
      '--role',
      role,
    ])
    const { Resources } = parse((await ask(ordersManifest)).stdout)
    const trusts = Object.values(
      Resources as Record<string, { Properties: { AssumeRolePolicyDocument: object } }>,
    )
    expect(trusts.map(({ Properties }) => Properties.AssumeRolePolicyDocument)).toContainEqual(JSON.parse(printed.stdout)) // biome-ignore format: a call
  },
)

describe('AWS roles', () => {
  const resourcesOf = async (roles: Readonly<Record<string, object>>) => {
    const { code, stdout, stderr } = await ask(manifestOf(roles))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return { template: parse(stdout), text: stdout }
  }

  test('names that differ in what a logical id cannot hold have two, and no other role changes them', async () => {
    const names = ['a-b', 'aB', 'a.b', 'a_b', 'a-1', 'a1', '1']
    const lent = names.map((name, at) => [`r${at}`, { roleArn: `${here}${name}` }])
    const ids = Object.keys((await resourcesOf(Object.fromEntries(lent))).template.Resources)
    expect(ids).toHaveLength(names.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{1,255}$/)
    const alone = (await resourcesOf({ only: { roleArn: `${here}a.b` } })).template.Resources
    expect(ids).toContain(Object.keys(alone)[0])
  })

  test('path, name, description, tags: from the manifest, in what IAM takes', async () => {
    const about = { description: 'Reads “everything”\nof acme’s', owner: 'Team A <a@acme.example>' }
    const { template, text } = await resourcesOf({ reader: { roleArn: `${here}deep/er/reader`, about } })
    expect(template.Resources.ReaderRole.Properties).toMatchObject({
      RoleName: 'reader',
      Path: '/deep/er/',
      Description: 'Lent by Postern as reader: Reads everything of acme s',
      MaxSessionDuration: 3600,
      Tags: [
        { Key: 'postern:owner', Value: 'Team A a@acme.example' },
        { Key: 'postern:role', Value: 'reader' },
      ],
      PermissionsBoundary: { 'Fn::If': ['HasPermissionsBoundary', { Ref: 'PermissionsBoundary' }, { Ref: 'AWS::NoValue' }] }, // biome-ignore format: a value
    })
    expect(template.Parameters.PermissionsBoundary.Default).toBe('')
    expect(text).toMatch(/^#.*--capabilities CAPABILITY_NAMED_IAM$/m)
  })

  test('several roles lend one: the union, and both names', async () => {
    const write = { write: [{ actions: ['s3:PutObject'], resources: ['arn:aws:s3:::acme/x'] }] }
    const roleArn = `${here}shared`
    const { template } = await resourcesOf({ b: { roleArn }, a: { roleArn, scopes: write }, c: { roleArn } })
    const { Policies, Tags } = template.Resources.SharedRole.Properties
    expect(Policies).toHaveLength(1)
    expect(Policies[0].PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::acme/*'] },
      { Effect: 'Allow', Action: ['s3:PutObject'], Resource: ['arn:aws:s3:::acme/x'] },
    ])
    expect(Tags).toContainEqual({ Key: 'postern:role', Value: 'b a c' })
  })

  test('scopes: null takes managed policies by a parameter without default; policyArns are not attached', async () => {
    const policyArns = ['arn:aws:iam::aws:policy/AdministratorAccess']
    const { template, text } = await resourcesOf({
      whole: { roleArn: `${here}whole`, scopes: null, policyArns },
    })
    const { Properties } = template.Resources.WholeRole
    expect(Properties.ManagedPolicyArns).toEqual({ Ref: 'WholeManagedPolicies' })
    expect(Properties).not.toHaveProperty('Policies')
    expect(template.Parameters.WholeManagedPolicies).toEqual({
      Type: 'CommaDelimitedList',
      Description: expect.stringContaining('whole lends it unnarrowed'),
    })
    expect(text).not.toContain('AdministratorAccess')
    expect(text).toContain('# whole:\n#   lent unnarrowed: WholeManagedPolicies says what it may do')
    expect(text).toContain('--parameter-overrides WholeManagedPolicies=ARN,ARN')
    expect(text).toContain('#   its policyArns narrow sessions and grant nothing')
  })

  test('a condition that nothing can bound is left out, and the comment says so', async () => {
    const conditions = { NumericLessThan: { 's3:max-keys': '{claims.most}' } }
    const list = { list: [{ actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::acme'], conditions }] }
    const { text } = await resourcesOf({ lister: { roleArn: `${here}lister`, scopes: list } })
    expect(text).toContain('#   without these conditions, as no wildcard is wide enough there: NumericLessThan s3:max-keys\n') // biome-ignore format: a line
  })

  test('texts that an older YAML takes for something else stand in quotes', async () => {
    const conditions = {
      Null: { 's3:prefix': 'true' },
      StringEquals: { 's3:prefix': ['yes', '0123', '1:30'] },
    }
    const list = { list: [{ actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::acme'], conditions }] }
    const { text } = await resourcesOf({ lister: { roleArn: `${here}lister`, scopes: list } })
    for (const word of ['true', 'yes', '0123', '1:30', '2012-10-17']) expect(text).toContain(`"${word}"`)
    const { Condition } = parse(text, { version: '1.1' }).Resources.ListerRole.Properties.Policies[0].PolicyDocument.Statement[0] // biome-ignore format: a path
    expect(Condition).toEqual({ Null: { 's3:prefix': ['true'] }, StringEquals: { 's3:prefix': ['yes', '0123', '1:30'] } }) // biome-ignore format: a value
  })
})

test("by web identity: IAM's OIDC provider comes with it, and the comment says how to make it by hand", async () => {
  const file = manifestOf({ long: { roleArn: `${here}long`, via: 'web-identity' } })
  const url = 'https://tokens.acme.example/v1'
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), tokens: { issuer: url } }))
  const { code, stdout, stderr } = await ask(file)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { PosternOidcProvider, LongRole } = parse(stdout).Resources
  expect(PosternOidcProvider.Properties).toEqual({ Url: url, ClientIdList: ['sts.amazonaws.com'] })
  const trusted = LongRole.Properties.AssumeRolePolicyDocument.Statement.map((one: { Principal: object }) => one.Principal) // biome-ignore format: a call
  for (const principal of trusted)
    expect(principal).toEqual({
      Federated: 'arn:aws:iam::123456789012:oidc-provider/tokens.acme.example/v1',
    })
  expect(stdout).toContain(`#   aws iam create-open-id-connect-provider --url ${url} --client-id-list sts.amazonaws.com\n`) // biome-ignore format: a line
  expect((await ask(ordersManifest)).stdout).not.toContain('open-id-connect')
})

describe('accounts and partitions', () => {
  const two = manifestOf({ a: { roleArn: `${here}a` }, b: { roleArn: 'arn:aws:iam::210987654321:role/b' }, c: { roleArn: 'arn:aws-cn:iam::111111111111:role/c' } }) // biome-ignore format: a manifest
  test('several, and none named', async () => {
    const { code, stdout, stderr } = await ask(two)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/AWS roles of the accounts 111111111111, 123456789012, 210987654321: name one with --account\n/) // biome-ignore format: a call
  })
  test('one of them: its AWS roles alone', async () => {
    const { code, stdout } = await ask(two, '--account', '210987654321')
    expect({ code, roles: Object.keys(parse(stdout).Resources) }).toEqual({ code: 0, roles: ['BRole'] })
  })
  test.each([
    [
      '999999999999',
      1,
      /no AWS role of the account 999999999999 is lent\n {2}mend: name one of 111111111111, 1/,
    ],
    ['12', 2, /--account is the twelve digits of an account/],
    ['111111111111', 1, /the broker is in the partition aws and the AWS role in aws-cn: neither can trust/],
  ])('--account %s', async (account, exitCode, message) => {
    const out = join(folder, `not-${account}.yml`)
    const { code, stdout, stderr } = await ask(two, '--account', account, '--out', out)
    expect({ code, stdout, isThere: existsSync(out) }).toEqual({ code: exitCode, stdout: '', isThere: false })
    expect(stderr).toMatch(message)
  })
  test('a broker of the same partition, whichever', async () => {
    const arn = 'arn:aws-cn:iam::222222222222:role/broker'
    const { code, stdout } = await postern(['target', '--access', two, '--broker', arn, '--account', '111111111111']) // biome-ignore format: a call
    expect({ code, has: stdout.includes(`AWS: ${arn}\n`) }).toEqual({ code: 0, has: true })
  })
})

describe('what IAM would not take', () => {
  test('two AWS roles of a name', async () => {
    const { code, stderr } = await ask(manifestOf({ a: { roleArn: `${here}x/Reader` }, b: { roleArn: `${here}reader` } })) // biome-ignore format: a call
    expect(code).toBe(1)
    expect(stderr).toContain(`${here}reader and ${here}x/Reader cannot both be: an account has one role of a name`) // biome-ignore format: a call
  })
  test('more than 10240 characters of permissions', async () => {
    const roleArn = `${here}wide`
    const wide = (many: number) => manifestOf(Object.fromEntries(Array.from({ length: many }, (_, at) => [`r${at}`, { roleArn, scopes: { s: [{ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${'x'.repeat(1000)}${at}`] }] } }]))) // biome-ignore format: a manifest
    expect((await ask(wide(9))).code).toBe(0)
    const { code, stdout, stderr } = await ask(wide(11))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/are 112\d\d characters together, and IAM takes 10240 in the inline policies of wide\n {2}mend: /) // biome-ignore format: a call
  })
  test('a trust policy of more than 2048 characters is printed, and warned of in both places', async () => {
    const tags = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`tag-${at}-${'x'.repeat(40)}`, 'a']),
    )
    const { code, stdout, stderr } = await ask(manifestOf({ tagged: { roleArn: `${here}tagged`, tags } }))
    const warning = /the trust policy of tagged has \d{4} characters, and IAM takes 2048 unless the account's quota is higher/ // biome-ignore format: a pattern
    expect(code).toBe(0)
    expect(stderr).toMatch(warning)
    expect(stdout).toMatch(warning)
    expect(parse(stdout).Resources).toHaveProperty('TaggedRole')
  })
  test('a template that CloudFormation takes by a bucket alone', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [`r${at}`, { roleArn: `${here}r-${at}` }]),
    )
    const { stdout } = await ask(manifestOf(many))
    expect(Buffer.byteLength(stdout)).toBeGreaterThan(51_200)
    expect(stdout).toMatch(/^#.* CAPABILITY_NAMED_IAM --s3-bucket BUCKET$/m)
  })
  test('a manifest that lends nothing', async () => {
    const file = join(folder, 'none.yml')
    writeFileSync(file, 'version: 1\nissuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }\nroles: { r: { routes: [GET /x] } }\n') // biome-ignore format: a manifest
    const { code, stdout, stderr } = await ask(file)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('no role of the manifest lends an AWS role')
  })
  test("a broker that is a session's ARN", async () => {
    const { code, stderr } = await postern(['target', '--access', ordersManifest, '--broker', 'arn:aws:sts::123456789012:assumed-role/b/f']) // biome-ignore format: a call
    expect(code).toBe(2)
    expect(stderr).toMatch(/--broker is the ARN of the broker's execution role, not the session/)
  })
})
