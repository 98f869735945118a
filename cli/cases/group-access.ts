import type { Access } from '../../shared/access/access.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { type LoadedManifest, loadManifest, loadManifestFrom } from '../../shared/manifest/load.ts'
import { ManifestError, type Problem } from '../../shared/manifest/problem.ts'
import { parseSource } from '../../shared/manifest/read.ts'
import { readText } from '../../shared/manifest/read-text.ts'
import { besideManifest } from '../../shared/manifest/referenced-files.ts'
import { type Source, within } from '../../shared/manifest/source.ts'
import type { GroupText } from './schema.ts'

/** The manifest of groups that name none, with its vars file. */
export type DefaultManifest = { readonly access?: string | undefined; readonly vars?: string | undefined }

/** What a group's cases are decided by. Throws a ManifestError with the manifest's problems, or the group's. */
export type AccessReader = (group: Source, text: GroupText, lines: readonly string[]) => Access

/** Loads a manifest that several groups name once. */
export function createAccessReader(defaults: DefaultManifest): AccessReader {
  const compiled = new Map<string, Access>()
  return (group, text, lines) => {
    const varsFile = named(group, text, 'vars')
    if (text.manifest !== undefined) return compile(loadInline(group, text.manifest, varsFile, lines))
    const file = named(group, text, 'access') ?? defaults.access
    if (file === undefined) throw withoutManifest(group)
    const vars = varsFile ?? (text.access === undefined ? defaults.vars : undefined)
    const key = JSON.stringify([file, vars])
    const access = compiled.get(key) ?? compile(loadManifest(file, varsOf(vars)))
    compiled.set(key, access)
    return access
  }
}

/** As a bundle holds it: JSON gives its tables back the prototype that the compiler's own do not have. */
function compile(loaded: LoadedManifest): Access {
  return JSON.parse(JSON.stringify(compileManifest(loaded)))
}

/** A file that the group names beside its own; one that is not there is a slip of the group. */
function named(group: Source, text: GroupText, key: 'access' | 'vars'): string | undefined {
  const name = text[key]
  if (name === undefined) return undefined
  const file = besideManifest(group.file, name)
  try {
    readText(file)
  } catch (error) {
    if (!(error instanceof ManifestError) || error.problems[0]?.code !== 'file_unreadable') throw error
    const { code, message, mend } = error.problems[0]
    throw new ManifestError([group.problem(code, [key], `${file}: ${message}`, mend)])
  }
  return file
}

function withoutManifest(group: Source): ManifestError {
  const mend = 'add "access": ./access.yml, or call `postern test` with --access FILE'
  return new ManifestError([group.problem('key_missing', [], 'this group names no manifest', mend)])
}

const varsOf = (varsFile: string | undefined) => (varsFile === undefined ? {} : { varsFile })

function loadInline(
  group: Source,
  manifest: string,
  varsFile: string | undefined,
  lines: readonly string[],
): LoadedManifest {
  // A name of its own in the same folder, so that its problems can be told from those of the group.
  const file = `${group.file}#manifest`
  const routes = group.value !== null && Object.hasOwn(group.value as object, 'routes')
  try {
    return loadManifestFrom(parseSource(file, manifest), {
      ...varsOf(varsFile),
      ...(routes && { routes: within(group, ['routes']) }),
    })
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const place = placeOf(group, lines)
    throw new ManifestError(error.problems.map((one) => (one.file === file ? place(one) : one)))
  }
}

/** Where a problem of an inline manifest stands in the file of the cases. */
function placeOf(group: Source, lines: readonly string[]): (problem: Problem) => Problem {
  const { file } = group
  const { line, column } = group.place(['manifest'])
  // Only a block of literal text ("|") keeps lines and columns.
  const isBlock = /^\|[+-]?(\s|$)/.test((lines[line - 1] ?? '').slice(column - 1))
  if (!isBlock)
    return (problem) => {
      const message = `in line ${problem.line}, column ${problem.column} of this manifest: ${problem.message}`
      return { ...problem, file, line, column, message }
    }
  const first = lines.slice(line).find((text) => text.trim() !== '') ?? ''
  const indent = first.length - first.trimStart().length
  return (problem) => ({ ...problem, file, line: line + problem.line, column: indent + problem.column })
}
