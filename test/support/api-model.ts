import { corpusFile } from './corpus.ts'

/** A service's API in botocore's form (`service-2.json`), as far as the query protocol needs it. */
export type ApiModel = {
  readonly metadata: { readonly protocol: string; readonly apiVersion: string; readonly xmlNamespace: string }
  readonly operations: Readonly<Record<string, Operation>>
  readonly shapes: Readonly<Record<string, Shape>>
}

export type Operation = {
  readonly input: { readonly shape: string }
  readonly output: { readonly shape: string; readonly resultWrapper: string }
  readonly errors?: readonly { readonly shape: string }[]
}

export type Shape = {
  readonly type: string
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  readonly member?: { readonly shape: string }
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly error?: { readonly code: string; readonly httpStatusCode: number; readonly senderFault: boolean }
}

/** A value as the SDKs take and give it: numbers and times may be text, as on the wire. */
export type Value = string | number | readonly Value[] | Members
export type Members = { readonly [name: string]: Value }

/** STS's own; `undefined`, with a printed reason, where the corpora are absent. */
export const stsModel = corpusFile<ApiModel>('aws-api-models/sts-2011-06-15-service-2.json')

export type StsExample = { readonly input: Members; readonly output: Members }
/** AWS's examples by operation. */
export const stsExamples =
  corpusFile<{ readonly examples: Readonly<Record<string, readonly StsExample[]>> }>(
    'aws-api-models/sts-examples-1.json',
  )?.examples ?? {}

export function shapeOf({ shapes }: ApiModel, name: string): Shape {
  const shape = shapes[name]
  if (shape === undefined) throw new Error(`the model has no shape "${name}"`)
  return shape
}

/** What keeps a value from being of that shape, each with where; nothing where it fits. */
export function problemsOf(
  model: ApiModel,
  name: string,
  value: Value | undefined,
  at = name,
): readonly string[] {
  const shape = shapeOf(model, name)
  switch (shape.type) {
    case 'structure':
      return isMembers(value) ? memberProblems(model, shape, value, at) : [`${at} is no structure`]
    case 'list':
      return Array.isArray(value) ? listProblems(model, shape, value, at) : [`${at} is no list`]
    case 'string':
      return typeof value === 'string' ? textProblems(shape, value, at) : [`${at} is no text`]
    case 'integer':
      return /^-?(0|[1-9]\d*)$/.test(String(value))
        ? bounds(shape, Number(value), at)
        : [`${at} is no integer`]
    case 'timestamp':
      return isInstant(String(value)) ? [] : [`${at} is no time in ISO 8601`]
    default:
      throw new Error(`nothing is known of the type ${shape.type}`)
  }
}

function isMembers(value: Value | undefined): value is Members {
  return typeof value === 'object' && !Array.isArray(value)
}

function memberProblems(model: ApiModel, shape: Shape, value: Members, at: string): readonly string[] {
  const members = shape.members ?? {}
  const missing = (shape.required ?? []).filter((name) => !Object.hasOwn(value, name))
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, one]) =>
      Object.hasOwn(members, name)
        ? problemsOf(model, (members[name] as { shape: string }).shape, one, `${at}.${name}`)
        : [`${at}.${name} is unknown`],
    ),
  ]
}

function listProblems(model: ApiModel, shape: Shape, value: readonly Value[], at: string): readonly string[] {
  const member = shape.member?.shape ?? ''
  return [
    ...bounds(shape, value.length, `${at}'s length`),
    ...value.flatMap((one, index) => problemsOf(model, member, one, `${at}[${index}]`)),
  ]
}

function textProblems(shape: Shape, value: string, at: string): readonly string[] {
  const wrong = bounds(shape, [...value].length, `${at}'s length`)
  const matches = shape.pattern === undefined || patternOf(shape.pattern).test(value)
  const isKnown = shape.enum === undefined || shape.enum.includes(value)
  return [
    ...wrong,
    ...(matches ? [] : [`${at} is not of ${shape.pattern}`]),
    ...(isKnown ? [] : [`${at} is no such value`]),
  ]
}

function bounds({ min, max }: Shape, size: number, at: string): readonly string[] {
  if (min !== undefined && size < min) return [`${at} is under ${min}`]
  return max !== undefined && size > max ? [`${at} is over ${max}`] : []
}

/** Whole values match. `\u10FFFF` is one character there, and what JavaScript need not escape is escaped. */
function patternOf(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replace(/\\u([0-9A-F]{4,6})/g, '\\u{$1}').replaceAll('\\:', ':')})$`, 'u')
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text))
}
