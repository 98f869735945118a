import { type ApiModel, type Members, type Operation, problemsOf, shapeOf, type Value } from './api-model.ts'
import { type Element, readXml } from './xml-tree.ts'

/** What is wrong with a request of the query protocol: its form as it is sent. */
export function requestProblems(model: ApiModel, form: URLSearchParams): readonly string[] {
  const action = form.get('Action') ?? ''
  const operation = model.operations[action]
  if (operation === undefined) return [`"${action}" is no operation`]
  const twice = [...form.keys()].filter((name) => form.getAll(name).length > 1)
  if (twice.length > 0) return [`${twice[0]} is there twice`]
  const { Action: _, Version, ...fields } = Object.fromEntries(form)
  const version = Version === model.metadata.apiVersion ? [] : [`Version is ${Version}`]
  const tree = treeOf(Object.entries(fields).map(([name, value]) => [name.split('.'), value]))
  return [
    ...version,
    ...problemsOf(model, operation.input.shape, valueOfTree(model, operation.input.shape, tree)),
  ]
}

type Tree = string | { readonly [name: string]: Tree }
type Leaf = readonly [path: readonly string[], value: string]

/** `Tags.member.1.Key` and its like as a tree; a leaf where others go on stays, under a name that no shape has. */
function treeOf(leaves: readonly Leaf[]): Tree {
  const [only] = leaves
  if (only !== undefined && leaves.length === 1 && only[0].length === 0) return only[1]
  const named = Map.groupBy(leaves, ([[name = '(text)']]) => name)
  return Object.fromEntries(
    [...named].map(([name, below]) => [name, treeOf(below.map(([[, ...path], value]) => [path, value]))]),
  )
}

/** The tree by its shape: lists of their `member.N`, which count from 1 without a gap. What does not fit stays as it is. */
function valueOfTree(model: ApiModel, name: string, tree: Tree): Value {
  const shape = shapeOf(model, name)
  if (typeof tree === 'string') return tree
  if (shape.type === 'list') {
    const { member, ...others } = tree
    const count = typeof member === 'object' ? Object.keys(member).length : 0
    const numbers = Array.from({ length: count }, (_, index) => String(index + 1))
    if (
      typeof member !== 'object' ||
      Object.keys(others).length > 0 ||
      !numbers.every((one) => Object.hasOwn(member, one))
    )
      return tree
    return numbers.map((one) => valueOfTree(model, shape.member?.shape ?? '', member[one] as Tree))
  }
  return Object.fromEntries(
    Object.entries(tree).map(([member, below]) => {
      const of = shape.members?.[member]?.shape
      return [member, of === undefined ? below : valueOfTree(model, of, below)]
    }),
  )
}

/** What is wrong with the answer to an operation: its XML, with its envelope. */
export function answerProblems(model: ApiModel, action: string, xml: string): readonly string[] {
  const operation = operationOf(model, action)
  return reading(xml, (root) => {
    const { shape, resultWrapper } = operation.output
    const wrong = rootProblems(model, root, `${action}Response`)
    const names = root.children.map(({ name }) => name).join()
    const [result, metadata] = root.children
    if (names !== `${resultWrapper},ResponseMetadata` || result === undefined)
      return [...wrong, `it has ${names}`]
    const [requestId, another] = metadata?.children ?? []
    if (requestId?.name !== 'RequestId' || requestId.text === '' || another) wrong.push('no RequestId')
    return [...wrong, ...elementProblems(model, shape, result)]
  })
}

/** STS's own errors beside those of its model, with their status (facts B3; AWS's list of common errors). */
const commonErrors: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  ExpiredToken: 403,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidParameterValue: 400,
  MalformedInput: 400,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  Throttling: 400,
  ValidationError: 400,
}

/** What is wrong with an error that an operation is answered with: code, status and whose fault must be STS's. */
export function errorProblems(
  model: ApiModel,
  action: string,
  status: number,
  xml: string,
): readonly string[] {
  const known = new Map(Object.entries(commonErrors).map(([code, of]) => [code, [of, of < 500] as const]))
  for (const { shape } of model.operations[action]?.errors ?? []) {
    const { code = '', httpStatusCode = 0, senderFault = true } = shapeOf(model, shape).error ?? {}
    known.set(code, [httpStatusCode, senderFault])
  }
  return reading(xml, (root) => {
    const wrong = rootProblems(model, root, 'ErrorResponse')
    const error = root.children.find(({ name }) => name === 'Error')
    const names = root.children.map(({ name }) => name).join()
    if (error === undefined || names !== 'Error,RequestId') return [...wrong, `it has ${names}`]
    const {
      Type,
      Code = '',
      Message,
    } = Object.fromEntries(error.children.map(({ name, text }) => [name, text]))
    const [of, isSender] = known.get(Code) ?? []
    if (error.children.length !== 3 || !Message) wrong.push('not one Type, Code and Message')
    if (of === undefined) return [...wrong, `${action} has no error ${Code}`]
    if (of !== status) wrong.push(`${Code} is ${of}, not ${status}`)
    const fault = isSender ? 'Sender' : 'Receiver'
    return Type === fault ? wrong : [...wrong, `${Code} is the ${fault}'s fault, not the ${Type}'s`]
  })
}

function operationOf(model: ApiModel, action: string): Operation {
  const operation = model.operations[action]
  if (operation === undefined) throw new Error(`the model has no operation "${action}"`)
  return operation
}

function reading(xml: string, problems: (root: Element) => readonly string[]): readonly string[] {
  try {
    return problems(readXml(xml))
  } catch (error) {
    return [`no XML: ${(error as Error).message}`]
  }
}

function rootProblems({ metadata }: ApiModel, { name, attributes }: Element, expected: string): string[] {
  const wrong = name === expected ? [] : [`<${name}> is no <${expected}>`]
  const { xmlns, ...others } = attributes
  if (xmlns !== metadata.xmlNamespace || Object.keys(others).length > 0)
    wrong.push('the namespace is not STS’s')
  return wrong
}

function onlyOnce({ children }: Element): readonly string[] {
  const names = children.map(({ name }) => name)
  return names.filter((name, index) => names.indexOf(name) < index).map((name) => `${name} is there twice`)
}

function elementProblems(model: ApiModel, name: string, element: Element): readonly string[] {
  const twice: string[] = []
  const value = valueOfElement(model, name, element, twice)
  return [...twice, ...problemsOf(model, name, value)]
}

function valueOfElement(model: ApiModel, name: string, element: Element, twice: string[]): Value {
  const shape = shapeOf(model, name)
  if (element.children.length === 0 && shape.type !== 'structure') return element.text
  twice.push(...onlyOnce(element))
  if (element.text.trim() !== '') twice.push(`${element.name} has text between its elements`)
  return Object.fromEntries(
    element.children.map((child) => {
      const of = shape.members?.[child.name]?.shape
      return [child.name, of === undefined ? child.text : valueOfElement(model, of, child, twice)]
    }),
  )
}

/** A request as an SDK writes it. */
export function formOf(action: string, input: Members, version: string): URLSearchParams {
  const form = new URLSearchParams({ Action: action, Version: version })
  const write = (at: string, value: Value): void => {
    if (Array.isArray(value))
      for (const [index, one] of value.entries()) write(`${at}.member.${index + 1}`, one)
    else if (typeof value === 'object')
      for (const [name, one] of Object.entries(value)) write(at === '' ? name : `${at}.${name}`, one)
    else form.append(at, String(value))
  }
  write('', input)
  return form
}

/** An answer as STS writes it. */
export function xmlOf(model: ApiModel, action: string, output: Members): string {
  const escaped = (text: string) => text.replace(/[&<>]/g, (character) => `&#${character.codePointAt(0)};`)
  const write = (value: Value): string =>
    typeof value === 'object'
      ? Object.entries(value)
          .map(([name, one]) => `<${name}>${write(one)}</${name}>`)
          .join('')
      : escaped(String(value))
  const { resultWrapper } = operationOf(model, action).output
  return `<${action}Response xmlns="${model.metadata.xmlNamespace}"><${resultWrapper}>${write(output)}</${resultWrapper}><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`
}
