import type { Condition, Matcher } from '../access/access.ts'
import { compileConditions } from './compile-matcher.ts'
import type { LoadedPart } from './part.ts'
import type { Report } from './rules.ts'
import type { Path } from './source.ts'
import { takesAnything } from './trust-warnings.ts'

/** Warns of conditions that look as if they named one caller and may let in another. */
export function claimWarnings({ manifest }: LoadedPart, report: Report): void {
  for (const [role, { trust = [] }] of Object.entries(manifest.roles ?? {}))
    for (const [at, rule] of trust.entries()) {
      const conditions = compileConditions(rule.claims)
      const required = compileConditions(manifest.issuers[rule.issuer]?.require)
      const path = ['roles', role, 'trust', at, 'claims']
      const named = new Set([...conditions, ...required].map(({ claim }) => claim.name))
      for (const condition of conditions) {
        mutable(condition, named, path, report)
        starBesideName(condition, path, report)
      }
    }
}

/** Names that their owners may give up and others take, each with the ids that stay (facts G). */
const lasting: Readonly<Record<string, readonly string[]>> = {
  repository: ['repository_id'],
  repository_owner: ['repository_owner_id', 'repository_id'],
  actor: ['actor_id'],
  project_path: ['project_id'],
  namespace_path: ['namespace_id', 'project_id'],
  user_login: ['user_id'],
  user_email: ['user_id'],
  organization_slug: ['organization_id'],
  pipeline_slug: ['pipeline_id'],
  email: ['sub'],
  preferred_username: ['sub'],
}

function mutable(
  { claim, matcher }: Condition,
  named: ReadonlySet<string>,
  path: Path,
  report: Report,
): void {
  if (takesAnything(matcher)) return
  const { name } = claim
  const isOldSubject = name === 'sub' && textsOf(matcher).some((text) => repositoryByName.test(text))
  const ids = isOldSubject ? ['repository_id'] : Object.hasOwn(lasting, name) ? (lasting[name] ?? []) : []
  if (ids.length === 0 || ids.some((id) => named.has(id))) return
  const message = isOldSubject
    ? 'this subject names a repository, and whoever has that name later is the same caller here'
    : `"${name}" is a name that can change hands: whoever has it later is the same caller here`
  report('claim_mutable', [...path, name], message, `match "${ids[0]}" beside it, or instead`, 'key')
}

/** GitHub's subjects with names alone: since July 2026 they hold ids too, `repo:org@123/app@456:…` (facts G). */
const repositoryByName = /^repo:[^@:]*:/

/** `org/app*` is `org/app-of-somebody-else` as well. */
function starBesideName({ claim, matcher }: Condition, path: Path, report: Report): void {
  if (!patternsOf(matcher).some(runsOn)) return
  report(
    'star_beside_name',
    [...path, claim.name],
    'a * beside a name goes on with it: "org/app*" is "org/app-of-somebody-else" too',
    'end the name before the star, as in "org/app/*" or "release-*", or list the whole names',
    'key',
  )
}

type Pattern = Extract<Matcher, { readonly pattern: unknown }>['pattern']

/** A letter alone, as in `refs/tags/v*`, is no name. */
function runsOn(pattern: Pattern): boolean {
  return pattern.some((piece, at) => {
    if (typeof piece === 'string') return false
    const [before, after] = [pattern[at - 1], pattern[at + 1]]
    const ends = typeof before === 'string' && /[A-Za-z0-9]{2}$/.test(before)
    return ends || (typeof after === 'string' && /^[A-Za-z0-9]{2}/.test(after))
  })
}

function patternsOf(matcher: Matcher): readonly Pattern[] {
  if ('pattern' in matcher) return [matcher.pattern]
  if ('any' in matcher) return matcher.any.flatMap(patternsOf)
  return 'all' in matcher ? matcher.all.flatMap(patternsOf) : []
}

/** What a matcher asks for, a pattern by what it begins with. */
function textsOf(matcher: Matcher): readonly string[] {
  if ('equals' in matcher) return typeof matcher.equals === 'string' ? [matcher.equals] : []
  if ('pattern' in matcher) return typeof matcher.pattern[0] === 'string' ? [matcher.pattern[0]] : []
  if ('any' in matcher) return matcher.any.flatMap(textsOf)
  return 'all' in matcher ? matcher.all.flatMap(textsOf) : []
}
