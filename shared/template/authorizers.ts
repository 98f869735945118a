import { ManifestError, type Problem } from '../manifest/problem.ts'
import type { Api } from './api.ts'
import { readProviders } from './appsync-providers.ts'
import { type Authorizer, commonOf, maxTtlSeconds } from './authorizer.ts'
import { readSources, restSources } from './authorizer-sources.ts'
import { httpApiType } from './http-routes.ts'
import { Properties } from './properties.ts'
import { authorizerTypes } from './route-authorizer.ts'
import type { Part, Template } from './template.ts'
import { readHttpAuthorizer, readWebSocketAuthorizer } from './v2-authorizers.ts'

/** The authorizers of the APIs of a template. Throws a ManifestError with all problems found. */
export function readAuthorizers(template: Template, apis: readonly Api[]): readonly Authorizer[] {
  const problems: Problem[] = []
  const properties = new Properties(template, problems)
  const read = [
    ...template.parts(authorizerTypes.rest).map((part) => readRest(part, template, properties, problems)),
    ...template.parts(authorizerTypes.http).map((part) => readV2(part, template, properties, apis, problems)),
    ...apis.filter(({ type }) => type === 'appsync').map((api) => readAppSync(api, template, problems)),
  ]
  if (problems.length > 0) throw new ManifestError(problems)
  return read.filter((each) => each !== undefined)
}

function readRest(
  part: Part,
  template: Template,
  properties: Properties,
  problems: Problem[],
): Authorizer | undefined {
  const type = properties.word(part, 'Type', ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS'])
  if (type === undefined) return undefined
  const common = { ...commonOf(part, template), api: 'rest', type } as const
  if (type === 'COGNITO_USER_POOLS') return common
  const ttlSeconds = properties.wholeNumber(part, 'AuthorizerResultTtlInSeconds', maxTtlSeconds, 300)
  const texts = restSources(part, type, properties)
  const sources = texts && readSources(part, 'rest', texts, problems, type === 'TOKEN')
  if (ttlSeconds === undefined || sources === undefined) return undefined
  return { ...common, ttlSeconds, sources }
}

function readV2(
  part: Part,
  template: Template,
  properties: Properties,
  apis: readonly Api[],
  problems: Problem[],
): Authorizer | undefined {
  const owner = properties.referred(part, 'ApiId', [httpApiType])?.part.logicalId
  const api = apis.find(({ logicalId }) => logicalId === owner)
  // Reported just now.
  if (api === undefined) return undefined
  const read = api.type === 'websocket' ? readWebSocketAuthorizer : readHttpAuthorizer
  return read(part, api.logicalId, template, properties, problems)
}

/** One that cannot be read was reported with its API. */
function readAppSync({ logicalId }: Api, template: Template, problems: Problem[]): Authorizer | undefined {
  const part = template.part(logicalId)
  const lambda = part && readProviders(part, template, problems)?.lambda
  if (part === undefined || lambda === undefined) return undefined
  const sources = [{ from: 'header', name: 'Authorization' }] as const
  return { ...commonOf(lambda, template), api: 'appsync', type: 'AWS_LAMBDA', apiId: logicalId, sources }
}
