import type { IssuerName } from '../shared/access/access.ts'
import type { LoadedPart } from '../shared/manifest/part.ts'

/** The issuer of each compiled rule, by its position: rules are compiled in the order of the manifest. */
export function ruleIssuers(parts: readonly LoadedPart[]): readonly IssuerName[] {
  return parts.flatMap(({ manifest }) =>
    Object.values(manifest.roles ?? {}).flatMap(({ trust = [] }) => trust.map(({ issuer }) => issuer)),
  )
}
