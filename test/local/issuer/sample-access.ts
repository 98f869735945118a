import type {
  Access,
  App,
  Condition,
  Issuer,
  Matcher,
  Rule,
  RuleIndex,
} from '../../../shared/access/access.ts'

const defaults = {
  tokenUse: 'access',
  typ: ['', 'jwt', 'at+jwt'],
  require: [],
  clockSkewSeconds: 5,
  maxKeyAgeSeconds: 3600,
  maxKeyStaleSeconds: 86400,
} as const

export function cognito(name: string, more: Partial<Issuer> = {}): Issuer {
  const iss = `https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_${name}`
  const keys = { jwksUri: `${iss}/.well-known/jwks.json` }
  const audience = ['3n4b5c6d7e', 'second-client']
  return { ...defaults, name, type: 'cognito', iss, keys, audience, algorithms: ['RS256'], ...more }
}

export function oidc(name: string, more: Partial<Issuer> = {}): Issuer {
  const iss = more.iss ?? `https://${name}.example/tenant/`
  const keys = { discovery: `${iss}/.well-known/openid-configuration` }
  return { ...defaults, name, type: 'oidc', iss, keys, audience: ['orders'], algorithms: ['ES256'], ...more }
}

export function github(more: Partial<Issuer> = {}): Issuer {
  const iss = 'https://token.actions.githubusercontent.com'
  return oidc('github', { iss, audience: ['postern'], algorithms: ['RS256', 'ES256'], ...more })
}

/** A rule as a test writes it: claims by name, or by JSON Pointer where the name begins with `/`. */
export type WrittenRule = {
  role: string
  issuer: string
  claims?: Record<string, Matcher>
  not?: Record<string, Matcher>
  expiresAt?: number
}

export function accessOf(issuers: readonly Issuer[], written: readonly WrittenRule[] = []): Access {
  const names = [...new Set(written.map((rule) => rule.role))]
  const rules = written.map((rule): Rule => {
    const { role, claims = {}, not = {}, expiresAt } = rule
    const plain = { role: names.indexOf(role), claims: conditions(claims), not: conditions(not) }
    return expiresAt === undefined ? plain : { ...plain, expiresAt }
  })
  const index: Record<string, RuleIndex> = {}
  for (const { name } of issuers) index[name] = indexOf(name, written)
  const app: App = {
    name: 'api',
    token: { place: 'header', name: 'authorization' },
    response: 'policy',
    cacheSeconds: 300,
    encodedPaths: 'refuse',
    context: [],
    routes: { rest: {}, http: {} },
    fields: [],
    proven: { rest: false, http: false },
  }
  return {
    version: 1,
    issuers,
    apps: [app],
    roles: names.map((name) => ({ name, routes: [] })),
    rules,
    index,
  }
}

export function conditions(claims: Record<string, Matcher>): Condition[] {
  return Object.entries(claims).map(([name, matcher]) => ({ claim: { name, path: pathOf(name) }, matcher }))
}

/** Every third rule stands under an equality, every third under a prefix, the others among the scanned. */
function indexOf(issuer: string, written: readonly WrittenRule[]): RuleIndex {
  const equals: Record<string, number[]> = {}
  const prefixes: Record<string, number[]> = {}
  const scanned: number[] = []
  for (const [at, rule] of written.entries()) {
    if (rule.issuer !== issuer) continue
    if (at % 3 === 0) equals[`value-${at}`] = [at]
    else if (at % 3 === 1) prefixes[`prefix-${at}`] = [at]
    else scanned.push(at)
  }
  return { claims: [{ claim: { name: 'x', path: ['x'] }, equals, prefixes, prefixLengths: [8] }], scanned }
}

function pathOf(name: string): string[] {
  if (!name.startsWith('/')) return [name]
  return name
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
