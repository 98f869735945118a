import type { YAMLParseError } from 'yaml'
import type { ProblemCode } from './problem.ts'

export type Slip = { readonly code: ProblemCode; readonly message: string; readonly mend: string }

// A flow list or map, then unquoted text that runs into a brace: `[GET /orders/{id}]`, `{ a: ${b} }`.
const bracesInFlow = /[[{,:]\s*(?![\s'"[{])[^'"[\],{}]*[^\s'"[\],{}:]\{[^}]*\}?/

/** What a YAML parser's complaint means in a manifest. `line` is the text of the line it points to. */
export function explainSyntax(error: Pick<YAMLParseError, 'code' | 'message'>, line: string): Slip {
  if (error.code === 'TAB_AS_INDENT')
    return {
      code: 'yaml_tab',
      message: 'a tab indents this line',
      mend: 'indent with spaces; YAML takes no tabs',
    }
  if (error.code === 'BAD_ALIAS') return aliasSlip
  if (bracesInFlow.test(line))
    return {
      code: 'yaml_braces',
      message: 'braces in unquoted text inside [ ] or { } start a YAML map',
      mend: `quote the text, as in ['GET /orders/{id}'], or give each item a line of its own with "- "`,
    }
  if (error.code === 'BAD_SCALAR_START' || error.code === 'BLOCK_AS_IMPLICIT_KEY')
    return {
      code: 'yaml_quotes_needed',
      message:
        error.code === 'BAD_SCALAR_START'
          ? 'a value cannot begin with this character unquoted'
          : 'a second ": " on one line starts a map inside the value',
      mend: 'put the value in single quotes',
    }
  return {
    code: 'yaml_syntax',
    message: `this is not YAML: ${error.message.replace(/\s+/g, ' ')}`,
    mend: 'check quotes, brackets and indentation of this line and the one above',
  }
}

export const aliasSlip: Slip = {
  code: 'yaml_alias',
  message: 'an unquoted * at the start of a value is a YAML alias, not a pattern',
  mend: "quote the pattern, as in '*'",
}

export const anchorSlip: Slip = {
  code: 'yaml_anchor',
  message: 'an unquoted & at the start of a value is a YAML anchor; a manifest says things where they are',
  mend: 'write the value out, or quote it if it is text that begins with &',
}

export const tagSlip: Slip = {
  code: 'yaml_tag',
  message: 'an unquoted ! at the start of a value is a YAML tag, which a manifest has no use for',
  mend: 'leave the tag out, or quote the value if it is text that begins with !',
}

export const mergeSlip: Slip = {
  code: 'yaml_merge',
  message: '"<<" merges maps, which would hide what a role really says',
  mend: 'write the keys out',
}

const emptySlip: Slip = {
  code: 'value_missing',
  message: 'there is no value here',
  mend: 'give it a value, or take the key out; where null is meant, write null',
}

/** Said of a matcher alone: elsewhere the word is harmless, or the schema refuses it. */
export const booleanSlip: Slip = {
  code: 'boolean_slip',
  message: 'yes, no, on and off are text in YAML 1.2, not true or false',
  mend: "write true or false; if the text is meant, quote it, as in 'yes'",
}

const zeroSlip: Slip = {
  code: 'number_leading_zero',
  message: 'a number with a leading zero loses the zero (0123 is 123)',
  mend: "quote it if it is text, as in '0123'; otherwise leave the zero out",
}

/** What an unquoted scalar looks like but is not; `undefined` where it is what it looks like. */
export function scalarSlip(value: unknown, source: string | undefined): Slip | undefined {
  if (value === null && source !== 'null') return emptySlip
  if (typeof value === 'number' && /^[-+]?0[0-9]/.test(source ?? '')) return zeroSlip
  return undefined
}
