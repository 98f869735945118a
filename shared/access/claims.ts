import { isJsonObject, type Json } from '../json.ts'
import type { ClaimName } from './access.ts'

declare const verified: unique symbol

/** A token's payload after every check of shared/token/verify.ts. Only that file makes one. */
export type Claims = Readonly<Record<string, Json>> & { readonly [verified]: true }

/** The value a claim's name or JSON Pointer (RFC 6901) leads to, through own members only; `undefined` where there is none. */
export function claimValue(claims: Readonly<Record<string, Json>>, claim: ClaimName): Json | undefined {
  let value: Json = claims
  for (const step of claim.path) {
    if (Array.isArray(value)) {
      if (!arrayIndex.test(step)) return undefined
      const item: Json | undefined = value[Number(step)]
      if (item === undefined) return undefined
      value = item
    } else if (isJsonObject(value) && Object.hasOwn(value, step)) value = value[step] as Json
    else return undefined
  }
  return value
}

/** What a matcher compares with: an array's elements, the words of `scope` and `scp`, else the value alone. */
export function claimValues(claim: ClaimName, value: Json): readonly Json[] {
  if (Array.isArray(value)) return value
  if (typeof value === 'string' && wordClaims.has(claim.name)) return value.split(' ')
  return [value]
}

const arrayIndex = /^(0|[1-9][0-9]{0,8})$/
/** RFC 8693 section 4.2 and RFC 9068 section 2.2.3: a list of words in one string. `scp` is the same elsewhere. */
const wordClaims: ReadonlySet<string> = new Set(['scope', 'scp'])
