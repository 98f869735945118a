import type { Authorizer } from './model.ts'
import type { Statement } from './policy.ts'
import { isRecord } from './resources.ts'

/** What an authorizer answered, once its form is known to be right. */
export type AuthorizerAnswer =
  | {
      readonly form: 'policy'
      readonly principalId: string | undefined
      readonly statements: readonly Statement[]
      readonly context: Context
    }
  | { readonly form: 'simple'; readonly isAuthorized: boolean; readonly context: Context }

export type Context = Readonly<Record<string, unknown>> | undefined

/** Facts A7: documented beside WebSocket, taken as universal. */
export const maxAnswerBytes = 8192
/** Facts A7: one resource ARN of a returned policy. */
export const maxResourceChars = 512

/** What decides how an answer has to look. */
export type AnswerRules = Pick<Authorizer, 'kind' | 'form'>

/** Checks what an authorizer returned. A text is what is wrong with it, and the gateway's answer is then a 500. */
export function readAuthorizerAnswer(value: unknown, rules: AnswerRules): AuthorizerAnswer | string {
  if (!isRecord(value)) return 'the answer is not an object'
  if (Buffer.byteLength(JSON.stringify(value)) > maxAnswerBytes)
    return `the answer is over ${maxAnswerBytes} bytes`
  const context = value.context
  const wrong = wrongContext(context, rules)
  if (wrong !== undefined) return wrong
  return rules.form === 'simple'
    ? readSimple(value, context as Context)
    : readPolicy(value, context as Context, rules)
}

function readSimple(value: Readonly<Record<string, unknown>>, context: Context): AuthorizerAnswer | string {
  const isAuthorized = value.isAuthorized
  if ('policyDocument' in value) return 'a policy came back where simple responses are enabled'
  if (typeof isAuthorized !== 'boolean') return 'isAuthorized is not true or false'
  return { form: 'simple', isAuthorized, context }
}

function readPolicy(
  value: Readonly<Record<string, unknown>>,
  context: Context,
  rules: AnswerRules,
): AuthorizerAnswer | string {
  const { principalId, policyDocument } = value
  if ('isAuthorized' in value) return 'a simple response came back where a policy is due'
  // HTTP APIs do without one ([U]).
  const isHttp = rules.kind === 'http-1.0' || rules.kind === 'http-2.0'
  if (principalId === undefined ? !isHttp : typeof principalId !== 'string' || principalId === '')
    return 'principalId is not text'
  if (!isRecord(policyDocument)) return 'policyDocument is not an object'
  if (policyDocument.Version !== '2012-10-17') return 'the policy version is not "2012-10-17"'
  const statement = policyDocument.Statement
  const statements = Array.isArray(statement) ? statement : [statement]
  if (statements.length === 0) return 'the policy has no statement'
  for (const each of statements) {
    const wrong = wrongStatement(each)
    if (wrong !== undefined) return wrong
  }
  return { form: 'policy', principalId: principalId as string | undefined, statements, context }
}

const statementKeys = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

function wrongStatement(value: unknown): string | undefined {
  if (!isRecord(value)) return 'a statement is not an object'
  const unknown = Object.keys(value).find((key) => !statementKeys.includes(key))
  if (unknown !== undefined) return `a statement has "${unknown}", which is not of a policy for API Gateway`
  if (value.Effect !== 'Allow' && value.Effect !== 'Deny') return 'an Effect is neither Allow nor Deny'
  if ('Action' in value === 'NotAction' in value) return 'a statement needs one of Action and NotAction'
  if ('Resource' in value === 'NotResource' in value)
    return 'a statement needs one of Resource and NotResource'
  const actions = value.Action ?? value.NotAction
  const resources = value.Resource ?? value.NotResource
  if (!isTexts(actions)) return 'an Action is not text or a list of texts'
  if (!isTexts(resources)) return 'a Resource is not text or a list of texts'
  if ([resources].flat().some((arn) => arn.length > maxResourceChars))
    return `a Resource is over ${maxResourceChars} characters`
  return undefined
}

function isTexts(value: unknown): value is string | string[] {
  if (Array.isArray(value))
    return value.length > 0 && value.every((item) => typeof item === 'string' && item !== '')
  return typeof value === 'string' && value !== ''
}

/** Texts, numbers and booleans; HTTP APIs with payload 2.0 take lists and maps too (facts A4). */
function wrongContext(context: unknown, { kind }: AnswerRules): string | undefined {
  if (context === undefined) return undefined
  if (!isRecord(context)) return 'context is not an object'
  const flat = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  const nested = kind !== 'http-2.0' && Object.keys(context).find((key) => !flat(context[key]))
  return nested ? `context.${nested} is not text, a number or a boolean` : undefined
}

/** The context as backends get it that are handed texts alone (facts A4). Lists and maps in JSON, which is [U]. */
export function textContext(context: Context): Record<string, string> {
  const text = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
  return Object.fromEntries(Object.entries(context ?? {}).map(([name, value]) => [name, text(value)]))
}
