import type { Part, Template } from './template.ts'
import type { Value } from './value.ts'

/**
 * The alias by which an authorizer's function is invoked, by its AuthorizerUri; `undefined` where there is none, or
 * where only the deployment knows it, as with a stage variable.
 */
export function invokedAlias(authorizer: Part, template: Template): string | undefined {
  const uri = authorizer
    .pieces('AuthorizerUri')
    .map((piece) => textOf(piece, template))
    .join('')
  // AppSync has the function's ARN alone.
  const arn = /\/functions\/(.*)\/invocations$/.exec(uri)?.[1] ?? uri
  return aliasOf.exec(arn)?.[1]
}

/** Stands for what is not known; no ARN has it. */
const unknown = '?'
const functionArn = `arn:${unknown}:lambda:${unknown}:${unknown}:function:${unknown}`

/** An imported function may have a qualifier behind it too. Digits are a version (Lambda, qualified ARNs). */
const aliasOf = /^(?:\?|arn:[^:]*:lambda:[^:]*:[^:]*:function:[^:]*):(?!\d+$)([\w-]+)$/

function textOf(piece: Value, template: Template): string {
  if (piece.kind === 'plain') return typeof piece.value === 'string' ? piece.value : unknown
  const named = piece.kind === 'reference' ? template.part(piece.logicalId) : undefined
  if (piece.kind !== 'reference' || named === undefined) return unknown
  if (named.type === 'AWS::Lambda::Function') return piece.attribute === 'Arn' ? functionArn : unknown
  if (named.type !== 'AWS::Lambda::Alias') return unknown
  const name = named.value('Name')
  // A name that refers to its own alias has no end.
  return `${functionArn}:${name.kind === 'plain' ? textOf(name, template) : unknown}`
}
