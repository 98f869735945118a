import type { Statement, Template } from '../shared/access/access.ts'
import { filled, type TagOf } from './target-value.ts'

/** By operator, then by condition key. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

export type Loosened = {
  readonly Condition?: Conditions
  /** Claims that a `*` stands for. */
  readonly open: readonly string[]
  /** What had to be left out, as in `NumericEquals s3:max-keys`. */
  readonly dropped: readonly string[]
}

type Test = {
  readonly operator: string
  readonly values: readonly string[]
  readonly open: readonly string[]
}

/**
 * Conditions that hold whenever the given ones do, whatever the claims are. All of a statement's must hold, so that one
 * can always be left out where nothing wider than a claim can be written.
 */
export function loosened(given: NonNullable<Statement['conditions']>, tag: TagOf): Loosened {
  const tests = Object.entries(given).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      operator,
      key,
      test: loosenedTest(operator, values, tag),
    })),
  )
  // Those that stay what they are come first: a StringEquals that becomes StringLike may meet one of the same key.
  const isMoved = ({ operator, test }: (typeof tests)[number]) => Number(test?.operator !== operator)
  const open: string[] = []
  const dropped: string[] = []
  const table = new Map<string, Map<string, readonly string[]>>()
  for (const { operator, key, test } of tests.toSorted((a, b) => isMoved(a) - isMoved(b))) {
    const keys = table.get(test?.operator ?? '') ?? new Map<string, readonly string[]>()
    const isTaken = [...keys.keys()].some((one) => one.toLowerCase() === key.toLowerCase())
    if (test === undefined || isTaken) dropped.push(`${operator} ${key}`)
    else {
      table.set(test.operator, keys.set(key, test.values))
      open.push(...test.open)
    }
  }
  if (table.size === 0) return { open, dropped }
  const Condition = Object.fromEntries([...table].map(([name, keys]) => [name, Object.fromEntries(keys)]))
  return { Condition, open, dropped }
}

/** `undefined` where only leaving it out is wide enough. */
function loosenedTest(operator: string, given: readonly Template[], tag: TagOf): Test | undefined {
  const [, set = '', base = '', ifExists = ''] = /^(For\w+:)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  // IAM's variables stand for text: in operators of strings and ARNs, in no others.
  const known: TagOf = /^(?:String|Arn)/.test(base) ? tag : () => undefined
  const fill = (value: Template) => filled(value, known, base.startsWith('Arn') ? 'arn' : 'text')
  const test = (name: string, values: readonly ReturnType<typeof fill>[]): Test => ({
    operator: name,
    values: [...new Set(values.map(({ text }) => text))],
    open: values.flatMap(({ open }) => open),
  })
  const values = given.map(fill)
  if (/^(?:StringLike|Arn(?:Equals|Like))$/.test(base) || !values.some(({ isWide }) => isWide))
    return test(operator, values)
  if (base.includes('Not')) {
    // None of the values: that holds for fewer of them too.
    const left = values.filter(({ isWide }) => !isWide)
    return left.length === 0 ? undefined : test(operator, left)
  }
  const like = `${set}StringLike${ifExists}`
  if (base === 'StringEquals') return test(like, given.map(literal).map(fill))
  // No operator takes wildcards and ignores case; whether there is a value at all can still be asked.
  if (base === 'StringEqualsIgnoreCase') return test(like, [{ ...fill(given.flat()), text: '*' }])
  return undefined
}

/** A star of StringEquals is `${*}` to StringLike; within IAM's variables nothing changes. */
function literal(value: Template): Template {
  const escaped = (one: string) => (one.length > 1 ? one : `\${${one}}`)
  return value.map((piece) =>
    typeof piece === 'string' ? piece.replace(/\$\{[^}]*\}|[*?]/g, escaped) : piece,
  )
}
