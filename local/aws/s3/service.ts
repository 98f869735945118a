import type { HttpAnswer, HttpRequest } from '../http.ts'
import { type Refusal, refusal } from '../iam/authorize.ts'
import type { KeySource } from '../iam/keys.ts'
import { keysOf, type Principal, type Surroundings } from '../principal.ts'
import { Refused } from '../refused.ts'
import { readSignature } from '../sigv4.ts'
import { bodyOf } from './body.ts'
import { type Buckets, type StoredObject, storedObject } from './buckets.ts'
import { callerOf } from './caller.ts'
import { listBuckets, listObjects } from './list.ts'
import { operationOf, type Target, targetOf } from './target.ts'

export type S3Settings = {
  readonly principals: ReadonlyMap<string, Principal>
  readonly buckets: Buckets
  /** Where every bucket lives. */
  readonly region: string
}

/** Answers an operation of S3, path style; throws `Refused` for an answer that is an error. */
export function answerS3(settings: S3Settings, request: HttpRequest, surroundings: Surroundings): HttpAnswer {
  const { nowMs } = surroundings
  const { principals, buckets, region } = settings
  const caller = callerOf(principals, { request, signature: readSignature(request), region, nowMs })
  const target = targetOf(request)
  const operation = operationOf(request, target)
  const { bucket: name, key } = target
  const check = (action: string, keys: KeySource = {}) => permit(caller, surroundings, action, target, keys)
  if (operation === 'ListBuckets') {
    check('s3:ListAllMyBuckets')
    return xmlAnswer(listBuckets([...buckets.keys()].sort(), nowMs))
  }
  const bucket = buckets.get(name)
  if (bucket === undefined) throw new Refused(404, 'NoSuchBucket', 'The specified bucket does not exist')
  switch (operation) {
    case 'HeadBucket':
      check('s3:ListBucket')
      return { status: 200, headers: { 'x-amz-bucket-region': region }, body: '' }
    case 'ListObjectsV2': {
      const query = new Map(request.query)
      const asked = ['prefix', 'delimiter', 'max-keys'].map((one) => [`s3:${one}`, query.get(one)])
      check('s3:ListBucket', Object.fromEntries(asked))
      return xmlAnswer(listObjects(name, bucket, query))
    }
    case 'GetObject':
    case 'HeadObject':
      check('s3:GetObject')
      return objectAnswer(
        bucket.get(key) ??
          missing(() => permit(caller, surroundings, 's3:ListBucket', { ...target, key: '' }, {})),
      )
    case 'PutObject': {
      check('s3:PutObject')
      const type = request.headers.get('content-type') ?? 'binary/octet-stream'
      const object = storedObject(bodyOf(request), type, nowMs)
      bucket.set(key, object)
      return { status: 200, headers: { etag: object.etag }, body: '' }
    }
    case 'DeleteObject':
      check('s3:DeleteObject')
      bucket.delete(key)
      return { status: 204, headers: {}, body: '' }
  }
}

/** Identity and session policies must both allow; there are no bucket policies here. Says why, as S3 does. */
function permit(
  caller: Principal,
  surroundings: Surroundings,
  action: string,
  { bucket, key }: Target,
  keys: KeySource,
): void {
  // ListAllMyBuckets is for none in particular.
  const resource = `arn:aws:s3:::${bucket === '' ? '*' : key === '' ? bucket : `${bucket}/${key}`}`
  const why = refusal(caller, { action, resource, keys: keysOf(caller, surroundings, keys) })
  if (why === undefined) return
  const because = reasons[why].replace('{action}', action)
  throw new Refused(
    403,
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: "${resource}" ${because}`,
  )
}

const reasons: Readonly<Record<Refusal, string>> = {
  identity_deny: 'with an explicit deny in an identity-based policy',
  session_deny: 'with an explicit deny in a session policy',
  trust_deny: 'with an explicit deny in a resource-based policy',
  no_identity_allow: 'because no identity-based policy allows the {action} action',
  no_session_allow: 'because no session policy allows the {action} action',
  no_trust_allow: 'because no resource-based policy allows the {action} action',
}

/** That a key is not there is told to those who may list the bucket; others are denied. */
function missing(mayList: () => void): never {
  mayList()
  throw new Refused(404, 'NoSuchKey', 'The specified key does not exist.')
}

function objectAnswer({ body, contentType, etag, modifiedAtMs }: StoredObject): HttpAnswer {
  const headers = { 'content-type': contentType, 'content-length': String(body.length), etag }
  return { status: 200, headers: { ...headers, 'last-modified': new Date(modifiedAtMs).toUTCString() }, body }
}

function xmlAnswer(document: string): HttpAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${document}`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}
