import { parseClaimName } from './claim-name.ts'
import { isIamVariable } from './iam-variable.ts'

/** `{claims.x}`, `{path(claims.x)}` (may hold "/") or `{text(claims.x)}` (tags alone). */
export type TemplateKind = 'claims' | 'path' | 'text'

// {claims.name} · {claims['any:name']} · {claims./json/pointer}
const reference = String.raw`claims(?:\.[A-Za-z0-9_-]+|\['[^'{}]+'\]|\.\/[^{}()]*)`
const template = new RegExp(String.raw`^\{(?:(${reference})|(path|text)\((${reference})\))\}$`)

/** The text of a template at the start of `text`, closed or not; `undefined` where a plain `{parameter}` stands. */
export function templateAt(text: string): string | undefined {
  return /^\{(?:claims(?:[.[]|\})|(?:path|text)\()[^}]*\}?/.exec(text)?.[0]
}

/** The name of the claim in a template that is not wrong. */
export function claimOf(text: string): string {
  const found = template.exec(text)
  return (found?.[1] ?? found?.[3] ?? '').replace(/^claims(?:\.|\[')/, '').replace(/'\]$/, '')
}

/** A text in pieces: what is literal, IAM's own variables too, and the claims between it. For texts that are not wrong. */
export function piecesOf(
  text: string,
): readonly (string | { readonly name: string; readonly kind: TemplateKind })[] {
  return text
    .split(/((?<!\$)\{[^}]*\})/)
    .flatMap<string | { name: string; kind: TemplateKind }>((piece, at) => {
      if (at % 2 === 0) return piece === '' ? [] : [piece]
      return [{ name: claimOf(piece), kind: (template.exec(piece)?.[2] ?? 'claims') as TemplateKind }]
    })
}

/** What is wrong with one template, or `undefined`. */
export function wrongTemplate(text: string, kinds: readonly TemplateKind[]): string | undefined {
  const found = template.exec(text)
  if (found === null)
    return `"${text}" is not a template: write {claims.name}, {claims['any:name']} or {claims./json/pointer}`
  const kind = (found[2] ?? 'claims') as TemplateKind
  if (!kinds.includes(kind)) return `"${text}": ${kind}() cannot stand here`
  return parseClaimName(claimOf(text)) === undefined ? `"${text}" does not name a claim` : undefined
}

/**
 * What is wrong with the templates in a text, or `undefined`. Each is bounded by "/", ":" or an end of the text, so
 * that a claim's value cannot run into what stands beside it.
 */
export function wrongTemplates(text: string, kinds: readonly TemplateKind[]): string | undefined {
  for (const found of text.matchAll(/\$?\{[^}]*\}?|\}/g)) {
    if (isIamVariable(found[0])) continue
    if (found[0].startsWith('$')) return `"${found[0]}" is not a variable of IAM's`
    const wrong = wrongTemplate(found[0], kinds)
    if (wrong !== undefined) return wrong
    const before = text[found.index - 1] ?? '/'
    const after = text[found.index + found[0].length] ?? '/'
    if (![before, after].every((character) => character === '/' || character === ':'))
      return `"${found[0]}" stands beside "${'/:'.includes(before) ? after : before}"; only "/", ":" or an end may`
  }
  return undefined
}
