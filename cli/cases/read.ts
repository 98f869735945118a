import type { Access } from '../../shared/access/access.ts'
import { isJsonObject } from '../../shared/json.ts'
import { explainIssues } from '../../shared/manifest/explain.ts'
import { inOrder, ManifestError, type Problem } from '../../shared/manifest/problem.ts'
import { parseSource } from '../../shared/manifest/read.ts'
import { readText } from '../../shared/manifest/read-text.ts'
import { type Source, within } from '../../shared/manifest/source.ts'
import { type AccessReader, createAccessReader, type DefaultManifest } from './group-access.ts'
import { type PolicyCase, readCase } from './policy-case.ts'
import { groupSchema } from './schema.ts'

export type PolicyGroup = {
  readonly about: string
  readonly file: string
  readonly line: number
  readonly access: Access
  readonly cases: readonly PolicyCase[]
}

/**
 * Reads files of policy cases with the manifests they are about. Throws a ManifestError with all the problems found,
 * in any of them; looks at no clock and no network.
 */
export function readPolicyCases(
  files: readonly string[],
  defaults: DefaultManifest = {},
): readonly PolicyGroup[] {
  const accessOf = createAccessReader(defaults)
  const problems: Problem[] = []
  const groups = files.flatMap((file) => collect(problems, () => readFile(file, accessOf)) ?? [])
  if (problems.length > 0) throw new ManifestError(problems)
  return groups
}

function collect<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

function readFile(file: string, accessOf: AccessReader): readonly PolicyGroup[] {
  const text = readText(file)
  const source = parseSource(file, text)
  if (!Array.isArray(source.value)) throw notCases(source)
  if (source.value.length === 0) {
    const message = 'an empty list, which tests nothing'
    throw new ManifestError([source.problem('empty_list', [], message, 'write a group')])
  }
  const lines = text.split('\n')
  const problems: Problem[] = []
  const groups = source.value.flatMap(
    (_, at) => collect(problems, () => readGroup(within(source, [at]), lines, accessOf)) ?? [],
  )
  if (problems.length > 0) throw new ManifestError(problems)
  return groups
}

function notCases(source: Source): ManifestError {
  const mend = 'write a list of groups; where this is another file, keep the cases in a folder of their own'
  const message = 'this is not a file of policy cases, which is a list of groups'
  return new ManifestError([source.problem('type_invalid', [], message, mend)])
}

function readGroup(source: Source, lines: readonly string[], accessOf: AccessReader): PolicyGroup {
  if (!isJsonObject(source.value)) {
    const mend = 'write it as a map that begins with "about"'
    throw new ManifestError([source.problem('type_invalid', [], 'this is not a group of cases', mend)])
  }
  const parsed = groupSchema.safeParse(source.value)
  if (!parsed.success)
    throw new ManifestError(explainIssues(source, source.value, parsed.error.issues, 'a file of cases'))
  const group = parsed.data
  const access = accessOf(source, group, lines)
  const problems: Problem[] = []
  const cases = group.cases.flatMap((one, at) => readCase({ source, group, access, problems, at }, one) ?? [])
  if (problems.length > 0) throw new ManifestError(inOrder(problems))
  const { file } = source
  return { about: group.about, file, line: source.place([]).line, access, cases }
}
