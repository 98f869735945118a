import { decodeBase64url } from '../base64url.ts'
import { PosternError } from '../error.ts'
import { type JsonObject, parseJsonObject } from '../json.ts'

/** What Postern reads of a JOSE header. `jku`, `x5u`, `jwk` and `x5c` are never looked at (RFC 8725 section 3.10). */
export type Header = {
  readonly alg: string
  readonly kid: string | undefined
  /** Lower case, without `application/`; `''` where the header has none (RFC 7515 section 4.1.9). */
  readonly typ: string
  /** Whether it has a `crit`, well formed or not, or a `b64` (RFC 7797), with or without one. */
  readonly extended: boolean
}

/** Parses a header segment. Throws `encoding_invalid` or `header_invalid`. Does not refuse extensions. */
export function parseHeader(segment: string): Header {
  const known = headers.get(segment)
  if (known) return known
  const bytes = decodeBase64url(segment)
  if (!bytes)
    throw new PosternError('encoding_invalid', 'the header is not strict base64url', { segment: 'header' })
  const json = parseJsonObject(bytes)
  if (!json) throw new PosternError('header_invalid', 'the header is not one plain JSON object')
  const header = readHeader(json)
  if (headers.size >= maxHeaders) headers.clear()
  headers.set(segment, header)
  return header
}

/**
 * Headers by their text: an issuer's tokens share a few, and a hit spares the parse (3 of 40 us for RS256). Pure
 * memory of a pure function, so it needs no lifetime; a flood of made-up headers only empties it.
 */
const headers = new Map<string, Header>()
export const maxHeaders = 64

function readHeader(json: JsonObject): Header {
  const member = (name: string) => (Object.hasOwn(json, name) ? json[name] : undefined)
  const alg = member('alg')
  const kid = member('kid')
  const typ = member('typ')
  if (typeof alg !== 'string') throw invalid('alg')
  if (kid !== undefined && typeof kid !== 'string') throw invalid('kid')
  if (typ !== undefined && typeof typ !== 'string') throw invalid('typ')
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (type === '')
    throw new PosternError('header_invalid', 'the header\'s "typ" names no type', { member: 'typ' })
  return Object.freeze({
    alg,
    kid,
    typ: type ?? '',
    extended: member('crit') !== undefined || member('b64') !== undefined,
  })
}

/** Throws `crit_unsupported`: no extension is understood (RFC 7515 section 4.1.11). */
export function checkExtensions(header: Header): void {
  if (header.extended)
    throw new PosternError(
      'crit_unsupported',
      'the header asks for an extension by "crit" or "b64"; none is understood',
    )
}

function invalid(member: string): PosternError {
  return new PosternError('header_invalid', `the header's "${member}" is not a string`, {
    member,
  })
}
