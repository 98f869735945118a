import type { LoadedPart } from '../manifest/part.ts'
import { inOrder, type Problem } from '../manifest/problem.ts'
import { isLambdaAuthorizer } from './authorizer.ts'
import { checkApps } from './check-apps.ts'
import { checkAuthorizers } from './check-authorizers.ts'
import { checkConnect } from './check-connect.ts'
import { checkGuards } from './check-guards.ts'
import { checkRoutesFile } from './check-routes-file.ts'
import type { Findings, Wiring } from './wiring.ts'

/**
 * Holds a template against a manifest, or one app's part of it: what stands in front of each route, how its Lambda
 * authorizers are set, by which app they answer, and whether the routes file lists its routes. `only` names Postern's
 * authorizer where others are about; `apps` are the names of all apps of the manifest.
 */
export function checkTemplate(
  loaded: LoadedPart,
  wiring: Wiring,
  only?: string,
  apps: readonly string[] = [],
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const ours = wiring.authorizers.filter(
    (each) => isLambdaAuthorizer(each) && (only === undefined || each.logicalId === only),
  )
  const findings: Findings = { problems: [], warnings: [...wiring.warnings] }
  checkGuards(loaded, wiring, only, findings)
  checkConnect(loaded, wiring, only, findings)
  checkAuthorizers(loaded, wiring, ours, findings)
  checkApps(loaded, apps, wiring, ours, findings)
  checkRoutesFile(loaded, wiring, findings)
  return { problems: inOrder(findings.problems), warnings: inOrder(findings.warnings) }
}
