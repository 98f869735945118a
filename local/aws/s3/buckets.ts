import { createHash } from 'node:crypto'

export type StoredObject = {
  readonly body: Buffer
  readonly contentType: string
  readonly modifiedAtMs: number
  /** With its quotes. */
  readonly etag: string
}

/** Objects by key, by bucket. */
export type Buckets = Map<string, Map<string, StoredObject>>

export function storedObject(body: Buffer, contentType: string, nowMs: number): StoredObject {
  const etag = `"${createHash('md5').update(body).digest('hex')}"`
  return { body, contentType, modifiedAtMs: Math.floor(nowMs / 1000) * 1000, etag }
}

/** Keys in the order of S3: by their UTF-8 bytes. */
export function sortedKeys(bucket: ReadonlyMap<string, StoredObject>): readonly string[] {
  return [...bucket.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
