import { isRecord, type Resource, resourcesOf } from './gateway/resources.ts'

/**
 * A template as it stands where another stack is deployed already: what it imports is replaced by what the other exports,
 * and the Lambda functions and aliases that this leads to are there too. Throws where it imports what nothing exports.
 */
export function linkStacks(template: object, other: object): object {
  const theirs = resourcesOf(other)
  const exported = new Map<string, unknown>()
  for (const output of Object.values(recordOf(recordOf(other).Outputs))) {
    const { Value, Export } = recordOf(output)
    exported.set(nameOf(recordOf(Export).Name, other), Value)
  }
  const linked: Record<string, Resource> = {}
  const link = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(link)
    if (!isRecord(value)) return value
    const { 'Fn::ImportValue': name, ...rest } = value
    if (typeof name !== 'string')
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, link(one)]))
    if (Object.keys(rest).length > 0 || !exported.has(name))
      throw new Error(`the template imports "${name}", which the other stack does not export`)
    return bring(exported.get(name))
  }
  /** What a value of the other stack refers to comes along: an alias, and its function. */
  const bring = <Value>(value: Value): Value => {
    for (const id of referredTo(value)) {
      const resource = theirs[id]
      if (linked[id] || !resource?.Type.startsWith('AWS::Lambda::')) continue
      linked[id] = resource
      bring(resource.Properties?.FunctionName)
    }
    return value
  }
  const Resources = link(recordOf(template).Resources)
  return { ...template, Resources: { ...recordOf(Resources), ...linked } }
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** osls names its stack SERVICE-STAGE, which its own exports say too. */
function nameOf(name: unknown, template: object): string {
  if (typeof name === 'string') return name
  const own = JSON.stringify(recordOf(template).Outputs).match(
    /"sls-([\w-]+)-ServerlessDeploymentBucketName"/,
  )
  const pattern = recordOf(name)['Fn::Sub']
  return typeof pattern === 'string' ? pattern.replace(`\${AWS::StackName}`, own?.[1] ?? '') : ''
}

function referredTo(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referredTo)
  if (!isRecord(value)) return []
  if (typeof value.Ref === 'string') return [value.Ref]
  const attribute = value['Fn::GetAtt']
  if (Array.isArray(attribute)) return [String(attribute[0])]
  return Object.values(value).flatMap(referredTo)
}
