import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Access, App } from '../../shared/access/access.ts'
import type { Claims } from '../../shared/access/claims.ts'
import type { Json } from '../../shared/json.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-access-'))

/**
 * A manifest (YAML, or an object that stands for it) as a bundle holds it: loaded, compiled and through JSON, which
 * gives its tables back the prototype that the compiler's own do not have.
 */
export function accessOf(manifest: string | object, routes?: object): Access {
  const file = join(folder, 'access.yml')
  writeFileSync(file, typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  if (routes) writeFileSync(join(folder, 'routes.json'), JSON.stringify(routes))
  return JSON.parse(JSON.stringify(compileManifest(loadManifest(file))))
}

/** The app of a manifest that has one. */
export function appIn({ apps }: Access): App {
  const [app, another] = apps
  if (app === undefined || another !== undefined) throw new Error(`${apps.length} apps`)
  return app
}

/** Compiled access with other settings of its one app. */
export function withApp(access: Access, settings: Partial<App>): Access {
  return { ...access, apps: [{ ...appIn(access), ...settings }] }
}

/** Claims as the verifier would hand them over. They go through JSON, so that `__proto__` is a member like any other. */
export function claimsOf(claims: Readonly<Record<string, Json>>): Claims {
  return JSON.parse(JSON.stringify(claims)) as unknown as Claims
}
