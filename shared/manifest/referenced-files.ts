import { dirname, isAbsolute, join } from 'node:path'
import { isRouteOf, parseRoute, type Route, routeKey } from '../gateway/route.ts'
import { parseJsonObject } from '../json.ts'
import { ManifestError, type Problem } from './problem.ts'
import { parseSource } from './read.ts'
import { readText } from './read-text.ts'
import type { Path, Source } from './source.ts'
import { didYouMean } from './spelling.ts'

/** A route of a routes file: as written, taken apart, and as the key that ignores parameters' names. */
export type FileRoute = { readonly text: string; readonly route: Route; readonly key: string }
export type RoutesFile = {
  readonly rest: readonly FileRoute[]
  readonly http: readonly FileRoute[]
  /** Fields, as `Query.orders`. */
  readonly appsync: readonly FileRoute[]
  /** Whether the file speaks of APIs of that type at all. */
  readonly lists: { readonly rest: boolean; readonly http: boolean; readonly appsync: boolean }
  readonly source: Source
}

const listed = ['rest', 'http', 'appsync'] as const
type Listed = (typeof listed)[number]

/** A path in the manifest is relative to the manifest. */
export function besideManifest(manifestFile: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(manifestFile), path)
}

/** `{"rest": ["GET /orders", …], "http": […], "appsync": ["Query.orders", …]}`; any key alone will do (design section 10). */
export function readRoutesFile(file: string, problems: Problem[]): RoutesFile {
  return readRoutes(readJson(file), problems)
}

/** The same from a source whose value is a map. */
export function readRoutes(source: Source, problems: Problem[]): RoutesFile {
  const routes: Record<Listed, FileRoute[]> = { rest: [], http: [], appsync: [] }
  const wrong = (path: readonly (string | number)[], message: string, mend = shape, key = false): void => {
    problems.push(source.problem('routes_file_invalid', path, message, mend, key ? 'key' : 'value'))
  }
  const top = source.value as Readonly<Record<string, unknown>>
  for (const [key, value] of Object.entries(top)) {
    if (!isListed(key)) {
      const near = didYouMean(key, listed)
      const mend = near === undefined ? shape : `did you mean "${near}"?`
      problems.push(
        source.problem('unknown_key', [key], `"${key}" is not a key of a routes file`, mend, 'key'),
      )
    } else if (Array.isArray(value)) takeRoutes(source, key, value, routes[key], problems)
    else wrong([key], `"${key}" is not a list of routes`)
  }
  const lists = {
    rest: top.rest !== undefined,
    http: top.http !== undefined,
    appsync: top.appsync !== undefined,
  }
  if (!lists.rest && !lists.http && !lists.appsync) wrong([], 'a routes file has "rest", "http" or "appsync"')
  return { ...routes, lists, source }
}

function isListed(key: string): key is Listed {
  return (listed as readonly string[]).includes(key)
}

const shape = 'write {"rest": ["GET /orders"], "http": ["GET /orders"]}'

function takeRoutes(
  source: Source,
  api: Listed,
  texts: readonly unknown[],
  into: FileRoute[],
  problems: Problem[],
): void {
  const seen = new Map<string, string>()
  for (const [at, text] of texts.entries()) {
    const path = [api, at]
    const route = typeof text === 'string' ? parseRoute(text) : 'a route is text'
    const wrong = typeof route === 'string' ? route : isRouteOf(route, api) ? undefined : foreign[api]
    if (typeof text !== 'string' || typeof route === 'string' || wrong !== undefined) {
      const mend =
        api === 'appsync'
          ? "write a type and a field of it, as in 'Query.orders'"
          : "write it as API Gateway does, as in 'GET /orders/{id}'"
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

const foreign: Readonly<Record<Listed, string>> = {
  rest: 'a REST API has routes with a method and a path alone',
  http: 'an HTTP API has routes with a method and a path, and $default',
  appsync: 'an AppSync API has fields alone',
}

/** Reads a file that a manifest names at `path`. One that is not there is a slip of the manifest, and shown there. */
export function readNamed<T>(
  source: Source,
  path: Path,
  name: unknown,
  reader: (file: string, problems: Problem[]) => T,
  problems: Problem[],
): T | undefined {
  if (typeof name !== 'string' || name === '') return undefined
  try {
    return reader(besideManifest(source.file, name), problems)
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const [first] = error.problems
    if (first?.code === 'file_unreadable')
      problems.push(source.problem(first.code, path, `${first.file}: ${first.message}`, first.mend))
    else problems.push(...error.problems)
    return undefined
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
