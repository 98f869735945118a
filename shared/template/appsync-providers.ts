import { isJsonObject } from '../json.ts'
import type { Problem } from '../manifest/problem.ts'
import { describe, Properties } from './properties.ts'
import type { Part, Template } from './template.ts'

export const graphqlApiType = 'AWS::AppSync::GraphQLApi'

const modes = ['API_KEY', 'AWS_IAM', 'AMAZON_COGNITO_USER_POOLS', 'OPENID_CONNECT', 'AWS_LAMBDA'] as const
export type Mode = (typeof modes)[number]

/** By which modes an AppSync API lets callers in. */
export type Providers = {
  /** That of fields whose schema says nothing else. */
  readonly fallback: Mode
  /** The configuration of its one Lambda authorizer; `undefined` where it has none. */
  readonly lambda: Part | undefined
}

/** `undefined` where it cannot be told, which is reported. */
export function readProviders(api: Part, template: Template, problems: Problem[]): Providers | undefined {
  const properties = new Properties(template, problems)
  const fallback = properties.word(api, 'AuthenticationType', modes)
  const additional = listed(api, problems)
  if (fallback === undefined || additional === undefined) return undefined
  const all = [api, ...additional]
  const types = [fallback, ...additional.map((part) => properties.word(part, 'AuthenticationType', modes))]
  const provider = all[types.indexOf('AWS_LAMBDA')]
  if (provider === undefined) return { fallback, lambda: undefined }
  const config = provider.value('LambdaAuthorizerConfig')
  if (config.kind === 'plain' && isJsonObject(config.value))
    return { fallback, lambda: api.within(config.value) }
  const message = `AuthenticationType AWS_LAMBDA, and LambdaAuthorizerConfig is ${describe(config)}`
  problems.push(
    api.problem('resource_invalid', message, 'write LambdaAuthorizerConfig with its AuthorizerUri'),
  )
  return undefined
}

function listed(api: Part, problems: Problem[]): readonly Part[] | undefined {
  const name = 'AdditionalAuthenticationProviders'
  const value = api.value(name)
  if (value.kind === 'absent') return []
  const items = value.kind === 'plain' && Array.isArray(value.value) ? value.value : [undefined]
  const maps = items.map((item) => {
    const each = api.evaluate(item)
    return each.kind === 'plain' && isJsonObject(each.value) ? each.value : undefined
  })
  if (maps.every((map) => map !== undefined)) return maps.map((map) => api.within(map))
  const message = `${name} is no list of providers that stand in the template`
  problems.push(api.problem('resource_unresolved', message, 'write each out, with its AuthenticationType'))
  return undefined
}
