import type { Condition, Issuer } from '../../shared/access/access.ts'

/** Claims without which no token of anybody's is accepted. */
export function isEssential(name: string): boolean {
  return ['iss', 'sub', 'aud', 'exp', 'iat', 'client_id', 'token_use'].includes(name)
}

/** What the verifier asks of claims that the manifest's conditions name too, so that one value is found for both. */
export function essentialConditions(issuer: Issuer, named: readonly Condition[]): Condition[] {
  const names = new Set(named.map((one) => (one.claim.path.length === 1 ? one.claim.path[0] : undefined)))
  return essentials(issuer).filter((one) => names.has(one.claim.name))
}

function essentials(issuer: Issuer): Condition[] {
  const { audience, type, tokenUse } = issuer
  const conditions = [equals('iss', [issuer.iss])]
  if (type === 'cognito') conditions.push(equals('token_use', [tokenUse]))
  const client = type === 'cognito' && tokenUse === 'access' ? 'client_id' : 'aud'
  if (audience !== null) conditions.push(equals(client, audience))
  return conditions
}

function equals(name: string, values: readonly string[]): Condition {
  const matcher = { any: values.map((value) => ({ equals: value })) }
  return { claim: { name, path: [name] }, matcher }
}
