import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, Scalar } from 'yaml'
import { ManifestError, type Problem, type ProblemCode } from './problem.ts'
import { readText } from './read-text.ts'
import { aliasSlip, anchorSlip, explainSyntax, mergeSlip, type Slip, scalarSlip, tagSlip } from './slips.ts'
import { makeSource, type Source } from './source.ts'

/** The deepest path of the key list has 9 steps. */
const maxDepth = 32

/** Reads a YAML (or JSON) file of one document into plain data. Throws a ManifestError with every slip found. */
export function readSource(file: string): Source {
  return parseSource(file, readText(file))
}

/** As `readSource`, from text at hand; `file` is what problems name. */
export function parseSource(file: string, text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(file, text, lines)
  const problems: Problem[] = []
  const report: Report = (slip, node) => {
    const { line, col } = lines.linePos(rangeStart(node))
    problems.push({ ...slip, file, line, column: col })
  }
  const value = toPlain(document.contents, 0, report)
  if (problems.length > 0) throw new ManifestError(problems)
  return makeSource(file, document, value, lines)
}

type Report = (slip: Slip, node: unknown) => void

/** The one document of a text, not yet looked into. Throws a ManifestError where it is no YAML, or none or several. */
export function parseDocument(file: string, text: string, lines: LineCounter): Document {
  const documents = parseAll(file, text, lines)
  const [document, second] = documents
  const at = (offset: number, slip: Slip): Problem => {
    const { line, col } = lines.linePos(offset)
    return { ...slip, file, line, column: col }
  }
  if (document === undefined)
    throw new ManifestError([at(0, slip('value_missing', 'the file is empty', 'write it'))])
  const problems: Problem[] = []
  if (/^%/.test(text.replace(/^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/, '')))
    problems.push(at(0, slip('yaml_directive', 'a % directive changes how YAML is read', 'leave it out')))
  if (second !== undefined)
    problems.push(
      at(
        rangeStart(second),
        slip('yaml_documents', 'a second document begins here', 'one file, one document'),
      ),
    )
  const rows = text.split('\n')
  const faulty = new Set<number>()
  for (const error of documents.flatMap((each) => each.errors)) {
    const { line, col } = lines.linePos(error.pos[0])
    // The parser's later complaints on a line follow from its first.
    if (faulty.has(line)) continue
    faulty.add(line)
    problems.push({ ...explainSyntax(error, rows[line - 1] ?? ''), file, line, column: col })
  }
  if (problems.length > 0) throw new ManifestError(problems)
  return document
}

function parseAll(file: string, text: string, lineCounter: LineCounter): readonly Document[] {
  try {
    const options = { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false } as const
    const parsed = parseAllDocuments(text, { ...options, logLevel: 'silent', lineCounter })
    // The empty stream is an array too, with a marker and no document in it.
    return [...parsed] as readonly Document[]
  } catch (error) {
    // The parser recurses; thousands of open brackets end its stack.
    if (!(error instanceof RangeError)) throw error
    throw new ManifestError([{ ...tooDeep, file, line: 1, column: 1 }])
  }
}

function toPlain(node: unknown, depth: number, report: Report): unknown {
  if (isAlias(node)) return report(aliasSlip, node)
  const decorated = node as { anchor?: string; tag?: string } | null | undefined
  if (decorated?.anchor) report(anchorSlip, node)
  if (decorated?.tag) report(tagSlip, node)
  if (depth > maxDepth) return report(tooDeep, node)
  if (isSeq(node)) return node.items.map((item) => toPlain(item, depth + 1, report))
  if (isMap(node)) {
    const object: Record<string, unknown> = {}
    for (const { key, value } of node.items) {
      const name = keyName(key, object, report)
      if (value === null) report(scalarSlip(null, '') as Slip, key)
      else if (name === undefined) toPlain(value, depth + 1, report)
      else object[name] = toPlain(value, depth + 1, report)
    }
    return object
  }
  if (!isScalar(node)) return null
  if (node.type === Scalar.PLAIN) {
    const slip = scalarSlip(node.value, node.source)
    if (slip !== undefined) report(slip, node)
  }
  return node.value
}

function keyName(key: unknown, siblings: object, report: Report): string | undefined {
  if (!isScalar(key) || typeof key.value !== 'string') {
    const what = isAlias(key) ? aliasSlip : keySlip
    report(what, key)
    return undefined
  }
  const decorated = key as { anchor?: string; tag?: string }
  if (decorated.anchor) report(anchorSlip, key)
  if (decorated.tag) report(tagSlip, key)
  if (key.value === '<<' && key.type === Scalar.PLAIN) report(mergeSlip, key)
  else if (key.value === '__proto__') report(protoSlip, key)
  else if (Object.hasOwn(siblings, key.value))
    report(slip('duplicate_key', `"${key.value}" stands here twice`, 'keep one of the two'), key)
  else return key.value
  return undefined
}

const slip = (code: ProblemCode, message: string, mend: string): Slip => ({ code, message, mend })

const tooDeep = slip('nested_too_deep', `the file is nested deeper than ${maxDepth} levels`, 'flatten it')
const keySlip = slip('key_not_text', 'this key is not text', "quote it, as in '123':")
const protoSlip = slip('name_reserved', '"__proto__" cannot be a key', 'choose another name')

function rangeStart(node: unknown): number {
  return (node as { range?: readonly number[] } | null | undefined)?.range?.[0] ?? 0
}
