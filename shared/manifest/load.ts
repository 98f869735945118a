import { explainIssues } from './explain.ts'
import { notBuiltRules } from './not-built.ts'
import { type PinnedKeys, readPinnedKeys } from './pinned-keys.ts'
import { ManifestError, type Problem } from './problem.ts'
import { readSource } from './read.ts'
import { besideManifest, type RoutesFile, readRoutes, readRoutesFile } from './referenced-files.ts'
import { crossRules } from './rules.ts'
import { type Manifest, manifestSchema } from './schema.ts'
import type { Path, Source } from './source.ts'
import { mapAt } from './tree.ts'
import { replaceVariables } from './vars.ts'

/** A manifest that holds: read, its variables replaced, validated, with the files it names. */
export type LoadedManifest = {
  readonly manifest: Manifest
  readonly source: Source
  /** `undefined` where the API names no routes file. */
  readonly routesFile: RoutesFile | undefined
  /** Keys of the issuers that pin them, by issuer name. */
  readonly pinnedKeys: ReadonlyMap<string, PinnedKeys>
  readonly unusedVariables: readonly string[]
}

/**
 * Reads and validates an access manifest and every file it names, relative to it. `varsFile` replaces values of
 * `vars`. Throws a ManifestError with all the problems found; looks at no clock and no network.
 */
export function loadManifest(file: string, options: { varsFile?: string } = {}): LoadedManifest {
  return loadManifestFrom(readSource(file), options)
}

/** As `loadManifest`, from a manifest at hand; `routes` stand in the place of its routes file. */
export function loadManifestFrom(
  source: Source,
  options: { varsFile?: string; routes?: Source },
): LoadedManifest {
  const varsSource = options.varsFile === undefined ? undefined : readSource(options.varsFile)
  const problems: Problem[] = []
  const { value, used } = replaceVariables(source, varsSource, problems)
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) problems.push(...explainIssues(source, value, parsed.error.issues))
  problems.push(...crossRules(source, value), ...notBuiltRules(source, value))
  const named = readNamedFiles(source, value, problems, options.routes)
  if (!parsed.success || problems.length > 0) throw new ManifestError(problems)
  const unusedVariables = Object.keys(parsed.data.vars ?? {}).filter((name) => !used.has(name))
  return { manifest: parsed.data, source, unusedVariables, ...named }
}

function readNamedFiles(
  source: Source,
  value: unknown,
  problems: Problem[],
  routes: Source | undefined,
): Pick<LoadedManifest, 'routesFile' | 'pinnedKeys'> {
  const read = <T>(
    path: Path,
    name: unknown,
    reader: (file: string, problems: Problem[]) => T,
  ): T | undefined => {
    if (typeof name !== 'string' || name === '') return undefined
    try {
      return reader(besideManifest(source.file, name), problems)
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error
      const [first] = error.problems
      // A file that is not there is a slip of the manifest, and shown where it is named.
      if (first?.code === 'file_unreadable')
        problems.push(source.problem(first.code, path, `${first.file}: ${first.message}`, first.mend))
      else problems.push(...error.problems)
      return undefined
    }
  }
  const routesFile =
    routes === undefined
      ? read(['api', 'routesFile'], mapAt(value, 'api').routesFile, readRoutesFile)
      : readRoutes(routes, problems)
  const pinnedKeys = new Map<string, PinnedKeys>()
  for (const name of Object.keys(mapAt(value, 'issuers'))) {
    const keys = read(['issuers', name, 'jwks'], mapAt(value, 'issuers', name).jwks, readPinnedKeys)
    if (keys !== undefined) pinnedKeys.set(name, keys)
  }
  return { routesFile, pinnedKeys }
}
