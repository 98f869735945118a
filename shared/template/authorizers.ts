import { ManifestError, type Problem } from '../manifest/problem.ts'
import type { Api } from './api.ts'
import { httpApiType } from './http-routes.ts'
import { type IdentitySource, parseIdentitySource } from './identity-source.ts'
import { Properties } from './properties.ts'
import { authorizerTypes } from './route-authorizer.ts'
import type { Part, Template } from './template.ts'

/** An authorizer of a REST or HTTP API. What only a Lambda authorizer has is of no use with the other types. */
export type Authorizer = {
  readonly logicalId: string
  readonly api: 'rest' | 'http'
  readonly type: 'TOKEN' | 'REQUEST' | 'COGNITO_USER_POOLS' | 'JWT'
  /** The logical id of its API; only HTTP APIs need it. */
  readonly apiId: string | undefined
  readonly sources: readonly IdentitySource[]
  /** Unset, 300 on REST APIs and 0 on HTTP APIs (facts A6). */
  readonly ttlSeconds: number
  readonly simpleResponses: boolean
  /** HTTP APIs alone have one. */
  readonly payloadVersion: '1.0' | '2.0' | undefined
  problem(code: Problem['code'], message: string, mend: string): Problem
}

const maxTtlSeconds = 3600

export function isLambdaAuthorizer({ type }: Authorizer): boolean {
  return type === 'TOKEN' || type === 'REQUEST'
}

/** The authorizers of the APIs of a template. Throws a ManifestError with all problems found. */
export function readAuthorizers(template: Template, apis: readonly Api[]): readonly Authorizer[] {
  const problems: Problem[] = []
  const properties = new Properties(template, problems)
  const read = [
    ...template.parts(authorizerTypes.rest).map((part) => readRest(part, properties, problems)),
    ...template.parts(authorizerTypes.http).map((part) => readHttp(part, properties, apis, problems)),
  ]
  if (problems.length > 0) throw new ManifestError(problems)
  return read.filter((each) => each !== undefined)
}

function readRest(part: Part, properties: Properties, problems: Problem[]): Authorizer | undefined {
  const type = properties.word(part, 'Type', ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS'])
  if (type === undefined) return undefined
  const common = { ...commonOf(part), api: 'rest', type } as const
  if (type === 'COGNITO_USER_POOLS') return common
  const ttlSeconds = properties.wholeNumber(part, 'AuthorizerResultTtlInSeconds', maxTtlSeconds, 300)
  const isSet = part.value('IdentitySource').kind !== 'absent'
  const fallback = type === 'TOKEN' ? 'method.request.header.Authorization' : ''
  const text = isSet ? properties.text(part, 'IdentitySource') : fallback
  const texts = (text ?? '').split(',').map((each) => each.trim())
  const sources = readSources(
    part,
    'rest',
    texts.filter((each) => each !== ''),
    problems,
  )
  if (type === 'TOKEN' && sources?.length === 1 && sources[0]?.from !== 'header')
    return invalid(part, problems, 'a TOKEN authorizer reads a header, and IdentitySource is none')
  if (type === 'TOKEN' && sources !== undefined && sources.length > 1)
    return invalid(part, problems, 'a TOKEN authorizer reads one header, and IdentitySource has several')
  if (ttlSeconds === undefined || text === undefined || sources === undefined) return undefined
  return { ...common, ttlSeconds, sources }
}

function readHttp(
  part: Part,
  properties: Properties,
  apis: readonly Api[],
  problems: Problem[],
): Authorizer | undefined {
  const owner = properties.referred(part, 'ApiId', [httpApiType])?.part.logicalId
  // Reported just now, or of a WebSocket API, which is left out.
  if (owner === undefined || !apis.some(({ logicalId }) => logicalId === owner)) return undefined
  const type = properties.word(part, 'AuthorizerType', ['REQUEST', 'JWT'])
  if (type === undefined) return undefined
  const common = { ...commonOf(part), api: 'http', type, apiId: owner } as const
  if (type === 'JWT') return common
  const ttlSeconds = properties.wholeNumber(part, 'AuthorizerResultTtlInSeconds', maxTtlSeconds, 0)
  const simpleResponses = properties.truth(part, 'EnableSimpleResponses')
  const payloadVersion = readPayloadVersion(part, properties)
  const texts = listOf(part, problems)
  const sources = texts && readSources(part, 'http', texts, problems)
  if (ttlSeconds === undefined || simpleResponses === undefined || sources === undefined) return undefined
  return { ...common, ttlSeconds, simpleResponses, payloadVersion, sources }
}

function commonOf({ logicalId, problem }: Part) {
  const none = { sources: [], ttlSeconds: 0, simpleResponses: false }
  return { logicalId, problem, apiId: undefined, payloadVersion: undefined, ...none }
}

/** YAML reads an unquoted 2.0 as the number 2. */
function readPayloadVersion(part: Part, properties: Properties): Authorizer['payloadVersion'] {
  const value = part.value('AuthorizerPayloadFormatVersion')
  if (value.kind === 'absent') return undefined
  if (value.kind === 'plain' && value.value === 1) return '1.0'
  if (value.kind === 'plain' && value.value === 2) return '2.0'
  return properties.word(part, 'AuthorizerPayloadFormatVersion', ['1.0', '2.0'])
}

/** IdentitySource of an HTTP API: a list of texts, where one alone may stand without its list. */
function listOf(part: Part, problems: Problem[]): readonly string[] | undefined {
  const value = part.value('IdentitySource')
  if (value.kind === 'absent') return []
  const items = value.kind === 'plain' ? [value.value].flat() : [undefined]
  const texts = items.map((item) => {
    const each = part.evaluate(item)
    return each.kind === 'plain' && typeof each.value === 'string' ? each.value : undefined
  })
  if (texts.every((text) => text !== undefined)) return texts
  return invalid(part, problems, 'IdentitySource is not a list of texts that stand in the template')
}

function readSources(
  part: Part,
  api: 'rest' | 'http',
  texts: readonly string[],
  problems: Problem[],
): readonly IdentitySource[] | undefined {
  const sources: IdentitySource[] = []
  for (const text of texts) {
    const source = parseIdentitySource(api, text)
    if (source === undefined)
      return invalid(part, problems, `${JSON.stringify(text)} is no identity source of this type of API`)
    sources.push(source)
  }
  return sources
}

function invalid(part: Part, problems: Problem[], message: string): undefined {
  const isRest = part.type === authorizerTypes.rest
  const example = isRest ? 'method.request.header.Authorization' : '[$request.header.Authorization]'
  problems.push(part.problem('resource_invalid', message, `write IdentitySource as in ${example}`))
}
