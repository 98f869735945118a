import type { Problem } from '../manifest/problem.ts'
import type { Api } from './api.ts'
import type { IdentitySource } from './identity-source.ts'
import { invokedAlias } from './invoked-alias.ts'
import type { Part, Template } from './template.ts'

/** An authorizer of an API. What only a Lambda authorizer has is of no use with the other types. */
export type Authorizer = {
  /** That of the API itself where it is AppSync's, which has one at most. */
  readonly logicalId: string
  readonly api: Api['type']
  readonly type: 'TOKEN' | 'REQUEST' | 'COGNITO_USER_POOLS' | 'JWT' | 'AWS_LAMBDA'
  /** The logical id of its API; only HTTP APIs need it. */
  readonly apiId: string | undefined
  /** AppSync has one, which cannot be set: the header Authorization. */
  readonly sources: readonly IdentitySource[]
  /** Unset, 300 on REST APIs and 0 on HTTP APIs (facts A6). 0 on others: Postern itself says how long to AppSync. */
  readonly ttlSeconds: number
  readonly simpleResponses: boolean
  /** HTTP APIs alone have one. */
  readonly payloadVersion: '1.0' | '2.0' | undefined
  /** Properties that are set, and are not of its type of API. */
  readonly ofOtherApis: readonly string[]
  /** By which its function is invoked, as far as the template tells. */
  readonly alias: string | undefined
  problem(code: Problem['code'], message: string, mend: string): Problem
}

export const maxTtlSeconds = 3600

export function isLambdaAuthorizer({ type }: Authorizer): boolean {
  return type === 'TOKEN' || type === 'REQUEST' || type === 'AWS_LAMBDA'
}

/** What every authorizer has, and what those have of the rest that have nothing of it. */
export function commonOf(part: Part, template: Template) {
  const { logicalId, problem } = part
  const none = { apiId: undefined, payloadVersion: undefined, sources: [], ofOtherApis: [], ttlSeconds: 0 }
  return { logicalId, problem, ...none, simpleResponses: false, alias: invokedAlias(part, template) }
}
