import { checkApiIds, resourceId } from './ids.ts'
import { resolveIntrinsics } from './intrinsics.ts'
import { functionsByArn } from './lambda-arns.ts'
import type { FunctionReference, PayloadFormat } from './model.ts'
import { isRecord, type Place, resourcesOf, TemplateError } from './resources.ts'

/** A resource of API Gateway with its properties resolved. */
export type Part = {
  readonly logicalId: string
  /** What a reference to it gives. */
  readonly id: string
  readonly properties: Properties
}

export type Properties = Readonly<Record<string, unknown>>

/** The API Gateway side of a template. `parts` gives the resolved resources of one type. */
export type Template = {
  readonly place: Place
  readonly parts: (type: string) => readonly Part[]
  /** The function, or the alias of one, that an integration's or authorizer's URI names. */
  readonly functionOf: (uri: unknown, owner: string) => FunctionReference
}

const emulated = new Set([
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Authorizer',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ApiGatewayV2::Deployment',
  'AWS::ApiGatewayV2::IntegrationResponse',
  'AWS::ApiGatewayV2::RouteResponse',
])

/** Reads a packaged template. What is not emulated throws a TemplateError: skipped, it would look as if it worked. */
export function readTemplate(template: unknown, place: Place): Template {
  const resources = resourcesOf(template)
  for (const [logicalId, resource] of Object.entries(resources)) {
    if (!resource.Type.startsWith('AWS::ApiGateway')) continue
    if (!emulated.has(resource.Type))
      throw new TemplateError(logicalId, `the local gateway does not emulate ${resource.Type}`)
    if ('Condition' in resource) throw new TemplateError(logicalId, 'Condition is not emulated')
  }
  checkApiIds(resources)
  const functions = functionsByArn(resources, place)
  return {
    place,
    parts: (type) =>
      Object.entries(resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([logicalId, resource]) => ({
          logicalId,
          id: resourceId(logicalId, resource),
          properties: resolveIntrinsics(resource.Properties ?? {}, logicalId, resources, place) as Properties,
        })),
    functionOf: (uri, owner) => {
      // Either the function's ARN or API Gateway's path to it: ".../functions/{arn}/invocations".
      const arn = String(uri)
        .replace(/^.*\/functions\//, '')
        .replace(/\/invocations$/, '')
      const named = functions.get(arn)
      if (named === undefined)
        throw new TemplateError(owner, `"${arn}" is no function of this template, nor an alias of one`)
      return named
    },
  }
}

/** What belongs to an API of API Gateway V2, by the last part of its type. */
export function ownParts(template: Template, api: Part): (type: string) => readonly Part[] {
  return (type) =>
    template.parts(`AWS::ApiGatewayV2::${type}`).filter((part) => part.properties.ApiId === api.id)
}

export function text(part: Part, name: string): string {
  const value = part.properties[name]
  if (typeof value === 'string' && value !== '') return value
  throw new TemplateError(part.logicalId, `${name} is missing or is not text`)
}

export function optionalText(part: Part, name: string): string | undefined {
  return part.properties[name] === undefined ? undefined : text(part, name)
}

/** Of HTTP APIs, where AWS wants it written out for authorizers and integrations alike. */
export function payloadFormat(part: Part, name: string): PayloadFormat {
  const version = part.properties[name]
  if (version === '1.0' || version === '2.0') return version
  throw new TemplateError(part.logicalId, `${name} is not "1.0" or "2.0"; an HTTP API has no default`)
}

export function wholeNumber(part: Part, name: string, fallback: number, least: number, most: number): number {
  const value = Number(part.properties[name] ?? fallback)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new TemplateError(part.logicalId, `${name} is not a whole number from ${least} to ${most}`)
}

export function record(part: Part, name: string): Properties {
  const value = part.properties[name] ?? {}
  if (isRecord(value)) return value
  throw new TemplateError(part.logicalId, `${name} is not a map`)
}

export function stageVariables(part: Part | undefined, name: string): Readonly<Record<string, string>> {
  if (part === undefined) return {}
  return Object.fromEntries(Object.entries(record(part, name)).map(([key, value]) => [key, String(value)]))
}

/** Throws for a property that changes who gets in or what arrives, and that this gateway would not heed. */
export function refuse(part: Part, names: readonly string[]): void {
  const set = (value: unknown) =>
    value !== undefined &&
    value !== '' &&
    value !== false &&
    !(isRecord(value) && Object.keys(value).length === 0)
  const name = names.find((each) => set(part.properties[each]))
  if (name !== undefined)
    throw new TemplateError(part.logicalId, `${name} is not emulated; leave it out for local runs`)
}

/** Of an API's stages the one; the local gateway serves a single stage of each API. */
export function only<T>(items: readonly T[], owner: string, what: string): T {
  const [item, ...more] = items
  if (item === undefined || more.length > 0)
    throw new TemplateError(
      owner,
      `has ${items.length} ${what}; the local gateway serves an API that has one`,
    )
  return item
}
