import { dirname, isAbsolute, join } from 'node:path'
import { parseRoute, type Route, routeKey } from '../gateway/route.ts'
import { parseJsonObject } from '../json.ts'
import { ManifestError, type Problem } from './problem.ts'
import { parseSource } from './read.ts'
import { readText } from './read-text.ts'
import type { Source } from './source.ts'
import { didYouMean } from './spelling.ts'

/** A route of a routes file: as written, taken apart, and as the key that ignores parameters' names. */
export type FileRoute = { readonly text: string; readonly route: Route; readonly key: string }
export type RoutesFile = {
  readonly rest: readonly FileRoute[]
  readonly http: readonly FileRoute[]
  /** Whether the file speaks of APIs of that type at all. */
  readonly lists: { readonly rest: boolean; readonly http: boolean }
}

/** A path in the manifest is relative to the manifest. */
export function besideManifest(manifestFile: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(manifestFile), path)
}

/** `{"rest": ["GET /orders", …], "http": […]}`; either key alone will do (design section 10). */
export function readRoutesFile(file: string, problems: Problem[]): RoutesFile {
  return readRoutes(readJson(file), problems)
}

/** The same from a source whose value is a map. */
export function readRoutes(source: Source, problems: Problem[]): RoutesFile {
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
  const lists = { rest: top.rest !== undefined, http: top.http !== undefined }
  if (!lists.rest && !lists.http) wrong([], 'a routes file has "rest", "http" or both')
  return { ...routes, lists }
}

const shape = 'write {"rest": ["GET /orders"], "http": ["GET /orders"]}'

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

/** JSON is YAML, so the reader that knows lines and columns reads it once JSON itself agrees. */
export function readJson(file: string): Source {
  const text = readText(file)
  if (parseJsonObject(Buffer.from(text)) === undefined) {
    const message = 'this is not one JSON object (duplicate members count as an error)'
    throw new ManifestError([
      { code: 'json_invalid', file, line: 1, column: 1, message, mend: 'check it with a JSON parser' },
    ])
  }
  return parseSource(file, text)
}
