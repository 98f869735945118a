import { isJsonObject } from '../json.ts'
import { inOrder, ManifestError, type Problem } from '../manifest/problem.ts'
import { didYouMean } from '../manifest/spelling.ts'
import { type Api, sortRoutes } from './api.ts'
import { readAppSyncApi } from './appsync-fields.ts'
import { graphqlApiType } from './appsync-providers.ts'
import { httpApiType, readHttpRoutes } from './http-routes.ts'
import { Properties } from './properties.ts'
import { readRestRoutes, restApiType } from './rest-routes.ts'
import type { Part, Template } from './template.ts'
import { readConnectRoutes } from './websocket-routes.ts'

export type Apis = { readonly apis: readonly Api[]; readonly warnings: readonly Problem[] }

/**
 * The APIs of a template, or the one of a logical id, in the order REST, HTTP, WebSocket, AppSync. Throws a
 * ManifestError with all problems found.
 */
export function readApis(template: Template, only?: string): Apis {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const isWanted = ({ logicalId }: Part): boolean => only === undefined || logicalId === only
  const rest = template.parts(restApiType).filter(isWanted)
  const { http, websocket } = byProtocol(template, template.parts(httpApiType).filter(isWanted), problems)
  for (const api of rest) definedElsewhere(api, ['Body', 'BodyS3Location', 'CloneFrom'], problems)
  if (only === undefined) refuseSam(template, problems)
  const restRoutes = readRestRoutes(template, problems, only)
  const httpRoutes = readHttpRoutes(template, http, problems, only)
  const connects = readConnectRoutes(template, websocket, problems)
  const apis = [
    ...rest.map((api) => apiOf('rest', api, restRoutes)),
    ...http.map((api) => apiOf('http', api, httpRoutes)),
    ...websocket.map((api) => apiOf('websocket', api, connects)),
    ...template.parts(graphqlApiType).flatMap((part) => {
      const isPicked = part.logicalId === only
      return isWanted(part) ? (readAppSyncApi(part, template, isPicked, problems, warnings) ?? []) : []
    }),
  ]
  if (problems.length === 0 && apis.length === 0) problems.push(noApi(template, only))
  if (problems.length > 0) throw new ManifestError(problems)
  return { apis, warnings: inOrder(warnings) }
}

function apiOf(type: Api['type'], { logicalId }: Part, routes: ReadonlyMap<string, Api['routes']>): Api {
  const listed = type === 'websocket' ? 'none' : 'all'
  return { type, logicalId, routes: sortRoutes(routes.get(logicalId) ?? []), otherFields: [], listed }
}

/** APIs of API Gateway V2. */
function byProtocol(
  template: Template,
  parts: readonly Part[],
  problems: Problem[],
): { readonly http: readonly Part[]; readonly websocket: readonly Part[] } {
  const properties = new Properties(template, problems)
  const read = parts.map((api) => ({
    api,
    protocol: definedElsewhere(api, ['Body', 'BodyS3Location'], problems)
      ? undefined
      : properties.word(api, 'ProtocolType', ['HTTP', 'WEBSOCKET']),
  }))
  const of = (wanted: string) => read.filter(({ protocol }) => protocol === wanted).map(({ api }) => api)
  return { http: of('HTTP'), websocket: of('WEBSOCKET') }
}

const byHand =
  'declare the routes as resources of API Gateway, or write the routes file by hand and check without --template'

function definedElsewhere(api: Part, names: readonly string[], problems: Problem[]): boolean {
  const name = names.find((each) => api.value(each).kind !== 'absent')
  if (name === undefined) return false
  const what = name === 'CloneFrom' ? 'another API' : 'an OpenAPI document'
  const message = `the routes come from ${what} (${name}), which Postern does not read`
  problems.push(api.problem('definition_elsewhere', message, byHand))
  return true
}

/** SAM makes APIs of these only on deployment, and as OpenAPI documents. */
function refuseSam(template: Template, problems: Problem[]): void {
  const report = (part: Part): void => {
    const message = `an ${part.type} gets its routes from SAM on deployment, as an OpenAPI document`
    problems.push(part.problem('definition_elsewhere', message, byHand))
  }
  for (const type of ['AWS::Serverless::Api', 'AWS::Serverless::HttpApi'])
    for (const part of template.parts(type)) report(part)
  for (const part of template.parts('AWS::Serverless::Function')) {
    const events = part.value('Events')
    const listed = events.kind === 'plain' && isJsonObject(events.value) ? Object.values(events.value) : []
    const isApi = (event: unknown): boolean =>
      isJsonObject(event) && (event.Type === 'Api' || event.Type === 'HttpApi')
    if (listed.some(isApi)) report(part)
  }
}

function noApi(template: Template, only: string | undefined): Problem {
  if (only === undefined)
    return template.problem(
      'apis_missing',
      'the template has no API of API Gateway or AppSync',
      'give the template that declares the API',
    )
  const known = [restApiType, httpApiType, graphqlApiType].flatMap((type) =>
    template.parts(type).map((part) => part.logicalId),
  )
  const near = didYouMean(only, known)
  const mend = known.length === 0 ? 'it has none' : `those of the template are ${known.join(', ')}`
  return template.problem(
    'apis_missing',
    `the template has no API "${only}"`,
    near === undefined ? mend : `did you mean "${near}"?`,
  )
}
