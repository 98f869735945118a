import { STSClient } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import type { LocalAws } from '../../../local/aws/aws.ts'
import type { Keys } from './stand.ts'

/** A request as the AWS SDK's own signer takes it and gives it back. */
export type Signed = Parameters<SignatureV4['sign']>[0]
export type Change = (request: Signed) => Signed

// The hash that the SDK's own clients give their signer.
const { sha256 } = new STSClient({ region: 'eu-west-1' }).config

function signerOf(service: 'sts' | 's3', credentials: Keys, region: string): SignatureV4 {
  // S3 signs its paths encoded once.
  return new SignatureV4({
    service,
    region,
    credentials: given(credentials),
    sha256,
    uriEscapePath: service !== 's3',
  })
}

/** An identity without a session token has no such member. */
function given({ accessKeyId, secretAccessKey, sessionToken }: Keys) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
}

export type Signing = {
  readonly credentials: Keys
  readonly service?: 'sts' | 's3'
  readonly region?: string
  readonly atMs?: number
  /** Headers that are left out of the signature. */
  readonly unsigned?: readonly string[]
}

/** Signs a request in its headers. */
export async function sign(request: Signed, signing: Signing): Promise<Signed> {
  const { credentials, service = 'sts', region = 'eu-west-1', atMs = Date.now(), unsigned = [] } = signing
  return signerOf(service, credentials, region).sign(request, {
    signingDate: new Date(atMs),
    unsignableHeaders: new Set(unsigned),
  })
}

/** Signs a request in its query, good for so many seconds. */
export async function presign(
  request: Signed,
  { expiresIn, ...signing }: Signing & { readonly expiresIn: number },
): Promise<Signed> {
  const { credentials, service = 's3', region = 'eu-west-1', atMs = Date.now() } = signing
  return signerOf(service, credentials, region).presign(request, { signingDate: new Date(atMs), expiresIn })
}

export function requestOf(aws: LocalAws, method: string, path: string, more: Partial<Signed> = {}): Signed {
  const { protocol, hostname, port, host } = new URL(aws.url)
  const { headers = {}, query = {}, ...rest } = more
  return {
    method,
    protocol,
    hostname,
    port: Number(port),
    path,
    query,
    headers: { host, ...headers },
    ...rest,
  }
}

/** A form of STS's query protocol. */
export function formRequest(aws: LocalAws, fields: Readonly<Record<string, string>>): Signed {
  return requestOf(aws, 'POST', '/', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: '2011-06-15', ...fields }).toString(),
  })
}

/** The address of a signed request, to be asked as any program would. */
export function urlOf({ protocol, hostname, port, path, query }: Signed): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  const pairs = Object.entries(query ?? {}).map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
  return `${protocol}//${hostname}:${port}${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}

export type Answer = {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly text: string
}

/** Sends a request as it stands: what comes back, the error's code as `code`, or `allowed`. */
export async function send(request: Signed): Promise<Answer> {
  const { method, body } = request
  const { host: _, ...headers } = request.headers
  const response = await fetch(urlOf(request), { method, headers, body })
  const text = await response.text()
  const code = response.ok ? 'allowed' : (/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'none')
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? ''
  return { status: response.status, code, message, text }
}
