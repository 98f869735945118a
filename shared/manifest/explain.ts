import type { z } from 'zod'
import type { Json } from '../json.ts'
import type { Problem, ProblemCode } from './problem.ts'
import type { Path, Source, Spot } from './source.ts'
import { didYouMean } from './spelling.ts'
import { valueAt } from './tree.ts'

type Issue = z.core.$ZodIssue
/** An issue with a key, shown where the key stands. */
type Spotted = Issue & { readonly spot?: Spot }

/**
 * Says what the schema's issues mean. `value` is the manifest after its variables were replaced; `what` names a file
 * of another kind.
 */
export function explainIssues(
  source: Source,
  value: unknown,
  issues: readonly Issue[],
  what = 'the manifest',
): readonly Problem[] {
  const unfolded = issues.flatMap(unfold)
  const place = (issue: Issue): string => JSON.stringify(issue.path)
  const misspelt = new Set(unfolded.filter((issue) => issue.code === 'unrecognized_keys').map(place))
  return unfolded
    .filter((issue) => !(isOneOfSeveral(issue) && misspelt.has(place(issue))))
    .flatMap((issue) => explain(source, value, issue, what))
}

/** Beside a misspelt key this follows from the slip. */
function isOneOfSeveral(issue: Issue): boolean {
  return issue.code === 'custom' && issue.params?.code === 'one_of_several'
}

/** Of a union's branches, the one whose type fits the value speaks; where none fits, the union itself. */
function unfold(issue: Issue): readonly Spotted[] {
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => ({ ...(inner as Issue), path: issue.path, spot: 'key' }))
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const fitting = issue.errors.find(
    (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code.startsWith('invalid_')),
  )
  if (fitting === undefined) return [issue]
  return fitting.flatMap((inner) => unfold({ ...inner, path: [...issue.path, ...inner.path] }))
}

function explain(source: Source, top: unknown, issue: Spotted, what: string): readonly Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  const name = path.findLast((step) => typeof step === 'string') ?? 'the file'
  const at = (code: ProblemCode, message: string, mend: string, spot: Spot = 'value', where: Path = path) => [
    source.problem(code, where, message, mend, spot),
  ]
  if (issue.code === 'custom') {
    const params = issue.params as { code: ProblemCode; mend: string }
    return at(params.code, `"${name}" ${issue.message}`, params.mend, issue.spot)
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(source, [...path, key], issue.message.split(', '), what))
  if (issue.code === 'too_small') return emptyList(at, name)
  const found = valueAt(top, path)
  const special = ofItsOwn(name, path, found)
  if (found === undefined) {
    const where = path.slice(0, -1)
    const mend = `add "${name}": ${issue.message}`
    return at(special?.code ?? 'key_missing', special?.message ?? `"${name}" is missing`, mend, 'key', where)
  }
  if (special !== undefined) return at(special.code, special.message, `write ${issue.message}`)
  if (typeof found === 'number' && !takesNoText.test(issue.message))
    return at(
      'number_unquoted',
      `"${name}" is an unquoted number where text belongs`,
      bothForms(source, path),
    )
  const wrongType =
    issue.code === 'invalid_type' || (issue.code === 'invalid_union' && issue.errors.length > 0)
  const code = wrongType ? 'type_invalid' : 'value_invalid'
  return at(code, `"${name}" takes ${issue.message}`, `write ${issue.message}`)
}

/** How the schema says that something other than free text is wanted. */
const takesNoText = /^(?:a (?:whole )?number|a list|a map|one of|true|1$)/

/** Keys whose absence or slip is a hazard of its own. */
function ofItsOwn(
  name: string,
  path: Path,
  found: Json | undefined,
): { code: ProblemCode; message: string } | undefined {
  if (path.length === 1 && name === 'version' && found !== undefined)
    return { code: 'version_unknown', message: 'this version of the manifest is not known' }
  if (path[0] !== 'issuers') return undefined
  if (path.length === 3 && (name === 'audience' || name === 'clientIds') && (found ?? null) === null)
    return {
      code: 'issuer_without_audience',
      message: `without "${name}" tokens meant for anybody else would be taken`,
    }
  if (path[2] !== 'algorithms' || path.length !== 4) return undefined
  if (typeof found === 'string' && /^(?:none|HS\d*)$/i.test(found))
    return {
      code: 'algorithm_forbidden',
      message: /^none$/i.test(found)
        ? '"none" takes unsigned tokens: anybody could write one'
        : `"${found}" signs with a shared secret: whoever can check a token could also make one`,
    }
  return { code: 'algorithm_unknown', message: 'this is not a signature algorithm that Postern checks' }
}

type At = (code: ProblemCode, message: string, mend: string) => readonly Problem[]

function emptyList(at: At, name: string): readonly Problem[] {
  return at(
    'empty_list',
    `"${name}" is an empty list, which could mean none or any`,
    'fill it, or take the key out',
  )
}

function unknownKey(source: Source, path: Path, known: readonly string[], what: string): Problem {
  const key = String(path.at(-1))
  const near = didYouMean(key, known)
  const mend =
    near === undefined ? `take it out; the keys here are ${known.join(', ')}` : `did you mean "${near}"?`
  return source.problem('unknown_key', path, `"${key}" is not a key of ${what} here`, mend, 'key')
}

/** Within conditions a number is a matcher too, so both ways of writing it are shown. */
function bothForms(source: Source, path: Path): string {
  const written = source.written(path) ?? '123'
  const matcher = path.some((step) => step === 'claims' || step === 'not' || step === 'require')
  return matcher
    ? `write '${written}' if the claim is text, { number: ${Number(written)} } if it is a number`
    : `quote it, as in '${written}'`
}
