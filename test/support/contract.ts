import type { Contract, ContractRole, ContractRule } from '../../cli/contract/contract.ts'
import type { Access, App, OwnRouteClaims, Rule } from '../../shared/access/access.ts'
import { positionsIn } from '../../shared/access/roles-of.ts'
import { parseRoute, type RouteNode, routeKey } from '../../shared/gateway/route.ts'

/** The contract of a compiled manifest whose text is not at hand: without owners, and keys in place of routes. */
export function contractFrom(access: Access, app: App): Contract {
  const issuers = issuersOf(access)
  const counted = access.roles.filter((role) => app.of === undefined || app.of.includes(role.app ?? 'api'))
  const roles = counted.map((role): ContractRole => {
    const position = access.roles.indexOf(role)
    const rules = access.rules.flatMap((rule, at) =>
      rule.role === position ? ruleOf(rule, issuers[at]) : [],
    )
    return {
      name: role.name,
      includes: [],
      trust: rules,
      routes: [
        ...role.routes.map((key) => ({ route: key, key })),
        ...(role.own ?? []).map((own) => ({ route: written(own), key: own.key, own: own.claims })),
      ],
      lends: [],
    }
  })
  return {
    contract: 1,
    app: app.name,
    issuers: access.issuers,
    token: app.token,
    encodedPaths: app.encodedPaths,
    context: app.context,
    public: [],
    roles,
    routes: routesOf([app.routes.rest, app.routes.http]),
  }
}

function written({ key, claims }: OwnRouteClaims): string {
  const pieces = key.split('/')
  for (const { at, claim } of claims) pieces[at + 1] = `{claims.${claim.name}}`
  return pieces.join('/')
}

function routesOf(trees: readonly RouteNode[]): Contract['routes'] {
  const texts = new Set(trees.flatMap(textsOf))
  return [...texts].map((route) => ({ route, key: keyOf(route), open: false, roles: [] }))
}

function textsOf({ literals = {}, parameter, methods = {}, greedy = {} }: RouteNode): readonly string[] {
  const below = [...Object.values(literals), ...(parameter ? [parameter] : [])]
  return [...Object.values(methods), ...Object.values(greedy), ...below.flatMap(textsOf)]
}

function keyOf(route: string): string {
  const parsed = parseRoute(route)
  if (typeof parsed === 'string') throw new Error(parsed)
  return routeKey(parsed)
}

function ruleOf({ role: _, ...rule }: Rule, issuer: string | undefined): ContractRule {
  return { who: 'somebody', issuer: issuer as string, ...rule }
}

/** By position of a rule, the issuer under whose index it stands. */
function issuersOf({ index }: Access): readonly (string | undefined)[] {
  const found: (string | undefined)[] = []
  for (const [issuer, { scanned, claims }] of Object.entries(index)) {
    const lists = claims.flatMap(({ equals, prefixes }) => [
      ...Object.values(equals),
      ...Object.values(prefixes),
    ])
    for (const at of [...scanned, ...lists.flatMap(positionsIn)]) found[at] = issuer
  }
  return found
}
