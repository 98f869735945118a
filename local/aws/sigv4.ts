import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { HttpRequest } from './http.ts'

/** What a request says of its signature, in the header or presigned in the query. */
export type Signature = {
  readonly accessKeyId: string
  /** `20261126` */
  readonly date: string
  readonly region: string
  readonly service: string
  /** `20261126T030000Z` */
  readonly time: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly sessionToken: string | undefined
  /** Of a presigned request: how long it is good for. */
  readonly expiresSeconds: number | undefined
}

/** Reads the signature of a request; `undefined` for one that has none, `malformed` for one that cannot be read. */
export function readSignature(request: HttpRequest): Signature | undefined | 'malformed' {
  const header = request.headers.get('authorization')
  const query = new Map(request.query)
  if (header === undefined) return query.has('X-Amz-Signature') ? readPresigned(query) : undefined
  const found =
    /^AWS4-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(
      header,
    )
  const [, scope = '', signedHeaders = '', signature = ''] = found ?? []
  const { headers } = request
  return assemble(scope, signedHeaders, signature, {
    time: headers.get('x-amz-date') ?? '',
    sessionToken: headers.get('x-amz-security-token'),
    expiresSeconds: undefined,
  })
}

function readPresigned(query: ReadonlyMap<string, string>): Signature | 'malformed' {
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return 'malformed'
  const get = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  if (!/^\d{1,6}$/.test(get('Expires'))) return 'malformed'
  return assemble(get('Credential'), get('SignedHeaders'), get('Signature'), {
    time: get('Date'),
    sessionToken: query.get('X-Amz-Security-Token'),
    expiresSeconds: Number(get('Expires')),
  })
}

function assemble(
  scope: string,
  signedHeaders: string,
  signature: string,
  rest: Pick<Signature, 'time' | 'sessionToken' | 'expiresSeconds'>,
): Signature | 'malformed' {
  const [, accessKeyId = '', date = '', region = '', service = ''] =
    /^([\w-]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/.exec(scope) ?? []
  const whole = accessKeyId !== '' && signature !== '' && /^\d{8}T\d{6}Z$/.test(rest.time)
  if (!whole || !rest.time.startsWith(date)) return 'malformed'
  return { accessKeyId, date, region, service, signature, signedHeaders: signedHeaders.split(';'), ...rest }
}

/** The time of a signature in epoch milliseconds. */
export function signedAtMs({ time }: Signature): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

/** `20261126T030000Z` */
export function amzTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** Whether everything that must be signed is: the host, and every header of AWS's that the request has. */
export function signsEnough(request: HttpRequest, { signedHeaders }: Signature): boolean {
  const amz = [...request.headers.keys()].filter((name) => name.startsWith('x-amz-'))
  return ['host', ...amz].every((name) => signedHeaders.includes(name))
}

/** `payload` is the hash of the body, or what S3 puts in its place. */
export function isSignedBy(
  secretAccessKey: string,
  request: HttpRequest,
  signature: Signature,
  payload: string,
): boolean {
  const { date, region, service, time } = signature
  const scope = `${date}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical(request, signature, payload))].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  const expected = hmac(key, toSign)
  return timingSafeEqual(expected, Buffer.from(signature.signature, 'hex'))
}

function canonical(request: HttpRequest, { signedHeaders }: Signature, payload: string): string {
  const headers = signedHeaders.map(
    (name) => `${name}:${(request.headers.get(name) ?? '').replace(/ +/g, ' ')}\n`,
  )
  return [
    request.method,
    // STS has the one path; S3 signs its paths encoded once, as they are sent.
    request.path,
    canonicalQuery(request.query),
    headers.join(''),
    signedHeaders.join(';'),
    payload,
  ].join('\n')
}

function canonicalQuery(query: HttpRequest['query']): string {
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** RFC 3986: everything but the unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}
