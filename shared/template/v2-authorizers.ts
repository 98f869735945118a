import type { Problem } from '../manifest/problem.ts'
import { type Authorizer, commonOf, maxTtlSeconds } from './authorizer.ts'
import { listedSources, readSources } from './authorizer-sources.ts'
import type { Properties } from './properties.ts'
import type { Part, Template } from './template.ts'

/** AWS::ApiGatewayV2::Authorizer of an HTTP API. */
export function readHttpAuthorizer(
  part: Part,
  apiId: string,
  template: Template,
  properties: Properties,
  problems: Problem[],
): Authorizer | undefined {
  const type = properties.word(part, 'AuthorizerType', ['REQUEST', 'JWT'])
  if (type === undefined) return undefined
  const common = { ...commonOf(part, template), api: 'http', type, apiId } as const
  if (type === 'JWT') return common
  const ttlSeconds = properties.wholeNumber(part, 'AuthorizerResultTtlInSeconds', maxTtlSeconds, 0)
  const simpleResponses = properties.truth(part, 'EnableSimpleResponses')
  const payloadVersion = readPayloadVersion(part, properties)
  const texts = listedSources(part, 'http', problems)
  const sources = texts && readSources(part, 'http', texts, problems)
  if (ttlSeconds === undefined || simpleResponses === undefined || sources === undefined) return undefined
  return { ...common, ttlSeconds, simpleResponses, payloadVersion, sources }
}

/** YAML reads an unquoted 2.0 as the number 2. */
function readPayloadVersion(part: Part, properties: Properties): Authorizer['payloadVersion'] {
  const value = part.value('AuthorizerPayloadFormatVersion')
  if (value.kind === 'absent') return undefined
  if (value.kind === 'plain' && value.value === 1) return '1.0'
  if (value.kind === 'plain' && value.value === 2) return '2.0'
  return properties.word(part, 'AuthorizerPayloadFormatVersion', ['1.0', '2.0'])
}

/** AWS::ApiGatewayV2::Authorizer of a WebSocket API, which takes a REQUEST authorizer and policies alone (facts A1). */
export function readWebSocketAuthorizer(
  part: Part,
  apiId: string,
  template: Template,
  properties: Properties,
  problems: Problem[],
): Authorizer | undefined {
  const type = properties.word(part, 'AuthorizerType', ['REQUEST'])
  const texts = listedSources(part, 'websocket', problems)
  const sources = texts && readSources(part, 'websocket', texts, problems)
  if (type === undefined || sources === undefined) return undefined
  const ofOtherApis = ofHttpApis.filter((name) => isSet(part, name))
  return { ...commonOf(part, template), api: 'websocket', type, apiId, sources, ofOtherApis }
}

const ofHttpApis = ['AuthorizerResultTtlInSeconds', 'AuthorizerPayloadFormatVersion', 'EnableSimpleResponses']

/** What asks for nothing is as good as unset. */
function isSet(part: Part, name: string): boolean {
  const value = part.value(name)
  if (value.kind === 'plain') return ![0, '0', false, 'false'].some((each) => each === value.value)
  return value.kind !== 'absent'
}
