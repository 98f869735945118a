import type { Problem } from '../manifest/problem.ts'
import { type Api, type ApiRoute, sortRoutes } from './api.ts'
import { type Mode, type Providers, readProviders } from './appsync-providers.ts'
import { describe } from './properties.ts'
import { refersTo } from './rest-routes.ts'
import { fileRoute } from './route-text.ts'
import { readSchemaFields, type SchemaField, type SchemaFields } from './schema-fields.ts'
import type { Part, Template } from './template.ts'

/**
 * The fields of an AppSync API, by the schema that stands in the template. `isWanted`: also of an API without a Lambda
 * authorizer, which Postern is never asked about.
 */
export function readAppSyncApi(
  api: Part,
  template: Template,
  isWanted: boolean,
  problems: Problem[],
  warnings: Problem[],
): Api | undefined {
  const providers = readProviders(api, template, problems)
  if (providers === undefined) return undefined
  const isListed = isWanted || providers.lambda !== undefined
  const { logicalId } = api
  const fields = fieldsOf(api, template, problems)
  if (typeof fields === 'string') {
    const mend =
      'list its fields by hand, under "appsync" of the routes file: one that is not there is open to whoever has any'
    if (isListed)
      warnings.push(api.problem('definition_elsewhere', `${fields}, so its fields are not known`, mend))
    return { type: 'appsync', logicalId, routes: [], otherFields: [], listed: isListed ? 'some' : 'none' }
  }
  const routes = sortRoutes(fields.root.flatMap((field) => routeOf(api, field, providers, problems)))
  const otherFields = fields.other.flatMap((field) => routeOf(api, field, providers, problems))
  return { type: 'appsync', logicalId, routes, otherFields, listed: isListed ? 'all' : 'none' }
}

/** The fields, or a sentence that says where they are. */
function fieldsOf(api: Part, template: Template, problems: Problem[]): SchemaFields | string {
  const type = api.value('ApiType')
  if (type.kind === 'plain' && type.value === 'MERGED') return 'its schema is merged from other APIs'
  const schema = template
    .parts('AWS::AppSync::GraphQLSchema')
    .find((part) => refersTo(part, 'ApiId', api.logicalId))
  if (schema === undefined) return 'its schema does not stand in this template'
  const definition = schema.value('Definition')
  if (definition.kind !== 'plain') {
    const inS3 = schema.value('DefinitionS3Location').kind !== 'absent'
    return inS3 ? 'its schema is a file in S3' : `the Definition of its schema is ${describe(definition)}`
  }
  const fields = typeof definition.value === 'string' ? readSchemaFields(definition.value) : {}
  if ('root' in fields) return fields
  const place = fields.line === undefined ? '' : ` at line ${fields.line}, column ${fields.column} of it`
  const message = `Definition is no schema in GraphQL's definition language${place}`
  problems.push(schema.problem('resource_invalid', message, 'mend the schema'))
  return { root: [], other: [] }
}

const modeOf: Readonly<Record<string, Mode>> = {
  aws_api_key: 'API_KEY',
  aws_iam: 'AWS_IAM',
  aws_oidc: 'OPENID_CONNECT',
  aws_cognito_user_pools: 'AMAZON_COGNITO_USER_POOLS',
  aws_auth: 'AMAZON_COGNITO_USER_POOLS',
  aws_lambda: 'AWS_LAMBDA',
}

function routeOf(
  api: Part,
  { type, name, directives, ofType }: SchemaField,
  { fallback, lambda }: Providers,
  problems: Problem[],
): readonly ApiRoute[] {
  const route = fileRoute(api, 'appsync', `${type}.${name}`, problems)
  if (route === undefined) return []
  const [own, types] = [modesOf(directives), modesOf(ofType)]
  // A field's own directives replace its type's, and these the API's default.
  const [first = fallback, ...more] = own.length > 0 ? own : types
  const isAsked = lambda !== undefined && [first, ...more].includes('AWS_LAMBDA')
  const { logicalId: resource, problem } = api
  const guard = isAsked
    ? ({ authorization: 'CUSTOM', authorizer: { name: resource, here: true } } as const)
    : { authorization: first, authorizer: undefined }
  return [{ ...route, ...guard, resource, isMock: false, problem }]
}

/** Other directives, as @aws_subscribe, say nothing of who may call. */
function modesOf(directives: readonly string[]): readonly Mode[] {
  return directives.flatMap((name) => (Object.hasOwn(modeOf, name) ? [modeOf[name] as Mode] : []))
}
