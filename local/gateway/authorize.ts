import { type AuthorizerAnswer, readAuthorizerAnswer } from './answer.ts'
import type { AnswerCache } from './cache.ts'
import { type Authorizer, type Invoke, timedOut } from './model.ts'
import type { MayInvoke } from './permissions.ts'
import { evaluatePolicy } from './policy.ts'
import { type Call, identityValue, methodArn } from './request.ts'

/** What asking an authorizer came to. Each API type has its own status and words for these. */
export type Authorization =
  | { readonly outcome: 'allowed'; readonly answer: AuthorizerAnswer; readonly latencyMs: number }
  | { readonly outcome: 'denied'; readonly answer: AuthorizerAnswer; readonly explicit: boolean }
  | { readonly outcome: 'identity_missing' }
  | { readonly outcome: 'unauthorized' }
  | { readonly outcome: 'timed_out' }
  | { readonly outcome: 'failed'; readonly why: string }

export type AuthorizeParts = {
  readonly invoke: Invoke
  readonly cache: AnswerCache
  readonly mayInvoke: MayInvoke
  readonly nowMs: () => number
}

/** Identity sources, cache, function, form of the answer, verdict: in the order in which API Gateway does them. */
export async function authorize(
  authorizer: Authorizer,
  call: Call,
  event: (identity: readonly string[]) => object,
  parts: AuthorizeParts,
): Promise<Authorization> {
  const identity = authorizer.sources.map((source) => identityValue(source, call))
  // REST REQUEST without a cache is asked even so (facts A5, A6).
  const required = authorizer.kind !== 'request' || authorizer.cacheSeconds > 0
  if (required && identity.some((value) => value === '')) return { outcome: 'identity_missing' }
  if (authorizer.validation?.test(identity[0] ?? '') === false) return { outcome: 'identity_missing' }

  const { apiId, stage } = call.request
  const key = { apiId, stage, authorizerId: authorizer.id, values: identity }
  const cached = parts.cache.get(key, parts.nowMs())
  if (cached !== undefined) return verdict(cached, call, 0)

  const startedMs = parts.nowMs()
  const answer = await ask(authorizer, call, event(identity), parts)
  if ('outcome' in answer) return answer
  // Errors and malformed answers never get here: only answers, denies among them, are kept (facts A6).
  if (authorizer.cacheSeconds > 0)
    parts.cache.put(key, answer, parts.nowMs() + authorizer.cacheSeconds * 1000)
  return verdict(answer, call, parts.nowMs() - startedMs)
}

async function ask(
  authorizer: Authorizer,
  call: Call,
  event: object,
  parts: AuthorizeParts,
): Promise<AuthorizerAnswer | Authorization> {
  const authorizerArn = `arn:aws:execute-api:${call.region}:${call.accountId}:${call.request.apiId}/authorizers/${authorizer.id}`
  if (!parts.mayInvoke(authorizer, authorizerArn))
    return { outcome: 'failed', why: `no permission lets this authorizer invoke ${authorizer.functionId}` }
  const { functionId, timeoutMs, alias } = authorizer
  const result = await parts.invoke(functionId, event, timeoutMs, alias)
  if (!result.ok) {
    if (result.errorType === timedOut) return { outcome: 'timed_out' }
    // This text to the letter, and no other (facts A5).
    if (result.errorMessage === 'Unauthorized') return { outcome: 'unauthorized' }
    return { outcome: 'failed', why: result.errorType }
  }
  const answer = readAuthorizerAnswer(result.value, authorizer)
  return typeof answer === 'string' ? { outcome: 'failed', why: answer } : answer
}

function verdict(answer: AuthorizerAnswer, call: Call, latencyMs: number): Authorization {
  if (answer.form === 'simple')
    return answer.isAuthorized
      ? { outcome: 'allowed', answer, latencyMs }
      : { outcome: 'denied', answer, explicit: false }
  const policy = evaluatePolicy(answer.statements, methodArn(call))
  if (policy === 'allow') return { outcome: 'allowed', answer, latencyMs }
  return { outcome: 'denied', answer, explicit: policy === 'explicit_deny' }
}
