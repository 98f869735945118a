import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** The algorithms of the table. */
export const kinds = ['RS256', 'ES256', 'EdDSA'] as const
export type Kind = (typeof kinds)[number]

export const issuer = 'https://token.lab.example'
export const audience = 'postern'

/** An issuer's three keys, made for one run. */
export type Lab = {
  readonly keys: Readonly<Record<Kind, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>>
  readonly jwks: { readonly keys: readonly object[] }
  /** A token nobody has seen, of the size of a CI job's with the claims that matter; role N trusts repository N. */
  token(kind: Kind, repositoryId: number): string
}

export function createLab(): Lab {
  const keys = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: generateKeyPairSync('ed25519'),
  }
  let made = 0
  return {
    keys,
    jwks: {
      keys: kinds.map((alg) => ({
        ...keys[alg].publicKey.export({ format: 'jwk' }),
        kid: `key-${alg}`,
        alg,
        use: 'sig',
      })),
    },
    token(kind, repositoryId) {
      const nowSeconds = Math.floor(Date.now() / 1000)
      const header = encode({ typ: 'JWT', alg: kind, kid: `key-${kind}` })
      const payload = encode({
        jti: `3b1c2d4e-0000-4000-8000-${String(made++).padStart(12, '0')}`,
        sub: 'repo:example/orders:environment:production',
        aud: audience,
        ref: 'refs/heads/release/42',
        repository: 'example/orders',
        repository_id: String(repositoryId),
        repository_owner_id: '9919',
        environment: 'production',
        event_name: 'push',
        iss: issuer,
        nbf: nowSeconds - 10,
        exp: nowSeconds + 3600,
        iat: nowSeconds - 10,
      })
      const input = `${header}.${payload}`
      const key = { key: keys[kind].privateKey, dsaEncoding: 'ieee-p1363' as const }
      const signature = sign(kind === 'EdDSA' ? null : 'sha256', Buffer.from(input), key)
      return `${input}.${signature.toString('base64url')}`
    },
  }
}

/** A REST REQUEST event's text, for Lambda's runtime to parse. */
export function eventText(token: string): string {
  const headers = {
    Accept: '*/*',
    Authorization: `Bearer ${token}`,
    Host: 'abcdef1234.execute-api.eu-west-1.amazonaws.com',
    'User-Agent': 'curl/8.5.0',
    'X-Amzn-Trace-Id': 'Root=1-65a0f0c4-0123456789abcdef01234567',
    'X-Forwarded-For': '203.0.113.7',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
  }
  const event = {
    type: 'REQUEST',
    methodArn: 'arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/GET/orders/1',
    resource: '/orders/{id}',
    path: '/orders/1',
    httpMethod: 'GET',
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    pathParameters: { id: '1' },
    stageVariables: {},
    requestContext: {
      resourcePath: '/orders/{id}',
      httpMethod: 'GET',
      path: '/prod/orders/1',
      accountId: '123456789012',
      protocol: 'HTTP/1.1',
      stage: 'prod',
      requestId: '5a1c0f1e-5a2b-4a3c-9d4e-0f1a2b3c4d5e',
      identity: { sourceIp: '203.0.113.7', userAgent: 'curl/8.5.0' },
      apiId: 'abcdef1234',
    },
  }
  return JSON.stringify(event)
}

/** The event as the handler gets it: flat strings, each header's value twice. */
export function eventOf(token: string): unknown {
  return JSON.parse(eventText(token))
}

/** The token as the handler takes it from an event. The header's and a library's strings are alike flat. */
export function flat(token: string): string {
  return JSON.parse(`"${token}"`)
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
