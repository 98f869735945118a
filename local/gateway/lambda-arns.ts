import type { FunctionReference } from './model.ts'
import {
  isRecord,
  type Place,
  type Resource,
  type Resources,
  resourceOf,
  TemplateError,
} from './resources.ts'

const lambdaFunction = 'AWS::Lambda::Function'
const lambdaAlias = 'AWS::Lambda::Alias'

export function functionName(logicalId: string, resource: Resource): string {
  const name = resource.Properties?.FunctionName
  return typeof name === 'string' ? name : logicalId
}

export function lambdaArn(logicalId: string, resource: Resource, place: Place): string {
  return arnOfName(functionName(logicalId, resource), place)
}

/** A name, or a name and an alias, as an ARN; an ARN stays as it is. */
export function arnOfName(name: string, place: Place): string {
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${place.region}:${place.accountId}:function:${name}`
}

/** Every function of the template, and every alias of one, by ARN. The version of an alias is not looked at: here is one code. */
export function functionsByArn(resources: Resources, place: Place): ReadonlyMap<string, FunctionReference> {
  const byArn = new Map<string, FunctionReference>()
  for (const [logicalId, resource] of Object.entries(resources)) {
    if (resource.Type === lambdaFunction)
      byArn.set(lambdaArn(logicalId, resource, place), { functionId: logicalId })
    if (resource.Type === lambdaAlias) {
      const { functionId, alias } = readAlias(logicalId, resource, resources, place)
      byArn.set(aliasArn(logicalId, resource, resources, place), { functionId, alias })
    }
  }
  return byArn
}

/** What a reference to an AWS::Lambda::Alias gives. */
export function aliasArn(logicalId: string, resource: Resource, resources: Resources, place: Place): string {
  const { functionId, alias } = readAlias(logicalId, resource, resources, place)
  return `${lambdaArn(functionId, resources[functionId] as Resource, place)}:${alias}`
}

function readAlias(
  logicalId: string,
  { Properties = {} }: Resource,
  resources: Resources,
  place: Place,
): { functionId: string; alias: string } {
  const { Name } = Properties
  // Lambda's own rule; digits alone would be a version.
  if (typeof Name !== 'string' || !/^(?!\d+$)[A-Za-z0-9_-]{1,128}$/.test(Name))
    throw new TemplateError(logicalId, 'Name is not the name of an alias')
  const functionId = functionNamed(Properties.FunctionName, resources, place)
  if (functionId === undefined)
    throw new TemplateError(logicalId, 'FunctionName is no function of this template')
  return { functionId, alias: Name }
}

/** By reference, name or ARN. Read here and not resolved with the rest: an alias may be what a reference leads to. */
function functionNamed(value: unknown, resources: Resources, place: Place): string | undefined {
  const isFunction = (id: string) => resourceOf(id, resources)?.Type === lambdaFunction
  if (typeof value === 'string')
    return Object.keys(resources).find(
      (id) => isFunction(id) && lambdaArn(id, resources[id] as Resource, place) === arnOfName(value, place),
    )
  if (!isRecord(value)) return undefined
  const attribute = value['Fn::GetAtt']
  const named = Array.isArray(attribute) ? attribute.join('.') : attribute
  const id = typeof named === 'string' ? named.replace(/\.Arn$/, '') : value.Ref
  return typeof id === 'string' && isFunction(id) ? id : undefined
}
