import type { Condition, Matcher } from '../access/access.ts'
import { compileConditions } from './compile-matcher.ts'
import type { LoadedPart } from './part.ts'
import type { Report } from './rules.ts'
import type { RuleText } from './schema.ts'

/**
 * Warns of a trust rule that has claims, so that it looks narrow, and whose claims tell no callers apart: whoever
 * gets a token of the issuer has the role. `not` is left out, since a list of the unwanted is no list of the wanted.
 */
export function trustWarnings({ manifest }: LoadedPart, report: Report): void {
  for (const [name, role] of Object.entries(manifest.roles ?? {}))
    for (const [at, rule] of (role.trust ?? []).entries()) {
      if (rule.claims === undefined || !trustsAnybody(rule)) continue
      report(
        'trust_anybody',
        ['roles', name, 'trust', at, 'claims'],
        `these claims tell nobody apart: anyone with a token of "${rule.issuer}" gets the role "${name}"`,
        'name a claim that tells callers apart, as sub or a group does; if anybody is meant, write "anySubject: true" instead',
        'key',
      )
    }
}

/** Whether whoever has a token of the issuer meets the claims of a rule. */
export function trustsAnybody({ claims }: RuleText): boolean {
  return compileConditions(claims).every(isMetByAnybody)
}

function isMetByAnybody({ claim, matcher }: Condition): boolean {
  return (claim.path.length === 1 && sameForAll.has(claim.path[0] as string)) || takesAnything(matcher)
}

/** What verifying holds every token of an issuer to (RFC 7519 section 4.1). These say nothing about who calls. */
const sameForAll: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'iat', 'nbf'])

/** Whether a matcher says no more than that the claim is there. */
export function takesAnything(matcher: Matcher): boolean {
  if ('any' in matcher) return matcher.any.some(takesAnything)
  if ('all' in matcher) return matcher.all.every(takesAnything)
  if ('pattern' in matcher) return matcher.pattern.every((piece) => typeof piece === 'number')
  return 'present' in matcher
}
