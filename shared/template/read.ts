import { isAlias, isMap, isScalar, isSeq, LineCounter } from 'yaml'
import { ManifestError, type Problem, type ProblemCode } from '../manifest/problem.ts'
import { parseDocument } from '../manifest/read.ts'
import { readText } from '../manifest/read-text.ts'
import { makeSource, type Source } from '../manifest/source.ts'

/** Conditions that CDK writes nest fifteen levels deep; the reader recurses, so there is an end. */
const maxDepth = 64

/**
 * Reads a CloudFormation template, YAML or JSON, into plain data: a short tag is written out, `!Ref A` as
 * `{"Ref": "A"}`. Throws a ManifestError with every slip found.
 */
export function readTemplateSource(file: string): Source {
  return parseTemplateSource(file, readText(file))
}

/** As `readTemplateSource`, from text at hand; `file` is what problems name. */
export function parseTemplateSource(file: string, text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(file, text, lines)
  const problems: Problem[] = []
  const report: Report = (slip, node) => {
    const offset = (node as { range?: readonly number[] } | null | undefined)?.range?.[0] ?? 0
    const { line, col } = lines.linePos(offset)
    problems.push({ ...slip, file, line, column: col })
  }
  const value = toPlain(document.contents, 0, report)
  if (problems.length > 0) throw new ManifestError(problems)
  return makeSource(file, document, value, lines)
}

type Slip = { readonly code: ProblemCode; readonly message: string; readonly mend: string }
type Report = (slip: Slip, node: unknown) => void

function toPlain(node: unknown, depth: number, report: Report): unknown {
  if (isAlias(node)) return report(aliasSlip, node)
  if (depth > maxDepth) return report(tooDeep, node)
  const value = withoutTag(node, depth, report)
  const name = functionName((node as { tag?: string } | null | undefined)?.tag)
  return name === undefined ? value : { [name]: value }
}

function withoutTag(node: unknown, depth: number, report: Report): unknown {
  if (isSeq(node)) return node.items.map((item) => toPlain(item, depth + 1, report))
  // A date or bytes, by a tag of YAML's own, are text to CloudFormation.
  if (isScalar(node)) return node.value instanceof Object ? String(node.source) : node.value
  if (!isMap(node)) return null
  // A name may be anything, `__proto__` too.
  const object: Record<string, unknown> = Object.create(null)
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.source ?? key.value) : undefined
    if (name === undefined) report(keySlip, key)
    else if (Object.hasOwn(object, name)) report(duplicate(name), key)
    else object[name] = toPlain(value, depth + 1, report)
  }
  return object
}

/** `!GetAtt` -> `Fn::GetAtt`. YAML's own tags, as `!!str`, say nothing that the value does not. */
function functionName(tag: string | undefined): string | undefined {
  const [, name] = /^!([A-Za-z]\w*(?:::\w+)*)$/.exec(tag ?? '') ?? []
  if (name === undefined || name === 'Ref' || name === 'Condition') return name
  return `Fn::${name}`
}

const aliasSlip: Slip = {
  code: 'yaml_alias',
  message: 'this is a YAML alias, and CloudFormation takes none',
  mend: 'write the value out, or give the template as it is deployed',
}

const tooDeep: Slip = {
  code: 'nested_too_deep',
  message: `the template is nested deeper than ${maxDepth} levels`,
  mend: 'check that this is the file you meant',
}

const keySlip: Slip = { code: 'key_not_text', message: 'this key is not text', mend: 'quote it' }

const duplicate = (name: string): Slip => ({
  code: 'duplicate_key',
  message: `"${name}" stands here twice`,
  mend: 'keep one of the two',
})
