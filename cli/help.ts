/** What a command takes: read by its help and by the parser of its arguments, so that neither can fall behind. */
export type CommandSpec = {
  readonly name: string
  readonly summary: string
  /** Paragraphs; one of several lines is an example, and stays as it is. */
  readonly about: readonly string[]
  /** Arguments without a name before them, in their order; each is required. Default: none. */
  readonly operands?: readonly OperandSpec[]
  /** What stands after `--`, for a program that this one runs. Default: nothing does. */
  readonly command?: OperandSpec
  readonly options: Readonly<Record<string, OptionSpec>>
  readonly examples: readonly string[]
  /** What exit codes 0, 1 and 3 say here. 2 is wrong usage everywhere. */
  readonly exitCodes: { readonly 0: string; readonly 1?: string; readonly 3?: string }
}

export type OperandSpec = { readonly name: string; readonly about: string }

/** `value` names what follows the option; without it the option is a switch. */
export type OptionSpec = { readonly about: string; readonly value?: string; readonly required?: true }

export function topHelp(commands: readonly CommandSpec[], version: string): string {
  return [
    `postern ${version}: one access manifest says who may call what, and every decision says why.`,
    '',
    'Usage: postern COMMAND [options]',
    '',
    ...table(commands.map(({ name, summary }) => [name, summary])),
    '',
    'postern COMMAND --help explains a command. postern --version prints the version.',
    '',
    'Examples:',
    '  postern check access.yml',
    '  postern build --access access.yml --out dist',
    "  postern explain --access access.yml --token token.txt --route 'GET /orders/1'",
    '',
    'Exit codes: 0 yes · 1 no (problems found, request refused) · 2 wrong usage · 3 could not be found out',
    '',
  ].join('\n')
}

export function commandHelp(spec: CommandSpec): string {
  const { about, operands = [], options, command, examples, exitCodes } = spec
  const rows = operands.map((operand): [string, string] => [operand.name, operand.about])
  for (const [name, option] of Object.entries(options)) rows.push([flag(name, option), option.about])
  rows.push(['--help', 'Print this.'])
  if (command !== undefined) rows.push([`-- ${command.name}`, command.about])
  const codes = Object.entries({ ...exitCodes, 2: 'wrong usage' }).sort(([a], [b]) => Number(a) - Number(b))
  return [
    usageLine(spec),
    '',
    ...about.flatMap((paragraph) => [...(paragraph.includes('\n') ? [paragraph] : wrap(paragraph, 0)), '']),
    'Options:',
    ...table(rows),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
    'Exit codes:',
    ...table(codes.map(([code, meaning]) => [code, meaning])),
    '',
  ].join('\n')
}

/** `Usage: postern build --access FILE --out DIR [--vars FILE]` */
export function usageLine({ name, operands = [], options, command }: CommandSpec): string {
  const words = Object.entries(options).map(([option, spec]) =>
    spec.required ? flag(option, spec) : `[${flag(option, spec)}]`,
  )
  if (command !== undefined) words.push(`-- ${command.name}`)
  return ['Usage: postern', name, ...operands.map((operand) => operand.name), ...words].join(' ')
}

function flag(name: string, { value }: OptionSpec): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4
  return rows.flatMap(([left, right]) =>
    wrap(right, width).map((line, at) =>
      at === 0 ? `  ${left.padEnd(width - 2)}${line.trimStart()}` : line,
    ),
  )
}

const lineWidth = 100

function wrap(text: string, indent: number): readonly string[] {
  const margin = ' '.repeat(indent)
  const lines: string[] = []
  let line = margin
  for (const word of text.split(' ')) {
    if (line.length + word.length >= lineWidth && line.trim() !== '') {
      lines.push(line.trimEnd())
      line = margin
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}
