import type { Pattern, Statement, Template, TemplateClaim } from '../../shared/access/access.ts'
import { isWithinPatterns } from '../../shared/manifest/pattern-language.ts'

/**
 * What some statements of session policies allow and others do not, as people read it: an action on a resource, with
 * its conditions. Each pair is looked for in one statement of the others; that several cover it only between them
 * is not seen, so that nothing is missed.
 */
export function beyondStatements(
  statements: readonly Statement[],
  others: readonly Statement[],
): readonly string[] {
  const texts = statements.flatMap((statement) =>
    statement.actions.flatMap((action) =>
      statement.resources
        .filter((resource) => !others.some((other) => covers(other, action, resource, statement)))
        .map((resource) => `${action} on ${templateText(resource)}${conditionsText(statement)}`),
    ),
  )
  return [...new Set(texts)]
}

function covers(other: Statement, action: string, resource: Template, statement: Statement): boolean {
  return (
    other.actions.some((one) =>
      isWithin(starPattern(action.toLowerCase()), starPattern(one.toLowerCase())),
    ) &&
    other.resources.some((one) => isResourceWithin(resource, one)) &&
    isAsStrict(statement, other)
  )
}

/** Whatever meets the one's conditions meets the other's. */
function isAsStrict({ conditions: mine = {} }: Statement, { conditions: theirs = {} }: Statement): boolean {
  return Object.entries(theirs).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const own = mine[operator]?.[key]?.map(templateText)
      if (own === undefined) return false
      const asked = values.map(templateText)
      // Of values, one suffices; of a negated operator's, none may hold.
      const [fewer, more] = operator.includes('Not') ? [asked, own] : [own, asked]
      return fewer.every((value) => more.includes(value))
    }),
  )
}

/** The five parts before an ARN's resource are compared one by one: what a star there reaches over is not relied on. */
function isResourceWithin(inner: Template, outer: Template): boolean {
  const [mine, theirs] = [tokens(inner), tokens(outer)]
  if (theirs === '*' || mine === theirs) return true
  const [some, others] = [arnParts(mine), arnParts(theirs)]
  if (some.length < 6 || others.length < 6) return false
  return some.every((part, at) => isWithin(starPattern(part), starPattern(others[at] as string)))
}

function isWithin(inner: Pattern, outer: Pattern): boolean {
  return isWithinPatterns(inner, [outer])
}

/** `*` is any text. `?` is taken as it stands: within a `*`, and within a `?` in its place. */
function starPattern(text: string): Pattern {
  return text.split('*').flatMap((piece, at): Pattern => (at === 0 ? [piece] : [2, piece]))
}

/** The sixth is the resource, colons and all. */
function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':')
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')]
}

/**
 * A template as one text, in which each claim and each of IAM's variables is a word of its own, stars, question marks
 * and colons in it apart: of what it stands for nothing is known.
 */
function tokens(template: Template): string {
  return template.map((piece) => (typeof piece === 'string' ? piece.replace(iamVariable, word) : word(claimText(piece)))).join('') // biome-ignore format: a chain
}

const iamVariable = /\$\{[^}]*\}/g

/** Each of its hexadecimal digits as a character that no ARN has. */
function word(text: string): string {
  const digits = Array.from(Buffer.from(text).toString('hex'), (digit) =>
    String.fromCharCode(0xe100 + Number.parseInt(digit, 16)),
  )
  return `\ue000${digits.join('')}\ue001`
}

export function templateText(template: Template): string {
  return template.map((piece) => (typeof piece === 'string' ? piece : claimText(piece))).join('')
}

function claimText({ claim, as }: TemplateClaim): string {
  const name = /^(?:[A-Za-z0-9_-]+|\/.*)$/.test(claim.name)
    ? `claims.${claim.name}`
    : `claims['${claim.name}']`
  return as === 'segment' ? `{${name}}` : `{${as}(${name})}`
}

function conditionsText({ conditions = {} }: Statement): string {
  const texts = Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(
      ([key, values]) => `${operator} ${key} ${values.map((value) => JSON.stringify(templateText(value))).join(', ')}`, // biome-ignore format: one text
    ),
  )
  return texts.length === 0 ? '' : ` where ${texts.join(' and ')}`
}
