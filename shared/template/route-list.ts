import { type Api, type ApiRoute, sortRoutes } from './api.ts'

/** Routes of several APIs of one type, each once: parameters' names do not count. */
export function mergeRoutes(apis: readonly Api[], type: Api['type']): readonly ApiRoute[] {
  const routes = new Map<string, ApiRoute>()
  for (const api of apis)
    if (api.type === type)
      for (const route of api.routes) if (!routes.has(route.key)) routes.set(route.key, route)
  return sortRoutes([...routes.values()])
}

/** A routes file: `{"rest": […], "http": […]}`, with the types of API that there are. */
export function routesFileText(apis: readonly Api[]): string {
  const types = (['rest', 'http'] as const).filter((type) => apis.some((api) => api.type === type))
  const lists = types.map((type) => [type, mergeRoutes(apis, type).map(({ text }) => text)])
  return `${JSON.stringify(Object.fromEntries(lists), undefined, 2)}\n`
}
