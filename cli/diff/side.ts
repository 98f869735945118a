import type { Access, IssuerName, Role, RuleIndex } from '../../shared/access/access.ts'
import { compileClaimName } from '../../shared/manifest/compile-matcher.ts'
import type { LoadedManifest } from '../../shared/manifest/load.ts'
import { manifestRoutes } from '../../shared/manifest/manifest-routes.ts'
import { type LoadedPart, roleName, rootName } from '../../shared/manifest/part.ts'
import type { Compiled } from '../manifest-file.ts'
import { ruleIssuers } from '../rule-issuers.ts'
import type { Trust } from './change.ts'
import { type Listed, type Listings, ownId } from './listed.ts'
import { type Loan, loansOf } from './loan.ts'

/** A rule of a manifest with what its callers may call. */
export type SideRule = Trust & {
  readonly role: string
  readonly app: string
  readonly listed: Listed
  /** What its callers may borrow. */
  readonly loans: readonly Loan[]
  /** Equal for rules that trust the same callers, however their conditions are ordered; expiry apart. */
  readonly key: string
}

/** One of the two manifests, laid out for the comparison. */
export type Side = {
  readonly loaded: LoadedManifest
  readonly access: Access
  /** In the order of the compiled rules. */
  readonly rules: readonly SideRule[]
  readonly byKey: ReadonlyMap<string, readonly SideRule[]>
  /** By the names that issuers have in the new manifest. */
  readonly index: ReadonlyMap<IssuerName, RuleIndex>
  /** By app: the routes that need no role. */
  readonly open: ReadonlyMap<string, Listed>
  /** By app: how the manifest writes a route, by its key or the id of an own route. */
  readonly texts: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** `issuerNames` says which issuers of this manifest have another name in the new one. */
export function sideOf(
  { loaded, access }: Compiled,
  listings: Listings,
  issuerNames: ReadonlyMap<IssuerName, IssuerName> = new Map(),
): Side {
  const newName = (issuer: IssuerName) => issuerNames.get(issuer) ?? issuer
  const rules = rulesOf(loaded, access, listings, newName)
  return {
    loaded,
    access,
    rules,
    byKey: grouped(rules),
    index: new Map(Object.entries(access.index).map(([issuer, index]) => [newName(issuer), index])),
    open: new Map(loaded.parts.map((part) => [part.name, openOf(part, listings)])),
    texts: new Map(loaded.parts.map((part) => [part.name, textsOf(part)])),
  }
}

function grouped(rules: readonly SideRule[]): ReadonlyMap<string, readonly SideRule[]> {
  const groups = new Map<string, SideRule[]>()
  for (const rule of rules) {
    const group = groups.get(rule.key)
    if (group === undefined) groups.set(rule.key, [rule])
    else group.push(rule)
  }
  return groups
}

/** Which app a role is of. */
export function appNameOf({ app }: Pick<Role, 'app'>): string {
  return app ?? rootName
}

function rulesOf(
  { parts }: LoadedManifest,
  access: Access,
  listings: Listings,
  newName: (issuer: IssuerName) => IssuerName,
): readonly SideRule[] {
  const listed = access.roles.map((role) => listings.ofRoutes(role))
  const loans = access.roles.map((role) => loansOf(access, role))
  const issuers = ruleIssuers(parts)
  return access.rules.map((rule, at) => {
    const role = access.roles[rule.role] as Role
    const trust = { ...rule, issuer: newName(issuers[at] as IssuerName) }
    return {
      ...trust,
      role: role.name,
      app: appNameOf(role),
      listed: listed[rule.role] as Listed,
      loans: loans[rule.role] as readonly Loan[],
      key: trustKey(trust),
    }
  })
}

export function trustKey({ issuer, claims, not }: Trust): string {
  const texts = (conditions: Trust['claims']) => conditions.map((one) => JSON.stringify(one)).sort()
  return JSON.stringify([issuer, texts(claims), texts(not)])
}

function openOf({ manifest }: LoadedPart, listings: Listings): Listed {
  const open = { manifest: { issuers: {}, api: manifest.api, roles: undefined } }
  return listings.ofRoutes({ routes: manifestRoutes(open).map(({ key }) => key) })
}

function textsOf(part: LoadedPart): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const { text, key, claims } of manifestRoutes(part)) {
    const own = claims.map(({ at, name }) => ({ at, claim: compileClaimName(name) }))
    const item = own.length === 0 ? key : ownId({ key, claims: own })
    if (!texts.has(item)) texts.set(item, text)
  }
  return texts
}

/** A role of the manifest by its compiled name. */
export function rolesOfPart(part: LoadedPart) {
  return Object.entries(part.manifest.roles ?? {}).map(([name, text]) => ({
    name: roleName(part, name),
    text,
  }))
}
