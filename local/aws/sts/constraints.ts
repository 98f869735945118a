import { Refused } from '../refused.ts'

export type Constraint = {
  readonly min?: number
  readonly max?: number
  readonly pattern?: RegExp
  readonly required?: boolean
}

/** Gathers what is wrong with the parameters and says all of it at once, in the words of AWS's validation. */
export class Constraints {
  readonly #wrong: string[] = []

  text(
    name: string,
    value: string | undefined,
    { min = 0, max = Number.POSITIVE_INFINITY, ...rest }: Constraint,
  ): void {
    if (value === undefined) {
      if (rest.required)
        this.#wrong.push(`Value null at '${name}' failed to satisfy constraint: Member must not be null`)
      return
    }
    const length = [...value].length
    if (length < min) this.#fail(name, value, `Member must have length greater than or equal to ${min}`)
    if (length > max) this.#fail(name, value, `Member must have length less than or equal to ${max}`)
    if (rest.pattern && !new RegExp(`^(?:${rest.pattern.source})$`, 'u').test(value))
      this.#fail(name, value, `Member must satisfy regular expression pattern: ${rest.pattern.source}`)
  }

  number(name: string, value: number | undefined, min: number, max: number): void {
    if (value === undefined) return
    if (value < min) this.#fail(name, String(value), `Member must have value greater than or equal to ${min}`)
    if (value > max) this.#fail(name, String(value), `Member must have value less than or equal to ${max}`)
  }

  count(name: string, values: readonly unknown[], max: number): void {
    if (values.length > max)
      this.#fail(name, `[${values.length} members]`, `Member must have length less than or equal to ${max}`)
  }

  /** Throws `ValidationError` if anything was wrong. */
  check(): void {
    const count = this.#wrong.length
    if (count > 0)
      throw validationError(
        `${count} validation error${count > 1 ? 's' : ''} detected: ${this.#wrong.join('; ')}`,
      )
  }

  #fail(name: string, value: string, constraint: string): void {
    this.#wrong.push(`Value '${value}' at '${name}' failed to satisfy constraint: ${constraint}`)
  }
}

export function validationError(message: string): Refused {
  return new Refused(400, 'ValidationError', message)
}
