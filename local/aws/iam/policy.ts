import { splitArn } from './arn.ts'
import type { Condition } from './condition.ts'
import { MalformedPolicy } from './malformed.ts'
import { type Principals, readPrincipals } from './principals.ts'
import { readConditions, readStrings } from './read.ts'
import { hasWholeVariables, type PolicyString } from './variables.ts'

/** IAM policy JSON, parsed. */
export type PolicyText = Readonly<Record<string, unknown>>

export type Listed = { readonly not: boolean; readonly items: readonly PolicyString[] }

export type Statement = {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: Listed
  /** A trust policy has none: its resource is the role. */
  readonly resources: Listed | undefined
  /** Of a trust policy alone. */
  readonly principals: Principals | undefined
  readonly conditions: readonly Condition[]
}

export type Policy = readonly Statement[]

export type PolicyKind = 'identity' | 'trust'

/** Reads a policy as strictly as IAM takes one, and throws `MalformedPolicy`, with IAM's words where it has some. */
export function readPolicy(kind: PolicyKind, text: unknown): Policy {
  const policy = asObject(text)
  known(policy, ['Version', 'Id', 'Statement'])
  const version = policy.Version ?? '2008-10-17'
  if (version !== '2012-10-17' && version !== '2008-10-17')
    throw new MalformedPolicy('Syntax errors in policy.')
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement]
  if (statements.length === 0) throw new MalformedPolicy('Syntax errors in policy.')
  const sids = statements.map((statement) => asObject(statement).Sid).filter((sid) => sid !== undefined)
  if (new Set(sids).size < sids.length)
    throw new MalformedPolicy('Statement IDs (SID) in a single policy must be unique.')
  return statements.map((statement) => readStatement(kind, asObject(statement), version === '2012-10-17'))
}

function readStatement(kind: PolicyKind, statement: PolicyText, variables: boolean): Statement {
  const fields = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']
  known(statement, [...fields, 'Principal', 'NotPrincipal'])
  const { Sid: sid = '', Effect: effect } = statement
  if (effect !== 'Allow' && effect !== 'Deny') throw new MalformedPolicy('Syntax errors in policy.')
  if (typeof sid !== 'string' || !/^[A-Za-z0-9]*$/.test(sid))
    throw new MalformedPolicy('Statement IDs (SID) should be alpha-numeric.')
  const strings = (name: string) => readStrings(statement[name]).map((text) => ({ text, variables }))
  const actions = listed(statement, 'Action', 'actions', strings)
  for (const { text } of actions.items)
    if (!/^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/.test(text))
      throw new MalformedPolicy('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
  return {
    effect,
    actions,
    resources: kind === 'identity' ? readResources(statement, strings) : withoutResource(statement),
    principals: kind === 'trust' ? readPrincipals(statement) : withoutPrincipal(statement),
    conditions: readConditions(statement.Condition, variables),
  }
}

function readResources(statement: PolicyText, strings: (name: string) => readonly PolicyString[]): Listed {
  const resources = listed(statement, 'Resource', 'resources', strings)
  for (const item of resources.items) {
    if (item.text !== '*' && splitArn(item.text) === undefined)
      throw new MalformedPolicy(`Resource ${item.text} must be in ARN format or "*".`)
    if (!hasWholeVariables(item)) throw new MalformedPolicy('Syntax errors in policy.')
  }
  return resources
}

function listed(
  statement: PolicyText,
  name: string,
  what: string,
  strings: (name: string) => readonly PolicyString[],
): Listed {
  const [yes, no] = [statement[name] !== undefined, statement[`Not${name}`] !== undefined]
  if (yes && no) throw new MalformedPolicy('Syntax errors in policy.')
  const items = yes ? strings(name) : no ? strings(`Not${name}`) : []
  if (items.length === 0) throw new MalformedPolicy(`Policy statement must contain ${what}.`)
  return { not: no, items }
}

function withoutResource(statement: PolicyText): undefined {
  if (statement.Resource !== undefined || statement.NotResource !== undefined)
    throw new MalformedPolicy('Has prohibited field Resource')
}

function withoutPrincipal(statement: PolicyText): undefined {
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined)
    throw new MalformedPolicy('Policy document should not specify a principal.')
}

function asObject(value: unknown): PolicyText {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedPolicy('Syntax errors in policy.')
  return value as PolicyText
}

function known(object: PolicyText, names: readonly string[]): void {
  if (Object.keys(object).some((name) => !names.includes(name)))
    throw new MalformedPolicy('Syntax errors in policy.')
}
