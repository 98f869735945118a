import { createHash } from 'node:crypto'

export type Resource = {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
}

export type Resources = Readonly<Record<string, Resource>>

export type Place = { readonly region: string; readonly accountId: string }

/** A CloudFormation template that cannot be emulated as it stands: which resource, what about it, how to mend. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'

  constructor(logicalId: string, message: string) {
    super(`${logicalId}: ${message}`)
  }
}

/** The resources of a template that was read from JSON. */
export function resourcesOf(template: unknown): Resources {
  const resources = isRecord(template) ? template.Resources : undefined
  if (!isRecord(resources))
    throw new TemplateError('template', 'has no Resources; is it a CloudFormation template?')
  for (const [logicalId, resource] of Object.entries(resources))
    if (!isRecord(resource) || typeof resource.Type !== 'string')
      throw new TemplateError(logicalId, 'is not a resource: it has no Type')
  return resources as Resources
}

/** An id as API Gateway forms them, ten lower-case letters and digits, the same for a logical id on every run. */
export function stableId(logicalId: string): string {
  const digest = createHash('sha256').update(logicalId).digest()
  return Array.from(digest.subarray(0, 10), (byte) => 'abcdefghijklmnopqrstuvwxyz0123456789'[byte % 36]).join(
    '',
  )
}

export function lambdaArn(logicalId: string, resource: Resource, place: Place): string {
  const name = resource.Properties?.FunctionName
  const functionName = typeof name === 'string' ? name : logicalId
  return `arn:aws:lambda:${place.region}:${place.accountId}:function:${functionName}`
}

/**
 * Replaces Ref, Fn::GetAtt, Fn::Sub and Fn::Join in `value`, which belongs to the resource `owner`.
 * Other functions, parameters and conditions throw: a guessed value could open a route.
 */
export function resolveIntrinsics(
  value: unknown,
  owner: string,
  resources: Resources,
  place: Place,
): unknown {
  const resolve = (inner: unknown): unknown => resolveIntrinsics(inner, owner, resources, place)
  const text = (inner: unknown): string => {
    const resolved = resolve(inner)
    if (typeof resolved === 'string' || typeof resolved === 'number') return String(resolved)
    throw new TemplateError(owner, 'a part of a joined text is not text')
  }
  const attribute = (logicalId: string, name: string) =>
    getAttribute(logicalId, name, owner, resources, place)

  if (Array.isArray(value)) return value.map(resolve)
  if (!isRecord(value)) return value
  const [name, ...others] = Object.keys(value)
  if (name === undefined || others.length > 0 || !(name === 'Ref' || name.startsWith('Fn::')))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]))
  const argument = value[name]
  if (name === 'Ref') return reference(String(argument), owner, resources, place)
  if (name === 'Fn::Join' && Array.isArray(argument) && Array.isArray(argument[1]))
    return argument[1].map(text).join(String(argument[0]))
  if (name === 'Fn::GetAtt') {
    const [logicalId, ...rest] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.')
    return attribute(logicalId ?? '', rest.join('.'))
  }
  if (name === 'Fn::Sub') return substitute(argument, owner, resources, place, text)
  throw new TemplateError(
    owner,
    `${name} is not emulated; the local gateway knows Ref, Fn::GetAtt, Fn::Sub, Fn::Join`,
  )
}

function substitute(
  argument: unknown,
  owner: string,
  resources: Resources,
  place: Place,
  text: (value: unknown) => string,
): string {
  const [pattern, own] = Array.isArray(argument) ? argument : [argument, {}]
  return String(pattern).replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`
    if (isRecord(own) && Object.hasOwn(own, name)) return text(own[name])
    const dot = name.indexOf('.')
    if (dot === -1) return reference(name, owner, resources, place)
    return getAttribute(name.slice(0, dot), name.slice(dot + 1), owner, resources, place)
  })
}

function reference(name: string, owner: string, resources: Resources, place: Place): string {
  const pseudo: Record<string, string> = {
    'AWS::Region': place.region,
    'AWS::AccountId': place.accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': 'local',
  }
  const known = Object.hasOwn(pseudo, name) ? pseudo[name] : undefined
  if (known !== undefined) return known
  const resource = Object.hasOwn(resources, name) ? resources[name] : undefined
  if (resource === undefined)
    throw new TemplateError(
      owner,
      `refers to "${name}", which is no resource of the template (parameters are not emulated)`,
    )
  if (resource.Type === 'AWS::Lambda::Function') return lambdaArn(name, resource, place).split(':')[6] ?? name
  return stableId(name)
}

function getAttribute(
  name: string,
  attribute: string,
  owner: string,
  resources: Resources,
  place: Place,
): string {
  const resource = Object.hasOwn(resources, name) ? resources[name] : undefined
  if (resource?.Type === 'AWS::Lambda::Function' && attribute === 'Arn')
    return lambdaArn(name, resource, place)
  if (resource?.Type === 'AWS::ApiGateway::RestApi' && attribute === 'RootResourceId')
    return rootResourceId(name)
  if (resource?.Type.startsWith('AWS::ApiGateway') && attribute.endsWith('Id')) return stableId(name)
  throw new TemplateError(owner, `Fn::GetAtt ${name}.${attribute} is not emulated`)
}

/** The id of the resource "/", which no template declares. */
export function rootResourceId(restApi: string): string {
  return stableId(`${restApi}/`)
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
