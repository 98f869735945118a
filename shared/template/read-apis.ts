import { isJsonObject } from '../json.ts'
import { inOrder, ManifestError, type Problem } from '../manifest/problem.ts'
import { didYouMean } from '../manifest/spelling.ts'
import { type Api, sortRoutes } from './api.ts'
import { httpApiType, readHttpRoutes } from './http-routes.ts'
import { Properties } from './properties.ts'
import { readRestRoutes, restApiType } from './rest-routes.ts'
import type { Part, Template } from './template.ts'

export type Apis = { readonly apis: readonly Api[]; readonly warnings: readonly Problem[] }

/** REST and HTTP APIs of a template, or the one of a logical id. Throws a ManifestError with all problems found. */
export function readApis(template: Template, only?: string): Apis {
  const problems: Problem[] = []
  const isWanted = ({ logicalId }: Part): boolean => only === undefined || logicalId === only
  const rest = template.parts(restApiType).filter(isWanted)
  const { http, warnings } = httpApis(template, template.parts(httpApiType).filter(isWanted), problems)
  for (const api of rest) definedElsewhere(api, ['Body', 'BodyS3Location', 'CloneFrom'], problems)
  if (only === undefined) refuseSam(template, problems)
  const restRoutes = readRestRoutes(template, problems, only)
  const httpRoutes = readHttpRoutes(template, http, problems, only)
  const apis = [
    ...rest.map((api) => apiOf('rest', api, restRoutes)),
    ...http.map((api) => apiOf('http', api, httpRoutes)),
  ]
  if (problems.length === 0 && apis.length === 0) problems.push(noApi(template, warnings, only))
  if (problems.length > 0) throw new ManifestError(problems)
  return { apis, warnings: inOrder(warnings) }
}

function apiOf(type: Api['type'], { logicalId }: Part, routes: ReadonlyMap<string, Api['routes']>): Api {
  return { type, logicalId, routes: sortRoutes(routes.get(logicalId) ?? []) }
}

function httpApis(
  template: Template,
  parts: readonly Part[],
  problems: Problem[],
): { http: readonly Part[]; warnings: readonly Problem[] } {
  const warnings: Problem[] = []
  const http = parts.filter((api) => {
    if (definedElsewhere(api, ['Body', 'BodyS3Location'], problems)) return false
    const protocol = new Properties(template, problems).word(api, 'ProtocolType', ['HTTP', 'WEBSOCKET'])
    if (protocol === 'WEBSOCKET')
      warnings.push(
        api.problem(
          'websocket_left_out',
          'this is a WebSocket API, which Postern does not answer for yet; it was left out',
          'guard its $connect by other means',
        ),
      )
    return protocol === 'HTTP'
  })
  return { http, warnings }
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
      isJsonObject(event) && ['Api', 'HttpApi'].includes(String(event.Type))
    if (listed.some(isApi)) report(part)
  }
}

function noApi(template: Template, warnings: readonly Problem[], only: string | undefined): Problem {
  const known = [...template.parts(restApiType), ...template.parts(httpApiType)].map((part) => part.logicalId)
  if (only === undefined || warnings.length > 0)
    return template.problem(
      'apis_missing',
      warnings.length > 0
        ? 'the template has WebSocket APIs alone, which Postern does not answer for yet'
        : 'the template has no REST and no HTTP API',
      'give the template that declares the API',
    )
  const near = didYouMean(only, known)
  const mend = known.length === 0 ? 'it has none' : `those of the template are ${known.join(', ')}`
  return template.problem(
    'apis_missing',
    `the template has no API "${only}"`,
    near === undefined ? mend : `did you mean "${near}"?`,
  )
}
