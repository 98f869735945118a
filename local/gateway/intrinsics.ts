import { resourceId, rootResourceId } from './ids.ts'
import { aliasArn, functionName, lambdaArn } from './lambda-arns.ts'
import { isRecord, type Place, type Resources, resourceOf, TemplateError } from './resources.ts'

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
  const resource = resourceOf(name, resources)
  if (resource === undefined)
    throw new TemplateError(
      owner,
      `refers to "${name}", which is no resource of the template (parameters are not emulated)`,
    )
  if (resource.Type === 'AWS::Lambda::Function') return functionName(name, resource)
  if (resource.Type === 'AWS::Lambda::Alias') return aliasArn(name, resource, resources, place)
  return resourceId(name, resource)
}

function getAttribute(
  name: string,
  attribute: string,
  owner: string,
  resources: Resources,
  place: Place,
): string {
  const resource = resourceOf(name, resources)
  if (resource?.Type === 'AWS::Lambda::Function' && attribute === 'Arn')
    return lambdaArn(name, resource, place)
  if (resource?.Type === 'AWS::ApiGateway::RestApi' && attribute === 'RootResourceId')
    return rootResourceId(name)
  if (resource?.Type === 'AWS::Lambda::Alias' && attribute === 'AliasArn')
    return aliasArn(name, resource, resources, place)
  if (resource?.Type === 'AWS::Logs::LogGroup' && attribute === 'Arn')
    return `arn:aws:logs:${place.region}:${place.accountId}:log-group:${resource.Properties?.LogGroupName ?? name}:*`
  if (resource?.Type.startsWith('AWS::ApiGateway') && attribute.endsWith('Id'))
    return resourceId(name, resource)
  throw new TemplateError(owner, `Fn::GetAtt ${name}.${attribute} is not emulated`)
}
