import type { Problem } from '../manifest/problem.ts'
import type { Authorization, RouteAuthorizer } from './api.ts'
import { describe, type Properties } from './properties.ts'
import type { Part, Template } from './template.ts'

export const authorizerTypes = {
  rest: 'AWS::ApiGateway::Authorizer',
  http: 'AWS::ApiGatewayV2::Authorizer',
  websocket: 'AWS::ApiGatewayV2::Authorizer',
} as const

/** What each API type may write as AuthorizationType (CloudFormation, AWS::ApiGateway::Method and V2::Route). */
const authorizations = {
  rest: ['NONE', 'AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS'],
  http: ['NONE', 'AWS_IAM', 'CUSTOM', 'JWT'],
  websocket: ['NONE', 'AWS_IAM', 'CUSTOM'],
} as const

export type Guard = {
  readonly authorization: Authorization
  readonly authorizer: RouteAuthorizer | undefined
}

/** What stands in front of a Method or Route; `undefined` where that cannot be told, which is reported. */
export function readGuard(
  part: Part,
  api: keyof typeof authorizerTypes,
  properties: Properties,
  template: Template,
  problems: Problem[],
): Guard | undefined {
  const words: readonly Authorization[] = authorizations[api]
  const authorization = properties.word(part, 'AuthorizationType', words, 'NONE')
  if (authorization === undefined) return undefined
  // With these API Gateway does not look at AuthorizerId.
  if (authorization === 'NONE' || authorization === 'AWS_IAM') return { authorization, authorizer: undefined }
  const value = part.value('AuthorizerId')
  if (value.kind === 'absent') {
    const message = `AuthorizationType ${authorization} without an AuthorizerId`
    problems.push(part.problem('resource_invalid', message, 'set AuthorizerId'))
    return undefined
  }
  if (value.kind === 'undeclared') {
    const message = `AuthorizerId names ${describe(value)}`
    problems.push(part.problem('resource_invalid', message, 'declare the authorizer, or mend the name'))
    return undefined
  }
  const named = value.kind === 'reference' ? template.part(value.logicalId) : undefined
  if (named?.type !== authorizerTypes[api])
    return { authorization, authorizer: { name: describe(value), here: false } }
  return { authorization, authorizer: { name: named.logicalId, here: true } }
}
