import type { App } from '../access/access.ts'
import { PosternError } from '../error.ts'
import type { Json, JsonObject } from '../json.ts'

type Found = readonly string[]

/** Every value at the one place that the app names; without `cookies` these are in a header. */
export function valuesAt(
  { place, name }: App['token'],
  headers: readonly JsonObject[],
  query: readonly JsonObject[],
  cookies: readonly string[] | undefined,
): Found {
  if (place === 'header') return fromHeader(headers, name)
  if (place === 'query') return fromQuery(query, name)
  return fromCookies(cookies ?? fromHeader(headers, 'cookie'), name)
}

/** Header names keep the client's case on REST APIs; `name` is lower case. Equal values of two maps are one. */
export function fromHeader(maps: readonly JsonObject[], name: string): Found {
  const found: string[] = []
  for (const map of maps)
    for (const key in map)
      if (key.length === name.length && key.toLowerCase() === name) addAll(found, map[key], key)
  return found
}

/** Query names are exact. */
export function fromQuery(maps: readonly JsonObject[], name: string): Found {
  const found: string[] = []
  for (const map of maps) if (Object.hasOwn(map, name)) addAll(found, map[name], name)
  return found
}

/** RFC 6265 section 4.2.1: `name=value` pairs between semicolons. */
export function fromCookies(headers: readonly string[], name: string): Found {
  const found: string[] = []
  for (const header of headers)
    for (const pair of header.split(';')) {
      const [key, value] = split(pair)
      if (key === name) found.push(value)
    }
  return found
}

/**
 * The token among the values at its place. Throws `token_missing`, `token_ambiguous` for several (also joined by
 * commas, as gateways do), `token_malformed` for white space or another scheme than Bearer (RFC 6750 section 2.1;
 * a header may also hold the bare token).
 */
export function onlyToken(values: readonly string[], place: 'header' | 'query' | 'cookie'): string {
  const value = values[0]
  if (value === undefined || value === '')
    throw new PosternError('token_missing', 'no token where the manifest looks for it')
  if (values.length > 1 || value.includes(','))
    throw new PosternError('token_ambiguous', 'several values where one token is due')
  const token = place === 'header' ? value.replace(bearer, '') : value
  if (token === '' || /\s/.test(token))
    throw new PosternError('token_malformed', 'neither a bare token nor "Bearer" and a token')
  return token
}

const bearer = /^bearer +/i

function addAll(found: string[], value: Json | undefined, name: string): void {
  for (const one of Array.isArray(value) ? value : [value]) {
    if (typeof one !== 'string')
      throw new PosternError(
        'event_invalid',
        `the event's "${name}" is not a string, nor an array of strings`,
      )
    if (!found.includes(one)) found.push(one)
  }
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at === -1 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}
