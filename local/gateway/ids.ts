import { createHash } from 'node:crypto'
import { isRecord, type Resource, type Resources, TemplateError } from './resources.ts'

const apiTypes = ['AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api']

/** The tag that LocalStack and MiniStack read, so that one template has the same ids on all of them. */
const idTag = '_custom_id_'

/** An id as API Gateway forms them, ten lower-case letters and digits, the same for a logical id on every run. */
export function stableId(logicalId: string): string {
  const digest = createHash('sha256').update(logicalId).digest()
  return Array.from(digest.subarray(0, 10), (byte) => 'abcdefghijklmnopqrstuvwxyz0123456789'[byte % 36]).join(
    '',
  )
}

/** What a reference to a resource of API Gateway gives: its id, an API's own where a `_custom_id_` tag sets one. */
export function resourceId(logicalId: string, resource: Resource): string {
  const id = apiTypes.includes(resource.Type) ? taggedId(logicalId, resource) : undefined
  if (id === undefined) return stableId(logicalId)
  if (typeof id === 'string' && /^[a-z0-9]{1,64}$/.test(id)) return id
  throw new TemplateError(logicalId, `the tag ${idTag} is not 1 to 64 lower-case letters and digits`)
}

/** A REST API's tags are a list of keys and values, those of API Gateway V2 a map. */
function taggedId(logicalId: string, { Type, Properties }: Resource): unknown {
  const tags = Properties?.Tags
  if (tags === undefined) return undefined
  if (Type === 'AWS::ApiGatewayV2::Api' && isRecord(tags))
    return Object.hasOwn(tags, idTag) ? tags[idTag] : undefined
  if (Type === 'AWS::ApiGateway::RestApi' && Array.isArray(tags))
    return tags.find((tag) => isRecord(tag) && tag.Key === idTag)?.Value
  throw new TemplateError(logicalId, `Tags is not ${Type === 'AWS::ApiGatewayV2::Api' ? 'a map' : 'a list'}`)
}

/** Two APIs of one id would answer for each other. */
export function checkApiIds(resources: Resources): void {
  const owners = new Map<string, string>()
  for (const [logicalId, resource] of Object.entries(resources)) {
    if (!apiTypes.includes(resource.Type)) continue
    const id = resourceId(logicalId, resource)
    const other = owners.get(id)
    if (other !== undefined) throw new TemplateError(logicalId, `has the id "${id}", as has ${other}`)
    owners.set(id, logicalId)
  }
}

/** The id of the resource "/", which no template declares. */
export function rootResourceId(restApi: string): string {
  return stableId(`${restApi}/`)
}
