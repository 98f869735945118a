import type { Problem } from '../manifest/problem.ts'
import { didYouMean } from '../manifest/spelling.ts'
import type { Part, Template } from './template.ts'
import type { Value } from './value.ts'

/** A resource that a property names; `attribute` is that of Fn::GetAtt. */
export type Referred = { readonly part: Part; readonly attribute: string | undefined }

/**
 * Readers of a template's properties. Each puts what is wrong into `problems` and is `undefined` then: a value that is
 * missing, of another type, or known only once the template is deployed.
 */
export class Properties {
  readonly #template: Template
  readonly #problems: Problem[]

  constructor(template: Template, problems: Problem[]) {
    this.#template = template
    this.#problems = problems
  }

  text(part: Part, property: string): string | undefined {
    const value = this.#plain(part, property, 'a text')
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    return this.#invalid(part, `${property} is not text`, 'write a text')
  }

  /** One of several words, `fallback` where the property is not set. */
  word<W extends string>(part: Part, property: string, words: readonly W[], fallback?: W): W | undefined {
    if (fallback !== undefined && isAbsent(part, property)) return fallback
    const wanted = `one of ${words.join(', ')}`
    const value = this.#plain(part, property, wanted)
    const word = words.find((each) => each === value)
    if (value === undefined || word !== undefined) return word
    const near = typeof value === 'string' ? didYouMean(value, words) : undefined
    const mend = near === undefined ? `write ${wanted}` : `did you mean "${near}"?`
    return this.#invalid(part, `${property} is not ${wanted}`, mend)
  }

  /** As CloudFormation takes it, as a number or as its text. */
  wholeNumber(part: Part, property: string, most: number, fallback: number): number | undefined {
    if (isAbsent(part, property)) return fallback
    const wanted = `a whole number from 0 to ${most}`
    const value = this.#plain(part, property, wanted)
    if (value === undefined) return undefined
    const isText = typeof value === 'string' && /^\d{1,9}$/.test(value)
    const number = isText || typeof value === 'number' ? Number(value) : Number.NaN
    if (Number.isInteger(number) && number >= 0 && number <= most) return number
    return this.#invalid(part, `${property} is not ${wanted}`, `write ${wanted}`)
  }

  /** False where the property is not set. */
  truth(part: Part, property: string): boolean | undefined {
    if (isAbsent(part, property)) return false
    const value = this.#plain(part, property, 'true or false')
    if (value === undefined) return undefined
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    return this.#invalid(part, `${property} is neither true nor false`, 'write true or false')
  }

  /** The resource of one of these types that a property names, by Ref or by one of its ids. */
  referred(part: Part, property: string, types: readonly string[]): Referred | undefined {
    const value = part.value(property)
    const wanted = `a reference to an ${types.join(' or ')}`
    if (value.kind === 'absent' || value.kind === 'undeclared')
      return this.#notPlain(part, property, value, wanted)
    const found = value.kind === 'reference' ? this.#template.part(value.logicalId) : undefined
    if (value.kind === 'reference' && found !== undefined && types.includes(found.type))
      return { part: found, attribute: value.attribute }
    this.#problems.push(
      part.problem(
        'resource_unresolved',
        `${property} is ${describe(value)}, and what that is does not stand in this template`,
        `give a template that declares both, with ${wanted}; or write the routes file by hand`,
      ),
    )
    return undefined
  }

  #plain(part: Part, property: string, wanted: string): unknown {
    const value = part.value(property)
    return value.kind === 'plain' ? value.value : this.#notPlain(part, property, value, wanted)
  }

  #notPlain(part: Part, property: string, value: Value, wanted: string): undefined {
    if (value.kind === 'absent') return this.#invalid(part, `${property} is missing`, `set it to ${wanted}`)
    if (value.kind === 'undeclared')
      return this.#invalid(part, `${property} is ${describe(value)}`, 'declare it, or mend the name')
    this.#problems.push(
      part.problem(
        'resource_unresolved',
        `${property} is ${describe(value)}, and what that is shows only once it is deployed`,
        `write ${wanted} out here, or give a template in which it stands`,
      ),
    )
    return undefined
  }

  #invalid(part: Part, message: string, mend: string): undefined {
    this.#problems.push(part.problem('resource_invalid', message, mend))
    return undefined
  }
}

function isAbsent(part: Part, property: string): boolean {
  return part.value(property).kind === 'absent'
}

/** What a value is, for a message. */
export function describe(value: Value): string {
  if (value.kind === 'plain') return typeof value.value === 'object' ? 'no text' : JSON.stringify(value.value)
  if (value.kind === 'undeclared') return `${JSON.stringify(value.name)}, which the template does not declare`
  if (value.kind === 'elsewhere') return value.what
  if (value.kind === 'absent') return 'not set'
  return value.attribute === undefined
    ? `the resource "${value.logicalId}"`
    : `${value.attribute} of the resource "${value.logicalId}"`
}
