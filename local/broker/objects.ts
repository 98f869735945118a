import type { Access, RoleCredentials, Template } from '../../shared/access/access.ts'
import { claimValue } from '../../shared/access/claims.ts'
import type { JsonObject } from '../../shared/json.ts'

export type SampleObject = { readonly bucket: string; readonly key: string }

/** The buckets that session policies are about. */
export function bucketsOf({ roles }: Pick<Access, 'roles'>): readonly string[] {
  const resources = roles.flatMap(({ credentials }) => (credentials ? resourcesOf(credentials) : []))
  return [...new Set(resources.flatMap((resource) => bucketOf(resource) ?? []))]
}

/** Objects within what a caller with these claims may read by a role; none where its resources name none. */
export function objectsOf(credentials: RoleCredentials, claims: JsonObject): readonly SampleObject[] {
  return resourcesOf(credentials).flatMap((resource) => {
    const bucket = bucketOf(resource)
    const key = keyOf(resource, claims)
    return bucket === undefined || key === undefined ? [] : [{ bucket, key }]
  })
}

function resourcesOf({ scopes }: RoleCredentials): readonly Template[] {
  return Object.values(scopes ?? {}).flatMap((statements) => statements.flatMap(({ resources }) => resources))
}

const bucketPattern = /^arn:aws[\w-]*:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?=\/|$)/

function bucketOf([first]: Template): string | undefined {
  return typeof first === 'string' ? bucketPattern.exec(first)?.[1] : undefined
}

/** The caller's claims in their places, and `sample.txt` for a star at the end. */
function keyOf(resource: Template, claims: JsonObject): string | undefined {
  const texts = resource.map((piece) => {
    const value = typeof piece === 'string' ? piece : claimValue(claims, piece.claim)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  })
  if (texts.includes(undefined)) return undefined
  const key = texts.join('').replace(bucketPattern, '').replace(/^\//, '').replace(/\*$/, 'sample.txt')
  return key === '' || /[*?$]/.test(key) ? undefined : key
}
