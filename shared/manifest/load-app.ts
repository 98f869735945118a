import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, relative, sep } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { delegationRules } from './delegation.ts'
import { explainIssues } from './explain.ts'
import type { LoadedPart } from './part.ts'
import type { Problem } from './problem.ts'
import { readSource } from './read.ts'
import { besideManifest, type RoutesFile, readNamed, readRoutesFile } from './referenced-files.ts'
import { partRules } from './rules.ts'
import { webIdentityRules } from './rules-tokens.ts'
import { type AppText, apiSchema, apiSettings, appSchema, includedSchema, type Manifest } from './schema.ts'
import type { Path, Source } from './source.ts'
import { mapAt } from './tree.ts'
import { replaceVariables } from './vars.ts'

/** The manifest that includes, its variables replaced. */
export type Root = { readonly source: Source; readonly value: unknown; readonly varsFile: Source | undefined }

/**
 * Reads the manifest of an app and the settings that its entry in the root adds. Reports problems where they stand;
 * `undefined` where the manifest itself cannot be read.
 */
export function loadApp(root: Root, name: string, problems: Problem[]): LoadedPart | undefined {
  const path = ['apps', name]
  const entry = mapAt(root.value, ...path)
  const own = readNamed(
    root.source,
    [...path, 'manifest'],
    entry.manifest,
    (file) => readSource(file),
    problems,
  )
  if (own === undefined) return undefined
  const { value, used } = replaceVariables(own, root.varsFile, problems)
  const parsed = includedSchema.safeParse(value)
  if (!parsed.success)
    problems.push(...explainIssues(own, value, parsed.error.issues, 'an included manifest'))

  const source = withEntry(own, value, root.source, path)
  const ownSettings = mapAt(value, 'api')
  const entrySettings = settingsOf(entry)
  for (const key of Object.keys(entrySettings))
    if (Object.hasOwn(ownSettings, key)) problems.push(inTwoPlaces(own, root.source, key, path))
  const settings = { ...ownSettings, ...entrySettings }
  const issuers = mapAt(root.value, 'issuers')
  const top = { ...mapAt(value), issuers, api: settings }
  problems.push(...partRules(source, top), ...webIdentityRules(source, top, mapAt(root.value, 'tokens')))

  const readFile = (from: Source, at: Path) =>
    readNamed(from, at, settings.routesFile, readRoutesFile, problems)
  const routesFile = Object.hasOwn(ownSettings, 'routesFile')
    ? isBelow(own, settings.routesFile, problems)
      ? readFile(own, ['api', 'routesFile'])
      : undefined
    : readFile(root.source, [...path, 'routesFile'])
  const ownNames = Object.keys(ownSettings)
  const part = partOf(name, entry, { source, routesFile, issuers, settings, ownNames, value, used })
  if (parsed.success && appSchema.safeParse(entry).success) problems.push(...delegationRules(part))
  return part
}

type Read = {
  readonly source: Source
  readonly routesFile: RoutesFile | undefined
  readonly issuers: JsonObject
  readonly settings: JsonObject
  readonly ownNames: readonly string[]
  readonly value: unknown
  readonly used: ReadonlySet<string>
}

/** Of an app with problems, which nobody will build, what is not known is left out. */
function partOf(name: string, entry: JsonObject, read: Read): LoadedPart {
  const parsed = includedSchema.safeParse(read.value)
  const api = apiSchema.safeParse(read.settings)
  return {
    name,
    manifest: {
      issuers: read.issuers as unknown as Manifest['issuers'],
      api: api.data,
      roles: parsed.data?.roles,
    },
    source: read.source,
    routesFile: read.routesFile,
    unusedVariables: Object.keys(mapAt(read.value, 'vars')).filter((key) => !read.used.has(key)),
    apiIds: (entry.apiIds ?? []) as readonly string[],
    ownSettings: read.ownNames,
    allow: (entry.allow ?? {}) as unknown as AppText['allow'],
  }
}

function settingsOf(entry: JsonObject): JsonObject {
  const known: readonly string[] = apiSettings
  return Object.fromEntries(Object.entries(entry).filter(([key]) => known.includes(key)))
}

function inTwoPlaces(own: Source, root: Source, key: string, path: Path): Problem {
  const { line } = root.place([...path, key], 'key')
  const message = `"${key}" stands here and in the root, ${root.file}:${line}`
  return own.problem('setting_in_two_places', ['api', key], message, 'keep one of the two', 'key')
}

/** An app's manifest has its folder to itself, and no other: links do not lead out of it either. */
function isBelow(own: Source, name: Json | undefined, problems: Problem[]): boolean {
  if (typeof name !== 'string') return false
  const folder = dirname(own.file)
  const file = besideManifest(own.file, name)
  if (!isAbsolute(name) && isWithin(folder, file) && isWithin(real(folder), real(file))) return true
  const message = `"${name}" leads out of the folder of this manifest`
  problems.push(
    own.problem('path_outside', ['api', 'routesFile'], message, 'name a file in that folder, or below it'),
  )
  return false
}

function isWithin(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** A file that is not there leads nowhere; reading it says so. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Paths below `api` lead to the root's entry for those settings that only it has. */
function withEntry(own: Source, value: unknown, root: Source, entry: Path): Source {
  const api = isJsonObject(value) ? value.api : undefined
  const isOwn = (key: unknown) =>
    isJsonObject(api) && (key === undefined || Object.hasOwn(api, key as string))
  const locate = (path: Path): [Source, Path] =>
    path[0] === 'api' && !isOwn(path[1]) ? [root, [...entry, ...path.slice(1)]] : [own, path]
  return {
    file: own.file,
    value: own.value,
    place(path, spot) {
      const [source, at] = locate(path)
      return source.place(at, spot)
    },
    problem(code, path, ...rest) {
      const [source, at] = locate(path)
      return source.problem(code, at, ...rest)
    },
    written(path) {
      const [source, at] = locate(path)
      return source.written(at)
    },
    unquoted(path) {
      const [source, at] = locate(path)
      return source.unquoted(at)
    },
  }
}
