import type { ApiType } from '../gateway/route.ts'
import { ManifestError } from '../manifest/problem.ts'
import { type Api, type ApiRoute, sortRoutes } from './api.ts'
import type { Template } from './template.ts'

/** Types of API that a routes file has, in its order. Of WebSocket APIs `$connect` alone is asked about. */
export const listedTypes = ['rest', 'http', 'appsync'] as const satisfies readonly ApiType[]
export type ListedType = (typeof listedTypes)[number]

/** APIs of one type whose routes a routes file has. */
export function listedApis(apis: readonly Api[], type: ListedType): readonly Api[] {
  return apis.filter((api) => api.type === type && api.listed !== 'none')
}

/** Routes of several APIs of one type, each once: parameters' names do not count. */
export function mergeRoutes(apis: readonly Api[], type: ListedType): readonly ApiRoute[] {
  const routes = new Map<string, ApiRoute>()
  for (const api of listedApis(apis, type))
    for (const route of api.routes) if (!routes.has(route.key)) routes.set(route.key, route)
  return sortRoutes([...routes.values()])
}

/** A routes file: `{"rest": […], "http": […], "appsync": […]}`, with the types of API whose routes the template shows. */
export function routesFileText(apis: readonly Api[]): string {
  const lists = shownTypes(apis).map((type) => [type, mergeRoutes(apis, type).map(({ text }) => text)])
  return `${JSON.stringify(Object.fromEntries(lists), undefined, 2)}\n`
}

/** Throws a ManifestError where a routes file would be empty. */
export function mustList(apis: readonly Api[], template: Template): void {
  if (shownTypes(apis).length > 0) return
  const message = 'of the APIs of the template a routes file lists nothing'
  const mend =
    'do without: it lists nothing of WebSocket APIs, and of AppSync the fields of a schema in the template'
  throw new ManifestError([template.problem('apis_missing', message, mend)])
}

function shownTypes(apis: readonly Api[]): readonly ListedType[] {
  return listedTypes.filter((type) => listedApis(apis, type).some(({ listed }) => listed === 'all'))
}
