import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { ManifestError, type Problem, type ProblemCode } from '../manifest/problem.ts'
import type { Source } from '../manifest/source.ts'
import { mapAt } from '../manifest/tree.ts'
import { readTemplateSource } from './read.ts'
import { evaluate, type Names, piecesOf, type Value } from './value.ts'

/** A CloudFormation template. A problem of a resource stands where the resource begins. */
export type Template = {
  readonly file: string
  parts(type: string): readonly Part[]
  part(logicalId: string): Part | undefined
  /** Of the file as a whole. */
  problem(code: ProblemCode, message: string, mend: string): Problem
}

/** A resource. Conditions do not count: it is taken to be there. */
export type Part = {
  readonly logicalId: string
  readonly type: string
  value(property: string): Value
  /** Of what text is put together that is not known as a whole. */
  pieces(property: string): readonly Value[]
  /** What a value within a property is. */
  evaluate(value: Json | undefined): Value
  /** A map within a property, read as if its members were the resource's own properties. */
  within(map: Json | undefined): Part
  problem(code: ProblemCode, message: string, mend: string): Problem
}

/** Reads a template as osls packages it, as `cdk synth` writes it or by hand. Throws a ManifestError with all slips. */
export function readTemplate(file: string): Template {
  return templateOf(readTemplateSource(file))
}

export function templateOf(source: Source): Template {
  const resources = isJsonObject(source.value) ? source.value.Resources : undefined
  if (!isJsonObject(resources))
    throw new ManifestError([
      source.problem(
        'template_unknown',
        ['Resources'],
        'this is no CloudFormation template: it has no map of Resources',
        'give what `serverless package`, `cdk synth` or you by hand have written: a template with Resources',
      ),
    ])
  const parameters = mapAt(source.value, 'Parameters')
  const names: Names = {
    isResource: (name) => Object.hasOwn(resources, name),
    isParameter: (name) => Object.hasOwn(parameters, name),
  }
  const problems: Problem[] = []
  const parts = new Map<string, Part>()
  for (const [logicalId, resource] of Object.entries(resources)) {
    const part = partOf(source, logicalId, resource, names)
    if (part.type === '') problems.push(withoutType(part))
    parts.set(logicalId, part)
  }
  if (problems.length > 0) throw new ManifestError(problems)
  return {
    file: source.file,
    parts: (type) => [...parts.values()].filter((part) => part.type === type),
    part: (logicalId) => parts.get(logicalId),
    problem: (code, message, mend) => source.problem(code, ['Resources'], message, mend, 'key'),
  }
}

function partOf(source: Source, logicalId: string, resource: Json | undefined, names: Names): Part {
  const { Type, Properties }: JsonObject = isJsonObject(resource) ? resource : {}
  const type = typeof Type === 'string' ? Type : ''
  const withProperties = (map: Json | undefined): Part => {
    const properties = isJsonObject(map) ? map : {}
    const own = (name: string) => (Object.hasOwn(properties, name) ? properties[name] : undefined)
    return {
      logicalId,
      type,
      value: (property) => evaluate(own(property), names),
      pieces: (property) => piecesOf(own(property), names),
      evaluate: (value) => evaluate(value, names),
      within: withProperties,
      problem: (code, message, mend) => ({
        ...source.problem(code, ['Resources', logicalId], message, mend, 'key'),
        resource: logicalId,
      }),
    }
  }
  return withProperties(Properties)
}

function withoutType(part: Part): Problem {
  // Fn::Transform and Fn::ForEach stand where a resource would and become some on deployment.
  if (part.logicalId.startsWith('Fn::'))
    return part.problem(
      'definition_elsewhere',
      `${part.logicalId} becomes resources only on deployment`,
      'give the template as it was deployed: aws cloudformation get-template --template-stage Processed',
    )
  return part.problem(
    'resource_invalid',
    'this is no resource: it has no Type that is text',
    'give it a Type, or take it out',
  )
}
