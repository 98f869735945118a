import type { Algorithm } from '../../shared/access/access.ts'
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts'
import { prepareKey } from '../../shared/token/key.ts'
import { type KeySet, maxKeys, selectKey } from '../../shared/token/key-set.ts'

/** A published key that no token will be verified with. */
export type Unused = {
  readonly kid: string
  readonly why: string
  /** Published for something else than signatures, as many issuers do. */
  readonly harmless: boolean
}

export type KeyUse = { readonly usable: number; readonly unused: readonly Unused[] }

/** Of each published key whether the verifier's own selection would come to it, for an algorithm on the list. */
export function keyUse(
  document: JsonObject,
  set: KeySet | undefined,
  algorithms: readonly Algorithm[],
): KeyUse {
  const published = Array.isArray(document.keys) ? document.keys : []
  const unused: Unused[] = []
  let usable = 0
  let at = 0
  for (const member of published.slice(0, maxKeys)) {
    const harmless = isJsonObject(member) && typeof member.use === 'string' && member.use !== 'sig'
    const key = prepareKey(member) && set?.members[at++]
    if (key && set && algorithms.some((alg) => isSelected(set, key, alg))) usable++
    else unused.push({ kid: kidOf(member), why: key && set ? whyPassedOver(set, key) : whyUnfit(member), harmless }) // biome-ignore format: one record
  }
  const beyond = published.length - maxKeys
  if (beyond > 0) unused.push({ kid: `${beyond} more`, why: `beyond the first ${maxKeys}`, harmless: false })
  return { usable, unused }
}

type Member = KeySet['members'][number]

function isSelected(set: KeySet, key: Member, alg: Algorithm): boolean {
  try {
    return selectKey(set, { alg, kid: key.kid, typ: '', extended: false }) === key
  } catch {
    return false
  }
}

function whyPassedOver(set: KeySet, key: Member): string {
  if (key.kid === undefined && set.members.length > 1) return 'has no "kid" beside other keys'
  if (key.kid !== undefined && set.byKid.get(key.kid) === 'ambiguous') return 'its "kid" is there twice'
  return `for ${[...key.verifiers.keys()].join(', ')}, which the manifest does not list`
}

function whyUnfit(member: Json): string {
  if (!isJsonObject(member)) return 'no JWK'
  const { kty, use, n } = member
  if (typeof use === 'string' && use !== 'sig') return 'not for signatures by its "use"'
  if (kty === 'oct') return 'a secret key'
  if (kty === 'RSA' && typeof n === 'string') {
    const bits = BigInt(`0x0${Buffer.from(n, 'base64url').toString('hex')}`).toString(2).length
    if (bits < 2048) return `RSA of ${bits} bits, under 2048`
  }
  return 'no sound public key of an algorithm that Postern verifies'
}

function kidOf(member: Json): string {
  const kid = isJsonObject(member) ? member.kid : undefined
  return typeof kid === 'string' ? `"${kid.slice(0, 64)}"` : 'one without "kid"'
}
