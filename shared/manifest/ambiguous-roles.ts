import type { Access } from '../access/access.ts'
import type { LoadedManifest } from './load.ts'
import { roleName } from './part.ts'
import type { Problem } from './problem.ts'

/**
 * Warns of an AWS role that two roles lend to the same callers: AWS SDKs name the AWS role alone, and the broker cannot
 * tell which is meant (`role_ambiguous`). The same callers are those of a role that includes both, and of rules that
 * are word for word the same; rules that overlap otherwise are not compared.
 */
export function ambiguousRoles({ parts }: LoadedManifest, { roles }: Access): readonly Problem[] {
  const lent = new Map<string, Set<number>>()
  const places: { problem: LoadedManifest['source']['problem']; name: string; path: readonly string[] }[] = []
  for (const part of parts)
    for (const [name, { trust = [] }] of Object.entries(part.manifest.roles ?? {})) {
      const lends = roles[places.length]?.lends ?? []
      places.push({
        problem: part.source.problem,
        name: roleName(part, name),
        path: ['roles', name, 'credentials', 'roleArn'],
      })
      if (lends.length === 0) continue
      for (const { issuer, claims, not } of trust) {
        const callers = JSON.stringify([issuer, claims, not])
        const known = lent.get(callers) ?? new Set()
        for (const at of lends) known.add(at)
        lent.set(callers, known)
      }
    }
  const problems: Problem[] = []
  for (const positions of lent.values()) {
    const first = new Map<string, number>()
    for (const at of [...positions].sort((a, b) => a - b)) {
      const arn = roles[at]?.credentials?.roleArn as string
      const [place, other] = [places[at], places[first.get(arn) ?? -1]]
      if (place === undefined || other === undefined) first.set(arn, at)
      else
        problems.push(
          place.problem(
            'aws_role_ambiguous',
            place.path,
            `callers who have "${place.name}" have "${other.name}" too, which lends the same AWS role: by its ARN alone the broker cannot tell which they mean`,
            `have them ask for arn:postern:iam:::role/${place.name}, or lend different AWS roles`,
          ),
        )
    }
  }
  return problems
}
