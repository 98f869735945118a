import { dirname, isAbsolute, join } from 'node:path'
import { parseRoute, type Route, routeKey } from '../gateway/route.ts'
import { isJsonObject, type Json, parseJsonObject } from '../json.ts'
import { ManifestError, type Problem } from './problem.ts'
import { parseSource } from './read.ts'
import { readText } from './read-text.ts'
import type { Source } from './source.ts'
import { didYouMean } from './spelling.ts'

/** A route of a routes file: as written, taken apart, and as the key that ignores parameters' names. */
export type FileRoute = { readonly text: string; readonly route: Route; readonly key: string }
export type RoutesFile = { readonly rest: readonly FileRoute[]; readonly http: readonly FileRoute[] }
export type PinnedKeys = { readonly keys: readonly Json[] }

/** A path in the manifest is relative to the manifest. */
export function besideManifest(manifestFile: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(manifestFile), path)
}

/** `{"rest": ["GET /orders", …], "http": […]}`; either key alone will do (design section 10). */
export function readRoutesFile(file: string, problems: Problem[]): RoutesFile {
  const source = readJson(file)
  const routes = { rest: [] as FileRoute[], http: [] as FileRoute[] }
  const wrong = (path: readonly (string | number)[], message: string, mend = shape, key = false): void => {
    problems.push(source.problem('routes_file_invalid', path, message, mend, key ? 'key' : 'value'))
  }
  const top = source.value as Readonly<Record<string, unknown>>
  for (const [key, value] of Object.entries(top)) {
    if (key !== 'rest' && key !== 'http') {
      const near = didYouMean(key, ['rest', 'http'])
      const mend = near === undefined ? shape : `did you mean "${near}"?`
      problems.push(
        source.problem('unknown_key', [key], `"${key}" is not a key of a routes file`, mend, 'key'),
      )
    } else if (Array.isArray(value)) takeRoutes(source, key, value, routes[key], problems)
    else wrong([key], `"${key}" is not a list of routes`)
  }
  if (top.rest === undefined && top.http === undefined) wrong([], 'a routes file has "rest", "http" or both')
  return routes
}

const shape = 'write {"rest": ["GET /orders"], "http": ["GET /orders"]}; `postern routes` does'

function takeRoutes(
  source: Source,
  api: 'rest' | 'http',
  texts: readonly unknown[],
  into: FileRoute[],
  problems: Problem[],
): void {
  const seen = new Map<string, string>()
  for (const [at, text] of texts.entries()) {
    const path = [api, at]
    const route = typeof text === 'string' ? parseRoute(text) : 'a route is text'
    const wrong =
      typeof route === 'string'
        ? route
        : api === 'rest' && route.path === '$default'
          ? 'a REST API has no $default route'
          : undefined
    if (typeof text !== 'string' || typeof route === 'string' || wrong !== undefined) {
      const mend = "write it as API Gateway does, as in 'GET /orders/{id}'"
      problems.push(source.problem('route_invalid', path, wrong ?? 'a route is text', mend))
      continue
    }
    const key = routeKey(route)
    const other = seen.get(key)
    if (other !== undefined) {
      const message = `"${text}" and "${other}" are one route: names in braces do not count`
      problems.push(source.problem('duplicate_route', path, message, 'keep one of the two'))
    } else into.push({ text, route, key })
    seen.set(key, text)
  }
}

/** A JWKS file (RFC 7517 section 5) for an issuer whose keys are pinned. Unfit keys are the verifier's to skip. */
export function readPinnedKeys(file: string, problems: Problem[]): PinnedKeys {
  const source = readJson(file)
  const keys = (source.value as Readonly<Record<string, unknown>>).keys
  const wrong = (path: readonly (string | number)[], message: string, mend: string): void => {
    problems.push(source.problem('jwks_invalid', path, message, mend))
  }
  if (!Array.isArray(keys) || keys.length === 0) {
    const mend = 'write {"keys": [...]} with the public keys of the issuer (RFC 7517 section 5)'
    wrong([], 'a JWKS file has a list "keys" that is not empty', mend)
    return { keys: [] }
  }
  for (const [at, key] of keys.entries()) {
    if (!isJsonObject(key) || typeof key.kty !== 'string')
      wrong(['keys', at], 'a key has a "kty"', 'mend the key')
    else if (key.kty === 'oct' || privateMembers.some((member) => Object.hasOwn(key, member)))
      wrong(['keys', at], 'this is a private or a secret key', 'pin public keys alone, and replace this one')
  }
  return { keys }
}

/** RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** JSON is YAML, so the reader that knows lines and columns reads it once JSON itself agrees. */
function readJson(file: string): Source {
  const text = readText(file)
  if (parseJsonObject(Buffer.from(text)) === undefined) {
    const message = 'this is not one JSON object (duplicate members count as an error)'
    throw new ManifestError([
      { code: 'json_invalid', file, line: 1, column: 1, message, mend: 'check it with a JSON parser' },
    ])
  }
  return parseSource(file, text)
}
