import type { RoleCredentials, Statement } from '../access/access.ts'
import type { Claims } from '../access/claims.ts'
import { PosternError } from '../error.ts'
import { expand } from './expand.ts'
import { sessionName } from './session-name.ts'
import { sessionPolicy } from './session-policy.ts'
import { type Bounds, sessionSeconds } from './session-seconds.ts'

/** An STS session as it is to be: everything that STS is told, and nothing else. */
export type Session = {
  readonly roleArn: string
  /** Also its source identity, so that CloudTrail names the caller wherever the session goes on. */
  readonly name: string
  readonly seconds: number
  readonly tags: readonly Tag[]
  /** JSON; absent where the AWS role is lent unnarrowed. */
  readonly policy?: string
  readonly policyArns: readonly string[]
  readonly externalId?: string
  /** By web identity: whom STS is to see, the role's name. */
  readonly webIdentity?: string
}

export type Tag = {
  readonly key: string
  readonly value: string
  readonly optional: boolean
  readonly transitive: boolean
}

export type Asked = Bounds & {
  /** The name of the role that lends. */
  readonly role: string
  readonly issuer: string
  readonly claims: Claims
  /** Names of scopes; `undefined` for all that the role has. */
  readonly scopes: readonly string[] | undefined
}

/** Facts B1. */
export const maxTagLength = 256

/**
 * The session that a role's credentials give a verified caller, from its claims and what it asks for. Pure. Throws
 * `scope_unknown`, `trust_too_short`, `token_too_short`, `claim_unsafe` and `session_too_large`: every field of what
 * it returns is within STS's patterns and lengths, except that STS alone can tell the packed size.
 */
export function sessionOf(credentials: RoleCredentials, asked: Asked): Session {
  const { roleArn, policyArns, externalId, via } = credentials
  const scopes = scopesOf(credentials, asked.scopes)
  const seconds = sessionSeconds(credentials, asked)
  const tags = credentials.tags.map(({ value, ...tag }) => ({
    ...tag,
    value: tagValue(tag.key, expand(value, asked.claims)),
  }))
  return {
    roleArn,
    name: sessionName(asked.issuer, asked.claims.sub as string),
    seconds,
    tags,
    ...(scopes && { policy: sessionPolicy(scopes, asked.claims) }),
    policyArns,
    ...(externalId !== undefined && { externalId }),
    ...(via === 'web-identity' && { webIdentity: asked.role }),
  }
}

/** `undefined`: unnarrowed. A role that is lent whole has no scopes to ask for. */
function scopesOf(
  { scopes }: RoleCredentials,
  asked: readonly string[] | undefined,
): readonly (readonly Statement[])[] | undefined {
  if (asked === undefined) return scopes === null ? undefined : Object.values(scopes)
  return asked.map((name) => {
    if (scopes !== null && Object.hasOwn(scopes, name)) return scopes[name] as readonly Statement[]
    const known = scopes === null ? 'none: it lends its AWS role whole' : Object.keys(scopes).join(', ')
    throw new PosternError('scope_unknown', `the role has no such scope; it has ${known}`)
  })
}

function tagValue(key: string, value: string): string {
  if (value.length <= maxTagLength) return value
  const message = `the tag "${key}" would have ${value.length} characters, and STS takes ${maxTagLength}`
  throw new PosternError('session_too_large', message, { tag: key, maxTagLength })
}
