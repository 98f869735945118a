import type { ClaimName } from '../access/access.ts'

/**
 * A claim's name as the manifest writes it. One that begins with "/" is a JSON Pointer (RFC 6901), with `~1` for "/"
 * and `~0` for "~"; any other is the name of a top-level claim, whatever it holds. `undefined` if it is neither.
 */
export function parseClaimName(name: string): ClaimName | undefined {
  if (name === '') return undefined
  if (!name.startsWith('/')) return { name, path: [name] }
  if (/~(?![01])/.test(name)) return undefined
  const path = name
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  // Such a member is refused in a manifest's keys as well; in a token it is never anybody's claim.
  return path.includes('__proto__') ? undefined : { name, path }
}
