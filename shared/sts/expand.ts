import type { Template, TemplateClaim } from '../access/access.ts'
import { type Claims, claimValue } from '../access/claims.ts'
import { safeSegment } from '../access/own-routes.ts'
import { PosternError } from '../error.ts'
import type { Json } from '../json.ts'

/** A claim may put that many characters into a path or a tag, a word of it into 256 (safeSegment). */
export const maxClaimLength = 1024

/**
 * A template with the caller's claims in it. Throws `claim_unsafe` for a claim that is absent, or that holds what
 * could mean something else where it stands (design section 3, Templates): nothing is escaped, quoted or dropped.
 */
export function expand(template: Template, claims: Claims): string {
  let text = ''
  for (const piece of template) text += typeof piece === 'string' ? piece : textOf(piece, claims)
  return text
}

function textOf({ claim, as }: TemplateClaim, claims: Claims): string {
  const text = readers[as](claimValue(claims, claim))
  if (text !== undefined) return text
  throw new PosternError('claim_unsafe', `the claim "${claim.name}" cannot stand ${places[as]}`, {
    claim: claim.name,
  })
}

const places = {
  segment: 'in a session: it is absent, or no single word of letters, digits and _.@=+-',
  path: 'in a session: it is absent, or no path of words between single slashes',
  text: 'in a tag: it is absent, or holds what STS does not take',
} as const

const readers: Readonly<Record<TemplateClaim['as'], (value: Json | undefined) => string | undefined>> = {
  segment: safeSegment,
  path: (value) =>
    bounded(value)
      ?.split('/')
      .every((one) => safeSegment(one) !== undefined)
      ? String(value)
      : undefined,
  text: (value) => {
    const text = bounded(value)
    return text !== undefined && tagCharacters.test(text) ? text : undefined
  },
}

function bounded(value: Json | undefined): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && text.length <= maxClaimLength ? text : undefined
}

/** Facts B1. */
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u
