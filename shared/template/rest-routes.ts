import { isJsonObject } from '../json.ts'
import type { Problem } from '../manifest/problem.ts'
import type { ApiRoute } from './api.ts'
import { Properties } from './properties.ts'
import { readGuard } from './route-authorizer.ts'
import { fileRoute } from './route-text.ts'
import type { Part, Template } from './template.ts'

export const restApiType = 'AWS::ApiGateway::RestApi'
const resourceType = 'AWS::ApiGateway::Resource'

/** The routes of REST APIs, by the API's logical id. `only` leaves out the methods of the others. */
export function readRestRoutes(
  template: Template,
  problems: Problem[],
  only?: string,
): ReadonlyMap<string, readonly ApiRoute[]> {
  const properties = new Properties(template, problems)
  const places = readPlaces(template, problems)
  const routes = new Map<string, ApiRoute[]>()
  for (const part of template.parts('AWS::ApiGateway::Method')) {
    if (only !== undefined && !refersTo(part, 'RestApiId', only)) continue
    const api = properties.referred(part, 'RestApiId', [restApiType])
    const method = properties.text(part, 'HttpMethod')
    const place = places(part, 'ResourceId')
    const guard = readGuard(part, 'rest', properties, template, problems)
    if (!api || !method || !place || !guard) continue
    if (place.api !== api.part.logicalId) {
      const message = `the method is of the API "${api.part.logicalId}", and its path of "${place.api}"`
      problems.push(part.problem('resource_invalid', message, 'mend RestApiId or ResourceId'))
      continue
    }
    const route = fileRoute(part, 'rest', `${method.toUpperCase()} ${place.path || '/'}`, problems)
    if (route === undefined) continue
    const { problem, logicalId } = part
    const found = routes.get(place.api) ?? []
    found.push({ ...route, ...guard, resource: logicalId, isMock: isMock(part), problem })
    routes.set(place.api, found)
  }
  return routes
}

export function refersTo(part: Part, property: string, logicalId: string): boolean {
  const value = part.value(property)
  return value.kind === 'reference' && value.logicalId === logicalId
}

/** A type that only the deployment knows is none: an OPTIONS method is then not exempt. */
function isMock(method: Part): boolean {
  const integration = method.value('Integration')
  if (integration.kind !== 'plain' || !isJsonObject(integration.value)) return false
  const type = method.evaluate(integration.value.Type)
  return type.kind === 'plain' && type.value === 'MOCK'
}

/** A path of an API; '' is the root's. */
type Place = { readonly api: string; readonly path: string }

/**
 * Finds the path that a ResourceId or ParentId stands for, from parent to parent up to the API's root. A parent whose
 * own path cannot be known is reported, once, and never guessed.
 */
function readPlaces(
  template: Template,
  problems: Problem[],
): (part: Part, property: string) => Place | undefined {
  const properties = new Properties(template, problems)
  const known = new Map<string, Place | undefined>()
  return (part, property) => {
    const below = new Set<Part>()
    let place: Place | undefined
    let from: { readonly part: Part; readonly property: string } | undefined = { part, property }
    // Not recursive: a chain of parents may be as long as the file.
    while (from !== undefined) {
      const parent = properties.referred(from.part, from.property, [restApiType, resourceType])
      const isRoot = parent?.part.type === restApiType && parent.attribute === 'RootResourceId'
      if (isRoot) place = { api: parent.part.logicalId, path: '' }
      if (parent === undefined || isRoot) break
      if (parent.part.type === restApiType) {
        const message = `${from.property} is the API "${parent.part.logicalId}" itself, not a resource of it`
        problems.push(from.part.problem('resource_invalid', message, 'use Fn::GetAtt with RootResourceId'))
        break
      }
      const { logicalId } = parent.part
      if (below.has(parent.part)) {
        const message = `the path of "${logicalId}" has no beginning: ParentId leads back to itself`
        problems.push(parent.part.problem('resource_invalid', message, 'let one of them hang on the root'))
        break
      }
      place = known.get(logicalId)
      if (known.has(logicalId)) break
      below.add(parent.part)
      from = { part: parent.part, property: 'ParentId' }
    }
    for (const resource of [...below].reverse()) {
      const segment = properties.text(resource, 'PathPart')
      place = place && segment ? { api: place.api, path: `${place.path}/${segment}` } : undefined
      known.set(resource.logicalId, place)
    }
    return place
  }
}
