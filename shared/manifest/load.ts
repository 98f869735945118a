import { isJsonObject } from '../json.ts'
import { explainIssues } from './explain.ts'
import { loadApp } from './load-app.ts'
import { type LoadedPart, rootName } from './part.ts'
import { type PinnedKeys, readPinnedKeys } from './pinned-keys.ts'
import { ManifestError, type Problem } from './problem.ts'
import { readSource } from './read.ts'
import { readNamed, readRoutes, readRoutesFile } from './referenced-files.ts'
import { issuerRules, partRules } from './rules.ts'
import { appRules } from './rules-app.ts'
import { tokenRules } from './rules-tokens.ts'
import { type Manifest, manifestSchema } from './schema.ts'
import { sharedApiRules } from './shared-apis.ts'
import type { Source } from './source.ts'
import { mapAt } from './tree.ts'
import { replaceVariables, undeclaredVariables } from './vars.ts'

/** A manifest that holds: read, its variables replaced, validated, with the files it names. */
export type LoadedManifest = LoadedPart & {
  readonly manifest: Manifest
  /** What is built, in the manifest's order: the root's own part, if it has one, and those of its apps. */
  readonly parts: readonly LoadedPart[]
  /** Keys of the issuers that pin them, by issuer name. */
  readonly pinnedKeys: ReadonlyMap<string, PinnedKeys>
  /** Keys of the clients that have some, by client name. */
  readonly clientKeys: ReadonlyMap<string, PinnedKeys>
}

export type LoadOptions = {
  /** Replaces values of `vars`. */
  readonly varsFile?: string
  /** The one app to load, `api` for the root's own part: no other manifest that the root includes is looked at. */
  readonly app?: string
}

/**
 * Reads and validates an access manifest, the manifests it includes and every file they name, relative to each.
 * Throws a ManifestError with all the problems found; looks at no clock and no network.
 */
export function loadManifest(file: string, options: LoadOptions = {}): LoadedManifest {
  return loadManifestFrom(readSource(file), options)
}

/** As `loadManifest`, from a manifest at hand; `routes` stand in the place of its routes file. */
export function loadManifestFrom(
  source: Source,
  options: LoadOptions & { readonly routes?: Source },
): LoadedManifest {
  const varsFile = options.varsFile === undefined ? undefined : readSource(options.varsFile)
  const problems: Problem[] = []
  const { value, used } = replaceVariables(source, varsFile, problems)
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) problems.push(...explainIssues(source, value, parsed.error.issues))
  problems.push(...issuerRules(source, value), ...partRules(source, value), ...tokenRules(source, value))
  problems.push(...appRules(source, value, options.app))
  const api = mapAt(value, 'api')
  const routesFile =
    options.routes === undefined
      ? readNamed(source, ['api', 'routesFile'], api.routesFile, readRoutesFile, problems)
      : readRoutes(options.routes, problems)
  const pinnedKeys = readAllKeys(source, value, 'issuers', problems)
  const clientKeys = readAllKeys(source, value, 'clients', problems)

  const apps = mapAt(value, 'apps')
  const chosen = Object.keys(apps).filter((name) => options.app === undefined || name === options.app)
  const root = { source, value, varsFile }
  const included = chosen.flatMap((name) => {
    const app = loadApp(root, name, problems)
    return app === undefined ? [] : [app]
  })
  // One app alone need not declare what the others do.
  if (varsFile !== undefined && options.app === undefined)
    problems.push(...undeclaredVariables(varsFile, [source, ...included.map((app) => app.source)]))
  if (!parsed.success || problems.length > 0) throw new ManifestError(problems)

  const manifest = parsed.data
  const own: LoadedPart = {
    name: rootName,
    manifest,
    source,
    routesFile,
    unusedVariables: Object.keys(manifest.vars ?? {}).filter((name) => !used.has(name)),
    apiIds: manifest.apps === undefined ? undefined : (manifest.api?.apiIds ?? []),
    ownSettings: [],
    allow: undefined,
  }
  const parts = hasOwn(value, options.app) ? [own, ...included] : included
  problems.push(...sharedApiRules(parts))
  if (problems.length > 0) throw new ManifestError(problems)
  return { ...own, manifest, parts, pinnedKeys, clientKeys }
}

/** Without apps the root's part is all there is; beside them it is one if it says anything. */
function hasOwn(value: unknown, app: string | undefined): boolean {
  const { apps, roles, api } = isJsonObject(value) ? value : {}
  if (apps === undefined || app === rootName) return true
  return app === undefined && (roles !== undefined || api !== undefined)
}

function readAllKeys(source: Source, value: unknown, of: 'issuers' | 'clients', problems: Problem[]) {
  const all = new Map<string, PinnedKeys>()
  for (const [name, entry] of Object.entries(mapAt(value, of))) {
    const jwks = isJsonObject(entry) ? entry.jwks : undefined
    const keys = readNamed(source, [of, name, 'jwks'], jwks, readPinnedKeys, problems)
    if (keys !== undefined) all.set(name, keys)
  }
  return all
}
