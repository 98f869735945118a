import { render } from '../../functions/authorizer/render.ts'
import type { Access } from '../../shared/access/access.ts'
import type { Claims } from '../../shared/access/claims.ts'
import { type Decision, decide, type Request } from '../../shared/access/decide.ts'
import { parseMethodArn } from '../../shared/gateway/arn.ts'
import type { PolicyDocument } from '../../shared/gateway/policy.ts'
import { appIn } from './access.ts'

export const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/prod'

export const arnOf = ({ method, path }: Request): string => `${prefix}/${method}${path}`

/** What a request was decided to, and the document that the authorizer gives API Gateway for it. */
export type Asked = {
  readonly request: Request
  readonly decision: Decision
  readonly document: PolicyDocument
}

/** Asks as the issuer `idp`. Throws for an answer that is too large, as the authorizer does. */
export function ask(access: Access, claims: Claims, request: Request, nowSeconds = 0, issuer = 'idp'): Asked {
  const decision = decide(access, { issuer, claims }, request, nowSeconds)
  const arn = parseMethodArn(arnOf(request))
  if (!arn) throw new Error(`not an ARN: ${arnOf(request)}`)
  const call = {
    api: request.api as 'rest' | 'http',
    app: appIn(access),
    simple: false,
    arn,
    values: [],
    requestId: undefined,
    sourceIp: undefined,
    routed: undefined,
  }
  const roleNames = decision.roles.map(({ name }) => name).join()
  const answer = render(call, decision, { issuer, claims, roleNames, decisionId: 'd', secondsLeft: 3600 })
  if (!('policyDocument' in answer)) throw new Error('not a policy')
  return { request, decision, document: answer.policyDocument }
}

export function patternsOf(document: PolicyDocument, effect: 'Allow' | 'Deny'): readonly string[] {
  return document.Statement.filter(({ Effect }) => Effect === effect).flatMap(({ Resource }) =>
    Resource.map((resource) => resource.slice(prefix.length + 1)),
  )
}
