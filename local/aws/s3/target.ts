import { decoded, type HttpRequest } from '../http.ts'
import { Refused } from '../refused.ts'

export type Target = { readonly bucket: string; readonly key: string }

/** The bucket and key that a request is for, from its path or its `bucket.localhost` host; either may be empty. */
export function targetOf({ path, headers }: HttpRequest): Target {
  const host = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.localhost(?::\d+)?$/.exec(headers.get('host') ?? '')?.[1]
  const parts = path.slice(1).split('/')
  const bucket = host ?? decoded(parts.shift() ?? '')
  return { bucket, key: decoded(parts.join('/')) }
}

export type Operation =
  | 'ListBuckets'
  | 'ListObjectsV2'
  | 'HeadBucket'
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'DeleteObject'

/** The operation that a request is; throws `NotImplemented` for what is not served, and never takes it for another. */
export function operationOf({ method, query, headers }: HttpRequest, { bucket, key }: Target): Operation {
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'key'
  const operation = operations[`${method} ${level}` as keyof typeof operations] as Operation | undefined
  const parameters = operation === 'ListObjectsV2' ? listParameters : []
  // Presigned, AWS's headers are parameters.
  const isServed = (name: string) =>
    name === 'x-id' ||
    parameters.includes(name) ||
    (/^x-amz-/i.test(name) && !unserved.test(name.toLowerCase()))
  const refused = [
    ...query.filter(([name]) => !isServed(name)).map(([name]) => `?${name}`),
    ...[...headers.keys()].filter((name) => unserved.test(name)),
  ]
  const isList = operation !== 'ListObjectsV2' || new Map(query).get('list-type') === '2'
  if (operation !== undefined && refused.length === 0 && isList) return operation
  throw new Refused(
    501,
    'NotImplemented',
    `This local stand-in of AWS does not serve ${[method, ...refused].join(' ')} on a ${level}.`,
  )
}

const operations = {
  'GET service': 'ListBuckets',
  'GET bucket': 'ListObjectsV2',
  'HEAD bucket': 'HeadBucket',
  'GET key': 'GetObject',
  'HEAD key': 'HeadObject',
  'PUT key': 'PutObject',
  'DELETE key': 'DeleteObject',
} as const

const listParameters: readonly string[] = [
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'continuation-token',
  'start-after',
  'encoding-type',
]

/** Headers that ask for more than is done here: ranges, preconditions, copies, ACLs, tags, encryption. */
const unserved =
  /^(?:range|if-.*|x-amz-(?!(?:date|content-sha256|security-token|user-agent|sdk-checksum-algorithm|decoded-content-length|trailer|algorithm|credential|expires|signedheaders|signature)$|checksum-).*)$/
