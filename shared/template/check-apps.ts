import type { LoadedPart } from '../manifest/part.ts'
import type { Authorizer } from './authorizer.ts'
import type { Findings, Wiring } from './wiring.ts'

/**
 * By which app Postern's authorizers answer: that of the alias they invoke, where it has an app's name, else that of
 * the API's id (design section 3). `apps` are the names of all apps of the manifest.
 */
export function checkApps(
  { name, apiIds }: LoadedPart,
  apps: readonly string[],
  { apis }: Wiring,
  ours: readonly Authorizer[],
  { problems, warnings }: Findings,
): void {
  // Without apps the one part answers, whoever invokes it.
  if (apiIds === undefined) return
  const byId = new Set<string>()
  for (const { alias, logicalId, problem } of ours) {
    if (alias === name) continue
    if (alias === undefined || !apps.includes(alias)) byId.add(logicalId)
    else {
      const message = `it invokes the alias "${alias}", which is another app's name: that app decides, and not "${name}"`
      const mend = `invoke the function by the alias "${name}", or check with --app ${alias}`
      problems.push(problem('app_mismatch', message, mend))
    }
  }
  const known = apis.filter(
    ({ logicalId, routes }) =>
      byId.has(logicalId) || routes.some(({ authorizer }) => authorizer?.here && byId.has(authorizer.name)),
  )
  // Ids are given on deployment, so that only their number can be held against the template.
  if (known.length <= apiIds.length) return
  const first = ours.find(({ logicalId }) => byId.has(logicalId))
  const names = known.map(({ logicalId }) => logicalId).join(', ')
  const listed = apiIds.length === 0 ? 'no id' : `${apiIds.length} alone`
  const message = `no alias says which app answers for ${names}, so the API's id does, and "${name}" lists ${listed}: other calls are refused`
  const mend = `list each API's id under apiIds of the app once it is deployed, or invoke the function by the alias "${name}"`
  if (first !== undefined) warnings.push(first.problem('app_unproven', message, mend))
}
