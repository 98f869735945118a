import { isJsonObject, type Json } from '../json.ts'

/**
 * What a property is before anything is deployed. `elsewhere` can be known only then: an import, a parameter, a value
 * that hangs on a condition. `undeclared` names something that the template does not have.
 */
export type Value =
  | { readonly kind: 'absent' }
  | { readonly kind: 'plain'; readonly value: Json }
  | { readonly kind: 'reference'; readonly logicalId: string; readonly attribute: string | undefined }
  | { readonly kind: 'elsewhere'; readonly what: string }
  | { readonly kind: 'undeclared'; readonly name: string }

/** The names that a template declares. */
export type Names = { isResource(name: string): boolean; isParameter(name: string): boolean }

/** Works out CloudFormation's functions as far as that needs no guess. Maps and lists are left as they stand. */
export function evaluate(value: Json | undefined, names: Names): Value {
  if (value === undefined || value === null) return absent
  const [name, ...others] = isJsonObject(value) ? Object.keys(value) : []
  if (!isJsonObject(value) || name === undefined || others.length > 0) return { kind: 'plain', value }
  const argument = value[name] as Json
  if (name === 'Ref') return referTo(textOf(argument), names)
  if (name === 'Fn::GetAtt') return attributeOf(argument, names)
  if (name === 'Fn::Sub' || name === 'Fn::Join') return together(piecesOf(value, names))
  if (name === 'Fn::If') return either(argument, names)
  if (name === 'Fn::ImportValue') return elsewhere(`the import ${quoted(evaluate(argument, names))}`)
  return name.startsWith('Fn::') ? elsewhere(name) : { kind: 'plain', value }
}

/** What Fn::Sub and Fn::Join put together, one within the other too; of any other value the value alone. */
export function piecesOf(value: Json | undefined, names: Names): readonly Value[] {
  const [name, ...others] = isJsonObject(value) ? Object.keys(value) : []
  if (isJsonObject(value) && others.length === 0) {
    if (name === 'Fn::Sub') return substitute(value[name] as Json, names)
    if (name === 'Fn::Join') return join(value[name] as Json, names)
  }
  return [evaluate(value, names)]
}

const absent: Value = { kind: 'absent' }
const plain = (value: string): Value => ({ kind: 'plain', value })
const elsewhere = (what: string): Value => ({ kind: 'elsewhere', what })

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function quoted(value: Value): string {
  return value.kind === 'plain' ? JSON.stringify(value.value) : 'of a name that is put together'
}

function referTo(name: string, names: Names): Value {
  if (name === 'AWS::NoValue') return absent
  if (name.startsWith('AWS::')) return elsewhere(name)
  if (names.isResource(name)) return { kind: 'reference', logicalId: name, attribute: undefined }
  return names.isParameter(name) ? elsewhere(`the parameter "${name}"`) : { kind: 'undeclared', name }
}

function attributeOf(argument: Json, names: Names): Value {
  const parts = typeof argument === 'string' ? argument.split('.') : argument
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string'))
    return elsewhere('an Fn::GetAtt that is put together')
  const [logicalId = '', ...attribute] = parts as readonly string[]
  if (!names.isResource(logicalId)) return { kind: 'undeclared', name: logicalId }
  return { kind: 'reference', logicalId, attribute: attribute.join('.') }
}

/** `${A}` is Ref, `${A.B}` is Fn::GetAtt, `${!A}` is itself; a second argument may give values of its own. */
function substitute(argument: Json, names: Names): readonly Value[] {
  const [pattern, own] = Array.isArray(argument) ? argument : [argument]
  if (typeof pattern !== 'string') return [elsewhere('an Fn::Sub that is put together')]
  // Every second piece is what stood in braces.
  return pattern.split(/\$\{([^}]*)\}/).flatMap((piece, at): readonly Value[] => {
    if (at % 2 === 0) return [plain(piece)]
    if (piece.startsWith('!')) return [plain(`\${${piece.slice(1)}}`)]
    if (isJsonObject(own) && Object.hasOwn(own, piece)) return piecesOf(own[piece], names)
    return [piece.includes('.') ? attributeOf(piece, names) : referTo(piece, names)]
  })
}

function join(argument: Json, names: Names): readonly Value[] {
  const [separator, parts] = Array.isArray(argument) ? argument : []
  if (typeof separator !== 'string' || !Array.isArray(parts))
    return [elsewhere('an Fn::Join that is put together')]
  return parts.flatMap((part, at) => [
    ...(at === 0 ? [] : [plain(separator)]),
    ...piecesOf(part as Json, names),
  ])
}

/** Text from pieces; one alone stays what it is, a reference too. */
function together(pieces: readonly Value[]): Value {
  const filled = pieces.filter((piece) => piece.kind !== 'plain' || piece.value !== '')
  const [only] = filled
  if (only !== undefined && filled.length === 1) return only
  const texts: string[] = []
  for (const piece of filled) {
    if (piece.kind === 'undeclared') return piece
    if (piece.kind !== 'plain' || typeof piece.value === 'object')
      return elsewhere('text that is put together on deployment')
    texts.push(String(piece.value))
  }
  return plain(texts.join(''))
}

/** Known where both ways come to the same. */
function either(argument: Json, names: Names): Value {
  const [condition, yes, no] = Array.isArray(argument) ? argument : []
  if (yes === undefined || no === undefined) return elsewhere('a broken Fn::If')
  const one = evaluate(yes, names)
  if (JSON.stringify(one) === JSON.stringify(evaluate(no, names))) return one
  return elsewhere(`what hangs on the condition "${textOf(condition)}"`)
}
