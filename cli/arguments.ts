import { existsSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { didYouMean } from '../shared/manifest/spelling.ts'
import { CommandError, exit } from './command.ts'
import { type CommandSpec, usageLine } from './help.ts'

/** A command's arguments: those of its spec and no others, each at most once. */
export type Arguments = {
  /** By its name in the spec. */
  operand(name: string): string
  option(name: string): string | undefined
  /** For options that the spec calls required. */
  required(name: string): string
  isSet(name: string): boolean
}

/** Throws a CommandError for anything that the spec does not have, has twice, or asks for in vain. */
export function readArguments(spec: CommandSpec, args: readonly string[]): Arguments {
  const values = new Map<string, string>()
  const operands: string[] = []
  const options = Object.fromEntries(
    Object.entries(spec.options).map(([name, { value }]) => [name, { type: typeOf(value) }]),
  )
  // Not strict: its messages neither list the options nor say how to mend the call.
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind === 'option') take(spec, token, values)
  }
  checkOperands(spec, operands, values)
  for (const [name, { required }] of Object.entries(spec.options))
    if (required && !values.has(name)) throw wrong(spec, `--${name} is missing`)
  return {
    operand: (name) => operands[(spec.operands ?? []).findIndex((one) => one.name === name)] as string,
    option: (name) => values.get(name),
    required: (name) => values.get(name) as string,
    isSet: (name) => values.has(name),
  }
}

type OptionToken = {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function take(
  spec: CommandSpec,
  { name, rawName, value, inlineValue }: OptionToken,
  values: Map<string, string>,
): void {
  const option = Object.hasOwn(spec.options, name) ? spec.options[name] : undefined
  if (option === undefined || !rawName.startsWith('--')) {
    const near = didYouMean(name, Object.keys(spec.options))
    const hint = near === undefined ? '' : `; did you mean --${near}?`
    throw wrong(spec, `${rawName} is not an option of "postern ${spec.name}"${hint}`)
  }
  if (values.has(name)) throw wrong(spec, `--${name} stands there twice`)
  if (option.value === undefined) {
    if (value !== undefined) throw wrong(spec, `--${name} takes no value`)
  } else if (value === undefined || value === '')
    throw wrong(spec, `--${name} needs a value: ${option.value}`)
  else if (value.startsWith('--') && !inlineValue)
    throw wrong(
      spec,
      `--${name} needs a value, and the option ${value} follows; a value may stand as --${name}=…`,
    )
  values.set(name, value ?? '')
}

function checkOperands(
  spec: CommandSpec,
  operands: readonly string[],
  values: ReadonlyMap<string, string>,
): void {
  const wanted = spec.operands ?? []
  if (operands.length > wanted.length) {
    const isBareManifest =
      'access' in spec.options && !values.has('access') && operands.some(looksLikeManifest)
    const other = spec.command ? 'write -- before the command' : 'quote what has spaces in it'
    const hint = isBareManifest ? 'write --access FILE' : other
    // Not shown: it may be the half of a token that somebody pasted.
    throw wrong(spec, `there is an argument too many; ${hint}`)
  }
  const missing = wanted[operands.length]
  if (missing !== undefined) throw wrong(spec, `${missing.name} is missing`)
}

function looksLikeManifest(operand: string): boolean {
  return /\.ya?ml$/i.test(operand) || (existsSync(operand) && statSync(operand).isFile())
}

function typeOf(value: string | undefined): 'string' | 'boolean' {
  return value === undefined ? 'boolean' : 'string'
}

export function wrong(spec: CommandSpec, message: string): CommandError {
  const usage = usageLine(spec).replace('Usage: ', '')
  return new CommandError(exit.usage, message, `${usage}\n  postern ${spec.name} --help explains it`)
}
