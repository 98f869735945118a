import type {
  Access,
  App,
  ClaimName,
  Condition,
  Issuer,
  Role,
  RoleCredentials,
  Statement,
} from '../../shared/access/access.ts'
import { compileClaimName } from '../../shared/manifest/compile-matcher.ts'
import { type ManifestRoute, manifestRoute, manifestRoutes } from '../../shared/manifest/manifest-routes.ts'
import { type LoadedPart, roleName } from '../../shared/manifest/part.ts'
import type { FileRoute } from '../../shared/manifest/referenced-files.ts'
import type { AppText, RoleText } from '../../shared/manifest/schema.ts'
import { ruleText, whoText } from '../diff/change.ts'
import { templateText } from '../diff/statements.ts'
import type { Compiled } from '../manifest-file.ts'
import { ruleIssuers } from '../rule-issuers.ts'
import { type ServedRoute, servedRoutes } from './served-routes.ts'

/**
 * Who may do what in one app: what auditors read, and what a service that has no API Gateway in front of it decides by.
 * Conditions are compiled, as shared/access/match.ts takes them. The same manifest gives the same contract.
 */
export type Contract = {
  /** The version of this format. */
  readonly contract: 1
  /** `api` for the root's own. */
  readonly app: string
  /** What the root lets this app hand out at most; absent where the app is the root's own. */
  readonly allow?: AppText['allow']
  /** All of the manifest: a token of any of them is verified, whatever its roles are. */
  readonly issuers: readonly Issuer[]
  readonly token: App['token']
  readonly encodedPaths: App['encodedPaths']
  /** Claims that are handed on to the service as the caller's context. */
  readonly context: App['context']
  readonly public: readonly ContractRoute[]
  readonly roles: readonly ContractRole[]
  /** Every route that the routes file or the manifest names, and who may call it. */
  readonly routes: readonly ServedRoute[]
}

/** `own`: the segments, counted from 0, that must equal claims of the caller. */
export type ContractRoute = {
  readonly route: string
  readonly key: string
  readonly own?: readonly { readonly at: number; readonly claim: ClaimName }[]
}

export type ContractRole = {
  readonly name: string
  readonly description?: string
  readonly owner?: string
  readonly includes: readonly string[]
  readonly trust: readonly ContractRule[]
  /** Those of the roles that it includes are among them. */
  readonly routes: readonly ContractRoute[]
  readonly lends: readonly ContractLoan[]
}

export type ContractRule = {
  /** The rule in words. */
  readonly who: string
  readonly issuer: string
  readonly claims: readonly Condition[]
  readonly not: readonly Condition[]
  /** Epoch seconds from which the rule no longer holds. */
  readonly expiresAt?: number
}

/** An AWS role that the role's callers may borrow; claims of the caller stand in braces. */
export type ContractLoan = {
  /** The role that lends it: this one, or one that it includes. */
  readonly role: string
  readonly awsRole: string
  readonly via: RoleCredentials['via']
  readonly durationSeconds: number
  readonly maxDurationSeconds: number
  readonly endsWithToken: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly policyArns: readonly string[]
  /** By name, what a session may be narrowed to; `null` lends the AWS role unnarrowed. */
  readonly scopes: Readonly<Record<string, readonly ContractStatement[]>> | null
}

export type ContractStatement = {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** The contract of one app; `compiled` may hold others. */
export function contractOf({ loaded, access }: Compiled, app: App): Contract {
  const part = loaded.parts.find(({ name }) => name === app.name) as LoadedPart
  const roles = rolesOf(loaded.parts, part, access)
  const open = (part.manifest.api?.public ?? []).map(manifestRoute).map(contractRoute)
  return {
    contract: 1,
    app: app.name,
    ...(part.allow && { allow: part.allow }),
    issuers: access.issuers,
    token: app.token,
    encodedPaths: app.encodedPaths,
    context: app.context,
    public: open,
    roles,
    routes: servedRoutes([...routesOfFile(part), ...manifestRoutes(part)], open, roles),
  }
}

function routesOfFile({ routesFile }: LoadedPart): readonly FileRoute[] {
  return routesFile === undefined ? [] : [...routesFile.rest, ...routesFile.http, ...routesFile.appsync]
}

function rolesOf(parts: readonly LoadedPart[], part: LoadedPart, access: Access): readonly ContractRole[] {
  const names = Object.keys(part.manifest.roles ?? {}).map((name) => roleName(part, name))
  const issuers = ruleIssuers(parts)
  return Object.entries(part.manifest.roles ?? {}).map(([name, text], at) => {
    const position = access.roles.findIndex((role) => role.name === names[at])
    const role = access.roles[position] as Role
    return {
      name: role.name,
      ...(text.description !== undefined && { description: text.description }),
      ...(text.owner !== undefined && { owner: text.owner }),
      includes: (text.includes ?? []).map((one) => roleName(part, one)),
      trust: access.rules.flatMap((rule, of): readonly ContractRule[] => {
        if (rule.role !== position) return []
        const { role: _, ...trust } = { ...rule, issuer: issuers[of] as string }
        const named = access.index[trust.issuer]?.scoped ? ', whose token names the role in its scope' : ''
        return [{ who: `${whoText(ruleText(trust))}${named}`, ...trust }]
      }),
      routes: routesOf(name, part.manifest.roles ?? {}),
      lends: loansOf(access, role),
    }
  })
}

/** As they are written, its own first; a route that two roles write is there once. */
function routesOf(name: string, roles: Readonly<Record<string, RoleText>>): readonly ContractRoute[] {
  const routes = new Map<string, ContractRoute>()
  const seen = new Set<string>()
  const add = (one: string) => {
    if (seen.has(one)) return
    seen.add(one)
    for (const text of roles[one]?.routes ?? [])
      if (!routes.has(text)) routes.set(text, contractRoute(manifestRoute(text)))
    for (const included of roles[one]?.includes ?? []) add(included)
  }
  add(name)
  return [...routes.values()]
}

function contractRoute({ text, key, claims }: ManifestRoute): ContractRoute {
  if (claims.length === 0) return { route: text, key }
  return { route: text, key, own: claims.map(({ at, name }) => ({ at, claim: compileClaimName(name) })) }
}

function loansOf({ roles }: Access, { lends = [] }: Role): readonly ContractLoan[] {
  return lends.map((at) => {
    const { name, credentials } = roles[at] as Role & { credentials: RoleCredentials }
    const { roleArn, via, durationSeconds, maxDurationSeconds, endsWithToken, policyArns } = credentials
    const tags = Object.fromEntries(credentials.tags.map(({ key, value }) => [key, templateText(value)]))
    const terms = { via, durationSeconds, maxDurationSeconds, endsWithToken, tags, policyArns }
    const scopes = credentials.scopes && mapValues(credentials.scopes, (list) => list.map(statementOf))
    return { role: name, awsRole: roleArn, ...terms, scopes }
  })
}

function statementOf({ actions, resources, conditions }: Statement): ContractStatement {
  const texts = { actions, resources: resources.map(templateText) }
  if (conditions === undefined) return texts
  return {
    ...texts,
    conditions: mapValues(conditions, (keys) => mapValues(keys, (values) => values.map(templateText))),
  }
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
