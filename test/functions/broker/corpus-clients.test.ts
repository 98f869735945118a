import { join } from 'node:path'
import { fromHttp } from '@aws-sdk/credential-providers'
import { describe, expect, test } from 'vitest'
import { serveCredentials } from '../../../cli/exec/endpoint.ts'
import { serveBroker } from '../../../local/broker/server.ts'
import { isFetchable } from '../../../shared/http/fetch-json.ts'
import { accessOf } from '../../support/access.ts'
import { withKeys } from '../../support/attacks.ts'
import { brokerAccess, brokerStand, manifest, tokenFor, urlEvent, useSts } from '../../support/broker.ts'
import { corpusRows } from '../../support/corpora.ts'
import { corpusFile } from '../../support/corpus.ts'
import { type Exchange, recordedExchanges } from '../../support/recorded-http.ts'
import { type Element, readXml } from '../../support/xml-tree.ts'

useSts()

type EcsTest = {
  readonly docs: string
  readonly env: Readonly<Record<string, string>>
  readonly result: { readonly Ok?: string }
}
const rust =
  corpusFile<{ readonly tests: readonly EcsTest[] }>('smithy-rs-aws-config/ecs-tests.json')?.tests ?? []
const python = corpusRows<{ readonly test: string; readonly uri: string; readonly allowed: boolean }>(
  'botocore-container/container-uri.json',
)

/** Addresses that SDKs were seen to call, and to refuse. */
const addresses: readonly (readonly [name: string, uri: string, allowed: boolean])[] = [
  ...python.map(({ test: name, uri, allowed }) => [name, uri, allowed] as const),
  // With a relative address an SDK asks Amazon ECS's own 169.254.170.2, where no broker is, and with none nobody.
  ...rust
    .filter(
      ({ env }) =>
        'AWS_CONTAINER_CREDENTIALS_FULL_URI' in env && !('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI' in env),
    )
    .map(
      ({ docs, env, result }) =>
        [docs, env.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? '', result.Ok !== undefined] as const,
    ),
]

/** Whether the SDK for JavaScript would call it: it looks for its token next, and finds none, so nothing is called. */
async function takes(uri: string): Promise<boolean> {
  const missing = join(import.meta.dirname, 'no-such-token')
  const options = {
    awsContainerCredentialsFullUri: uri,
    awsContainerAuthorizationTokenFile: missing,
    maxRetries: 0,
  }
  const error = await fromHttp(options)().then(
    () => new Error('an answer, without a token'),
    (refusal: Error & { code?: string }) => refusal,
  )
  if (/URL not accepted|Invalid URL/.test(error.message)) return false
  expect(error).toMatchObject({ code: 'ENOENT' })
  return true
}

type Kind = 'none' | `${string} ${'loopback' | 'container' | 'other'}`
/** What SDKs tell addresses apart by. */
function kindOf(uri: string): Kind {
  if (!URL.canParse(uri)) return 'none'
  const { protocol, hostname } = new URL(uri)
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return `${protocol} loopback`
  return `${protocol} ${/^(169\.254\.170\.23?|\[fd00:ec2::23\])$/.test(hostname) ? 'container' : 'other'}`
}

describe.skipIf(addresses.length === 0)('the addresses that SDKs call', () => {
  test.each(addresses)('as in "%s": %s', async (_, uri, allowed) => {
    expect(await takes(uri)).toBe(allowed)
  })

  test('are told apart by what they are: none of a kind is called here and refused there', () => {
    const kinds = (which: boolean) =>
      new Set(addresses.filter(([, , allowed]) => allowed === which).map(([, uri]) => kindOf(uri)))
    expect([...kinds(true)].sort()).toEqual([
      'http: container',
      'http: loopback',
      'https: container',
      'https: loopback',
      'https: other',
    ])
    expect([...kinds(false)].sort()).toEqual(['http: other', 'none'])
  })

  test.each(addresses)('are those that the commands take as --broker, as in "%s": %s', (_, uri, allowed) => {
    const ours = URL.canParse(uri) && isFetchable(new URL(uri))
    // In the clear only on loopback: at a container's own address is no broker.
    expect(ours).toBe(allowed && kindOf(uri) !== 'http: container')
  })

  const allowedKinds = () => addresses.filter(([, , allowed]) => allowed).map(([, uri]) => kindOf(uri))

  test.each([
    'https://broker.example/credentials/orders-exporter?scope=read',
    'https://abcdefghij.lambda-url.eu-west-1.on.aws/credentials/orders-exporter',
    'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/credentials/billing.clerk',
  ])('have among them that of a broker that is deployed: %s', async (uri) => {
    expect(allowedKinds()).toContain(kindOf(uri))
    expect(await takes(uri)).toBe(true)
    expect(await takes(uri.replace('https:', 'http:'))).toBe(false)
  })

  test('have among them that of npm start, and of postern exec --serve', async () => {
    const local = await serveBroker(async () => ({ ok: true, value: null }), 0)
    const served = await serveCredentials(
      async () => Promise.reject(new Error('not asked here')),
      () => undefined,
    )
    for (const uri of [`${local.url}/credentials/orders-exporter`, served.url]) {
      expect(allowedKinds()).toContain(kindOf(uri))
      expect(await takes(uri)).toBe(true)
    }
    served.close()
    await local.close()
  })
})

const chain = (name: string) =>
  recordedExchanges(`smithy-rs-aws-config/default-credential-provider-chain/${name}/http-traffic.json`) ?? []
const resultOf = (name: string) =>
  corpusFile<{ readonly result: { readonly Ok?: object } }>(
    `smithy-rs-aws-config/default-credential-provider-chain/${name}/test-case.json`,
  )?.result.Ok
/** Digits and letters aside, the form of a time. */
const formOf = (text: string) => text.replace(/\d/g, '9')

const containers = ['ecs_credentials', 'ecs_credentials_invalid_profile', 'ecs_assume_role'].flatMap((name) =>
  chain(name)
    .filter(({ method }) => method === 'GET')
    .map((exchange) => [name, exchange] as const),
)

describe.skipIf(containers.length === 0)('a container’s request, as recorded', () => {
  const replay = ({ method, headers }: Exchange, more: object = {}) =>
    brokerStand().call(urlEvent(method, '/credentials/exporter', { ...headers, ...more }))

  test.each(containers)(
    '%s: what the SDK read then, it finds in the broker’s answer',
    async (name, exchange) => {
      const { statusCode, headers, body } = await replay(exchange, { authorization: `Bearer ${tokenFor()}` })
      expect([statusCode, headers['content-type']]).toEqual([
        exchange.status,
        exchange.answerHeaders['content-type'],
      ])
      const [ours, theirs]: Record<string, unknown>[] = [JSON.parse(body), JSON.parse(exchange.answer)]
      // The role of an ECS task, which no SDK reads: the recorded results have nothing of it.
      const { RoleArn, ...read } = theirs ?? {}
      expect(JSON.stringify(resultOf(name))).not.toContain(String(RoleArn))
      for (const [member, value] of Object.entries(read))
        expect([member, typeof ours?.[member]]).toEqual([member, typeof value])
      expect(formOf(String(ours?.Expiration))).toBe(formOf(String(theirs?.Expiration)))
      expect(Object.keys(ours ?? {})).toEqual([
        'AccessKeyId',
        'SecretAccessKey',
        'Token',
        'Expiration',
        'AccountId',
      ])
    },
  )

  test.each(containers)(
    '%s: without a token it is told so, since these were for Amazon ECS',
    async (_, exchange) => {
      const { statusCode, record } = await replay(exchange)
      expect([statusCode, record.reason]).toEqual([401, 'token_missing'])
    },
  )

  test.each(containers)(
    '%s: its path is that of Amazon ECS, and nothing here',
    async (_, { method, uri, headers }) => {
      const { statusCode, record } = await brokerStand().call(
        urlEvent(method, new URL(uri).pathname, { ...headers, authorization: tokenFor() }),
      )
      expect([statusCode, record.reason]).toEqual([404, 'endpoint_unknown'])
    },
  )
})

const identities = [
  'web_identity_token_env',
  'web_identity_token_profile',
  'web_identity_token_source_profile',
  'web_identity_token_invalid_jwt',
].flatMap((name) => chain(name).map((exchange) => [name, exchange] as const))
const actionOf = ({ body }: Exchange) => new URLSearchParams(body).get('Action')
const asked = identities.filter(([, exchange]) => actionOf(exchange) === 'AssumeRoleWithWebIdentity')
const sound = asked.filter(([, { status }]) => status === 200)
// What a profile with a role of its own asks for next, and what one asks for with a container's credentials.
const onward = [
  ...identities,
  ...chain('ecs_assume_role').map((exchange) => ['ecs_assume_role', exchange] as const),
].filter(([, exchange]) => actionOf(exchange) === 'AssumeRole')

/** A broker that lends the AWS roles that were asked for. */
function lenderOf(exchanges: readonly (readonly [string, Exchange])[]) {
  const arns = new Set(exchanges.map(([, { body }]) => new URLSearchParams(body).get('RoleArn') ?? ''))
  const { trust } = manifest.roles.exporter
  const roles = Object.fromEntries(
    [...arns].map((roleArn, at) => [`lent-${at}`, { trust, credentials: { roleArn, scopes: null } }]),
  )
  return brokerStand(withKeys(accessOf({ ...manifest, roles }), () => brokerAccess.issuers[0]?.keys as never))
}

/** Every element below, by the names that lead to it. */
function pathsOf({ name, children }: Element): readonly string[] {
  return [name, ...children.flatMap((child) => pathsOf(child).map((path) => `${name}/${path}`))]
}

function textAt(root: Element, ...names: readonly string[]): string {
  return (
    names.reduce<Element | undefined>((at, name) => at?.children.find((one) => one.name === name), root)
      ?.text ?? ''
  )
}

describe.skipIf(asked.length === 0)('a request for credentials by web identity, as recorded', () => {
  const post = ({ method, headers }: Exchange, body: string, stand = lenderOf(sound)) =>
    stand.call(urlEvent(method, '/', headers, body))
  const sub = 'system:serviceaccount:default:default'
  /** The same bytes, but for a token that is good here, with the newline of its file where it had one. */
  const withToken = ({ body }: Exchange, newline = /%0A$/.test(body)) =>
    body.replace(/(WebIdentityToken=)[^&]*/, `$1${tokenFor({ sub })}${newline ? '%0A' : ''}`)

  test('is there with the newline of the token’s file, and without', () => {
    expect(new Set(asked.map(([, { body }]) => /%0A$/.test(body)))).toEqual(new Set([true, false]))
  })

  test.each(sound)('%s: what the SDK read then, it finds in the broker’s answer', async (_, exchange) => {
    for (const newline of [true, false]) {
      const { statusCode, headers, body } = await post(exchange, withToken(exchange, newline))
      expect([statusCode, headers['content-type']]).toEqual([200, exchange.answerHeaders['content-type']])
      expect(headers).toHaveProperty('x-amzn-requestid')
      const [ours, theirs] = [readXml(body), readXml(exchange.answer.trim())]
      expect(pathsOf(ours)).toEqual(expect.arrayContaining([...pathsOf(theirs)]))
      expect(ours.attributes).toEqual(theirs.attributes)
      const at = (root: Element, ...names: readonly string[]) =>
        textAt(root, 'AssumeRoleWithWebIdentityResult', ...names)
      expect(formOf(at(ours, 'Credentials', 'Expiration'))).toBe(
        formOf(at(theirs, 'Credentials', 'Expiration')),
      )
      expect(at(ours, 'SubjectFromWebIdentityToken')).toBe(at(theirs, 'SubjectFromWebIdentityToken'))
      // SDKs take the account out of it.
      const account = /^arn:aws:sts::(\d{12}):assumed-role\/[\w-]+\/[\w+=,.@-]+$/
      for (const root of [ours, theirs]) expect(at(root, 'AssumedRoleUser', 'Arn')).toMatch(account)
    }
  })

  test.each(asked)(
    '%s: the token that was sent then is refused, as STS refuses one of an issuer that it does not know',
    async (_, exchange) => {
      const { statusCode, body, record } = await post(exchange, exchange.body)
      expect([statusCode, record.reason]).toEqual([400, 'issuer_unknown'])
      const known = readXml((asked.find(([, { status }]) => status === 400)?.[1].answer ?? '').trim())
      const ours = readXml(body)
      expect(pathsOf(ours)).toEqual(pathsOf(known))
      for (const name of ['Type', 'Code'])
        expect(textAt(ours, 'Error', name)).toBe(textAt(known, 'Error', name))
    },
  )

  test.each(asked)('%s: its session name, which each SDK makes up, is recorded', async (_, exchange) => {
    const { record } = await post(exchange, withToken(exchange))
    expect(record.askedSessionName).toBe(new URLSearchParams(exchange.body).get('RoleSessionName'))
  })

  test.each(onward)(
    '%s: the role that the profile goes on to is AWS’s to give, and the hint says so',
    async (_, exchange) => {
      const { statusCode, body, record } = await post(exchange, exchange.body)
      expect([statusCode, record.reason, textAt(readXml(body), 'Error', 'Code')]).toEqual([
        400,
        'action_unknown',
        'InvalidAction',
      ])
      expect(body).toContain('send other actions to AWS')
    },
  )
})
