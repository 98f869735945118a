import type { Access, Matcher, Rule } from '../../shared/access/access.ts'
import { decide, type Principal } from '../../shared/access/decide.ts'

// Compiled by `npm run typecheck` and never run: each line below the comment must not compile, or tsc reports it.

declare const access: Access
declare const principal: Principal
declare const rule: Rule

// @ts-expect-error A compiled value is frozen.
access.rules[0] = rule
// @ts-expect-error So is what it holds.
access.apps[0].encodedPaths = 'allow'
// @ts-expect-error A rule cannot be widened once it is compiled.
rule.claims.length = 0
// @ts-expect-error Nobody resolves routes of such an API.
decide(access, principal, { api: 'soap', method: 'GET', path: '/' }, 0)
// @ts-expect-error `present: false` would mean something else.
export const absent: Matcher = { present: false }
// @ts-expect-error A regular expression is no matcher.
export const expression: Matcher = { pattern: /a/ }
