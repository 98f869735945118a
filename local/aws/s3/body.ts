import { crc32 } from 'node:zlib'
import type { HttpRequest } from '../http.ts'
import { Refused } from '../refused.ts'
import { sha256 } from '../sigv4.ts'

const chunkedUnsigned = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

/** What of the body is signed: its hash, or S3's word for why it is not. */
export function payloadOf(request: HttpRequest): string {
  return request.headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'
}

/** The body itself, out of its chunks where it came in chunks; throws where it is not what was signed for. */
export function bodyOf(request: HttpRequest): Buffer {
  const payload = payloadOf(request)
  if (payload === chunkedUnsigned) return checked(request, dechunked(request.body))
  if (payload.startsWith('STREAMING-'))
    throw new Refused(501, 'NotImplemented', `This local stand-in of AWS reads no ${payload}.`)
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(request.body))
    throw new Refused(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  return checked(request, { body: request.body, trailers: new Map() })
}

type Chunked = { readonly body: Buffer; readonly trailers: ReadonlyMap<string, string> }

/** aws-chunked: `size CRLF data CRLF …`, a chunk of size 0, then trailers. */
function dechunked(raw: Buffer): Chunked {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const end = raw.indexOf('\r\n', at)
    const size = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(raw.toString('latin1', at, end))?.[1]
    if (end < 0 || size === undefined) throw incomplete()
    const length = Number.parseInt(size, 16)
    at = end + 2
    if (length === 0)
      return { body: Buffer.concat(chunks), trailers: readTrailers(raw.toString('latin1', at)) }
    if (raw.toString('latin1', at + length, at + length + 2) !== '\r\n') throw incomplete()
    chunks.push(raw.subarray(at, at + length))
    at += length + 2
  }
}

function readTrailers(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'))
  return new Map(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':')
      return [name.trim().toLowerCase(), value.join(':').trim()]
    }),
  )
}

/** The one checksum that SDKs send unasked, as a header or a trailer; others are taken on trust. */
function checked(request: HttpRequest, { body, trailers }: Chunked): Buffer {
  const given = request.headers.get('x-amz-checksum-crc32') ?? trailers.get('x-amz-checksum-crc32')
  const computed = Buffer.alloc(4)
  computed.writeUInt32BE(crc32(body))
  if (given !== undefined && given !== computed.toString('base64'))
    throw new Refused(400, 'BadDigest', 'The CRC32 you specified did not match the calculated checksum.')
  const length = request.headers.get('x-amz-decoded-content-length')
  if (length !== undefined && Number(length) !== body.length) throw incomplete()
  return body
}

function incomplete(): Refused {
  return new Refused(400, 'IncompleteBody', 'The request body terminated unexpectedly')
}
