import { randomBytes } from 'node:crypto'
import type { Role } from '../account.ts'
import { type Principal, uniqueId } from '../principal.ts'
import type { SessionIdentity } from './assume-role.ts'

/** A session of a role with fresh credentials. */
export function createSession(role: Role, session: SessionIdentity, nowMs: number): Principal {
  // AWS counts lifetimes in whole seconds.
  const issuedAtMs = Math.floor(nowMs / 1000) * 1000
  return {
    accessKeyId: `ASIA${base32(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(258).toString('base64'),
    account: role.account,
    arn: `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${session.name}`,
    roleArn: role.arn,
    userId: `${uniqueId('AROA', role.arn)}:${session.name}`,
    policies: role.policies,
    sessionPolicies: session.policies,
    tags: principalTags(role.tags, session.tags),
    transitiveTagKeys: session.transitiveTagKeys,
    sourceIdentity: session.sourceIdentity,
    issuedAtMs,
    expiresAtMs: issuedAtMs + session.durationSeconds * 1000,
  }
}

/** A session's tag replaces the role's of the same key, whatever its case. */
function principalTags(
  role: ReadonlyMap<string, string>,
  session: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const replaced = new Set([...session.keys()].map((key) => key.toLowerCase()))
  return new Map([...[...role].filter(([key]) => !replaced.has(key.toLowerCase())), ...session])
}

function base32(length: number): string {
  return [...randomBytes(length)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')
}
