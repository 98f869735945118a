import { isJsonObject } from '../json.ts'
import { isIamText, isIamVariable } from './iam-variable.ts'
import type { Problem } from './problem.ts'
import type { Path, Source } from './source.ts'
import { mapAt } from './tree.ts'

type Values = ReadonlyMap<string, string>
export type Replaced = { readonly value: unknown; readonly used: ReadonlySet<string> }

const reference = /\$?\$\{([^}]*)\}?/g
const name = /^[A-Za-z_][A-Za-z0-9_-]*$/

/**
 * Replaces `${name}` in every value below the manifest's top, `vars` itself apart; `$${aws:username}` becomes IAM's
 * own `${aws:username}` where a session policy takes it. A vars file replaces values
 * of `vars`; it cannot add names (see `undeclaredVariables`), so that a slip in its keys does not go unnoticed.
 */
export function replaceVariables(
  manifest: Source,
  varsFile: Source | undefined,
  problems: Problem[],
): Replaced {
  const values = collect(manifest, varsFile, problems)
  const used = new Set<string>()
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return replaceIn(manifest, value, path, values, used, problems)
    if (Array.isArray(value)) return value.map((item, at) => walk(item, [...path, at]))
    if (typeof value !== 'object' || value === null) return value
    const object: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      if (key.includes('${')) problems.push(inKey(manifest, [...path, key]))
      object[key] = path.length === 0 && key === 'vars' ? item : walk(item, [...path, key])
    }
    return object
  }
  return { value: walk(manifest.value, []), used }
}

function replaceIn(
  source: Source,
  text: string,
  path: Path,
  values: Values,
  used: Set<string>,
  problems: Problem[],
): string {
  if (!text.includes('${')) return text
  return text.replace(reference, (whole, variable: string) => {
    if (whole.startsWith('$$') && isIamText(path) && isIamVariable(whole.slice(1))) return whole.slice(1)
    const value = whole.startsWith('$$') ? undefined : values.get(variable)
    if (value !== undefined && whole.endsWith('}')) {
      used.add(variable)
      return value
    }
    problems.push(wrongReference(source, path, whole, variable))
    // One slip, one problem: the schema has its own word for what stands in braces there.
    return isIamText(path) ? 'x' : whole
  })
}

function wrongReference(source: Source, path: Path, whole: string, variable: string): Problem {
  const syntax = (message: string, mend: string) => source.problem('variable_syntax', path, message, mend)
  const ofManifest = `write \${name}, with a name of vars`
  const bare = whole.replace(/^\$\$/, '$')
  if (isIamVariable(bare))
    return isIamText(path)
      ? syntax(`"${bare}" is a variable of IAM's, not of this manifest`, `write $${bare}`)
      : syntax(
          `"${whole}" is a variable of IAM's, which means something in resources and values of conditions alone`,
          `take it out, or ${ofManifest}`,
        )
  if (bare !== whole)
    return isIamText(path)
      ? syntax(
          `"${bare}" is not a variable of IAM's, which $$ stands before`,
          `${ofManifest}, or $\${aws:username} for IAM's`,
        )
      : syntax(`"${whole}" has a dollar too many`, ofManifest)
  if (!name.test(variable) || !whole.endsWith('}'))
    return syntax(`"${whole}" is not a variable: a name is letters, digits, _ and -`, ofManifest)
  const message = `the variable "${variable}" has no value`
  const mend = `add "${variable}" to vars at the top of the manifest`
  return source.problem('undefined_variable', path, message, mend)
}

function collect(manifest: Source, varsFile: Source | undefined, problems: Problem[]): Values {
  const values = new Map<string, string>()
  const top = manifest.value
  const declared = isJsonObject(top) && isJsonObject(top.vars) ? top.vars : {}
  for (const [key, value] of Object.entries(declared)) take(manifest, ['vars', key], key, value)
  if (varsFile === undefined) return values
  if (!isJsonObject(varsFile.value)) {
    const mend = 'write one "name: value" a line'
    problems.push(varsFile.problem('type_invalid', [], 'a vars file is a map of names to text', mend))
    return values
  }
  for (const [key, value] of Object.entries(varsFile.value)) {
    if (Object.hasOwn(declared, key)) take(varsFile, [key], key, value)
  }
  return values

  function take(source: Source, path: Path, key: string, value: unknown): void {
    // What the manifest's own vars hold that is not text, the schema reports; a vars file has no schema.
    if (typeof value === 'string' && value !== '' && !value.includes('${')) values.set(key, value)
    else if (typeof value === 'string') {
      const mend = value === '' ? 'give it a value' : 'write the value out'
      const what = value === '' ? 'is empty' : 'refers to another variable'
      const code = value === '' ? 'value_missing' : 'variable_nested'
      problems.push(source.problem(code, path, `the variable "${key}" ${what}`, mend))
    } else if (source === varsFile) {
      const code = typeof value === 'number' ? 'number_unquoted' : 'type_invalid'
      const mend = `quote it, as in '${source.written(path) ?? 'text'}'`
      problems.push(source.problem(code, path, `the variable "${key}" is not text`, mend))
    }
    if (!values.has(key)) values.set(key, '')
  }
}

function inKey(source: Source, path: Path): Problem {
  const mend = 'write the key out'
  return source.problem('variable_in_key', path, 'a variable cannot stand in a key', mend, 'key')
}

/** Names of a vars file that none of the manifests declares. */
export function undeclaredVariables(varsFile: Source, manifests: readonly Source[]): readonly Problem[] {
  const names = new Set(manifests.flatMap(({ value }) => Object.keys(mapAt(value, 'vars'))))
  const known = names.size > 0 ? `it declares ${[...names].join(', ')}` : 'it declares none'
  const unknown = Object.keys(mapAt(varsFile.value)).filter((key) => !names.has(key))
  return unknown.map((key) =>
    varsFile.problem(
      'undeclared_variable',
      [key],
      `the manifest's vars do not declare "${key}"; ${known}`,
      `declare "${key}" under vars in the manifest, or take it out here`,
      'key',
    ),
  )
}
