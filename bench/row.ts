/** A line of the table. */
export type Row = {
  readonly what: string
  /** The measured value with its unit. */
  readonly value: string
  /** The comparison, and what it is with. */
  readonly beside?: string
  readonly limit?: string
  readonly within?: boolean
}

export type Section = { readonly title: string; readonly note: string; readonly rows: readonly Row[] }

/** How long a run may take: `quick` is for every change, the full one for numbers to quote. */
export type Size = 'quick' | 'full'

export function us(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} us`
}

/** A ratio held against its limit. */
export function ratioRow(
  what: string,
  value: string,
  ratio: number,
  besideWhat: string,
  limit?: number,
): Row {
  const row = { what, value, beside: `${ratio.toFixed(2)}x ${besideWhat}` }
  return limit === undefined ? row : { ...row, limit: `${limit}x`, within: ratio <= limit }
}

export function markdown(section: Section): string {
  const cells = section.rows.map((row) => [
    row.what,
    row.value,
    row.beside ?? '',
    row.limit ?? '',
    row.within === undefined ? '' : row.within ? 'within' : 'MISSED',
  ])
  const table = [['', 'median', 'beside', 'limit', ''], ...cells]
  const widths = (table[0] as string[]).map((_, at) =>
    Math.max(3, ...table.map((row) => (row[at] ?? '').length)),
  )
  const lines = table.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`)
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [`### ${section.title}`, section.note, '', lines[0], rule, ...lines.slice(1), ''].join('\n')
}
