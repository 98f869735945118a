import { isoSeconds } from '../principal.ts'
import { Refused } from '../refused.ts'
import { type XmlElements, xmlRoot } from '../xml.ts'
import { type StoredObject, sortedKeys } from './buckets.ts'

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A page of a bucket's keys; those that go on past a delimiter after the prefix are rolled up. */
export function listObjects(
  name: string,
  bucket: ReadonlyMap<string, StoredObject>,
  query: ReadonlyMap<string, string>,
): string {
  const { prefix, delimiter, maxKeys, after } = readQuery(query)
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text
  const contents: XmlElements[] = []
  const prefixes = new Set<string>()
  let last: string | undefined
  let isTruncated = false
  for (const key of sortedKeys(bucket)) {
    const rolled = rolledUp(key, prefix, delimiter)
    const item = rolled ?? key
    if (!key.startsWith(prefix) || (after !== undefined && !isAfter(item, after)) || prefixes.has(item))
      continue
    if (contents.length + prefixes.size === maxKeys) {
      isTruncated = maxKeys > 0
      break
    }
    if (rolled === undefined) contents.push(contentOf(encode(key), bucket.get(key)))
    else prefixes.add(rolled)
    last = item
  }
  return xmlRoot('ListBucketResult', namespace, {
    Name: name,
    Prefix: encode(prefix),
    Delimiter: delimiter && encode(delimiter),
    EncodingType: query.get('encoding-type'),
    MaxKeys: maxKeys,
    KeyCount: contents.length + prefixes.size,
    IsTruncated: String(isTruncated),
    ContinuationToken: query.get('continuation-token'),
    NextContinuationToken:
      isTruncated && last !== undefined ? Buffer.from(last).toString('base64') : undefined,
    StartAfter: query.get('start-after'),
    Contents: contents,
    CommonPrefixes: [...prefixes].map((one) => ({ Prefix: encode(one) })),
  })
}

export function listBuckets(names: readonly string[], nowMs: number): string {
  const buckets = names.map((name) => ({ Name: name, CreationDate: isoSeconds(nowMs) }))
  return xmlRoot('ListAllMyBucketsResult', namespace, { Buckets: { Bucket: buckets } })
}

function readQuery(query: ReadonlyMap<string, string>) {
  const maxKeys = query.get('max-keys') ?? '1000'
  if (!/^\d{1,9}$/.test(maxKeys))
    throw new Refused(400, 'InvalidArgument', 'Provided max-keys not an integer')
  const token = query.get('continuation-token')
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') || undefined,
    maxKeys: Math.min(Number(maxKeys), 1000),
    after: token === undefined ? query.get('start-after') : Buffer.from(token, 'base64').toString(),
  }
}

function rolledUp(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

function isAfter(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0
}

function contentOf(key: string, object: StoredObject | undefined): XmlElements {
  return {
    Key: key,
    LastModified: isoSeconds(object?.modifiedAtMs ?? 0),
    ETag: object?.etag,
    Size: object?.body.length,
    StorageClass: 'STANDARD',
  }
}
